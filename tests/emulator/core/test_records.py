import gc
from datetime import UTC, datetime

import pytest

from emulator.core import records
from emulator.core.records import Message, Record, Status, Wallet, recipient_id, recipient_ids
from emulator.core.store import Store
from tests.builders import a_message, a_recipient

RECORDS = [item for item in vars(records).values() if isinstance(item, type) and issubclass(item, Record)]


def test_records_cannot_be_changed():
    recipient = a_recipient()

    with pytest.raises(AttributeError):
        recipient.status = Status.SENT


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_is_frozen_keyword_only_and_unseen_by_the_collector(record):
    config = record.__struct_config__

    assert config.frozen
    assert not config.gc
    # None can be given by its place; but for a message, which has more members than a call can quickly name.
    assert len(record.__match_args__) == 0 or record is Message


def test_the_collector_does_not_track_a_message():
    assert not gc.is_tracked(a_message())


def test_the_first_recipient_has_the_messages_own_id():
    assert recipient_id("message-1", 0) == "message-1"
    assert recipient_ids(a_message(id="message-1", recipient_count=3)) == ("message-1", "message-1:1", "message-1:2")


def test_available_is_what_is_not_held():
    assert Wallet(id="acme", currency="KES", balance_micros=1_000, held_micros=300).available_micros == 700


def test_every_table_of_a_new_store_is_empty():
    tables = {name: table for name, table in vars(Store()).items() if hasattr(table, "rows")}

    assert len(tables) >= 20
    assert not any(table.rows for table in tables.values())


def test_resources_without_a_natural_key_are_found_by_kind_only():
    store, at = Store(), datetime(2026, 1, 1, tzinfo=UTC)
    usual = {"account_id": "acc-1", "kind": "domain", "created_at": at}

    store.resources.put(records.Resource(id="one", **usual))
    store.resources.put(records.Resource(id="two", key="example.com", **usual))

    assert store.resources_by_kind.ids(("acc-1", "domain")) == ["one", "two"]
    assert store.resources_by_key.get(("acc-1", "domain", "example.com")) == store.resources["two"]
