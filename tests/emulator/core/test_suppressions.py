from datetime import UTC, datetime, timedelta

import pytest

from emulator.core import suppressions
from emulator.core.ids import Ids
from emulator.core.records import Channel
from emulator.core.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAIL = "Ada.Lovelace@Example.com"
PHONE = "+12025550143"


@pytest.fixture
def store():
    return Store()


def suppress(store, channel, address, reason="unsubscribed", **changes):
    facts = {"account_id": "acme", "at": NOW, "environment": "live"} | changes
    return suppressions.suppress(
        store, Ids(1, store.counters), facts.pop("account_id"), channel, address, reason, **facts
    )


def find(store, channel, address, environment="live", account_id="acme"):
    return suppressions.find(store, account_id, channel, address, environment)


def test_a_suppressed_address_is_found(store):
    entry = suppress(store, Channel.SMS, PHONE, "bounced")

    assert find(store, Channel.SMS, PHONE) == entry
    assert (entry.reason, entry.created_at) == ("bounced", NOW)


def test_an_address_that_is_not_suppressed_is_not_found(store):
    assert find(store, Channel.SMS, PHONE) is None


def test_a_suppression_holds_for_one_channel_and_one_account(store):
    suppress(store, Channel.SMS, PHONE)

    assert find(store, Channel.WHATSAPP, PHONE) is None
    assert find(store, Channel.SMS, PHONE, account_id="beta") is None


def test_a_suppression_of_one_environment_does_not_hold_in_the_other(store):
    suppress(store, Channel.SMS, PHONE, environment="test")

    assert find(store, Channel.SMS, PHONE, "live") is None
    assert find(store, Channel.SMS, PHONE, "test") is not None


def test_a_suppression_without_an_environment_holds_in_all(store):
    suppress(store, Channel.SMS, PHONE, environment=None)

    assert find(store, Channel.SMS, PHONE, "live") is not None
    assert find(store, Channel.SMS, PHONE, "test") is not None


def test_mail_addresses_are_compared_without_case(store):
    entry = suppress(store, Channel.EMAIL, MAIL)

    assert entry.address == "ada.lovelace@example.com"
    assert find(store, Channel.EMAIL, MAIL.upper()) == entry


def test_other_addresses_are_compared_as_written(store):
    suppress(store, Channel.PUSH, "Token")

    assert find(store, Channel.PUSH, "token") is None


def test_an_address_is_entered_once_and_keeps_its_first_reason(store):
    first = suppress(store, Channel.EMAIL, MAIL, "bounced")

    second = suppress(store, Channel.EMAIL, MAIL.lower(), "complained", at=NOW + timedelta(days=1))

    assert second == first
    assert len(store.suppressions) == 1


def test_one_that_holds_everywhere_stands_for_each_environment(store):
    everywhere = suppress(store, Channel.SMS, PHONE, environment=None)

    assert suppress(store, Channel.SMS, PHONE, environment="live") == everywhere


def test_one_for_everywhere_is_entered_beside_one_of_an_environment(store):
    suppress(store, Channel.SMS, PHONE, environment="test")
    suppress(store, Channel.SMS, PHONE, environment=None)

    assert find(store, Channel.SMS, PHONE, "live") is not None


def test_a_deleted_suppression_holds_no_longer(store):
    entry = suppress(store, Channel.SMS, PHONE)

    store.suppressions.delete(entry.id)

    assert find(store, Channel.SMS, PHONE) is None


@pytest.mark.parametrize("text", ["STOP", "stop", "  Stop\n", "unsubscribe", "END", "opt-out", "ARRET", "td"])
def test_a_stop_word_alone_in_any_case_asks_not_to_be_written_to(text):
    assert suppressions.is_stop_word(text)


@pytest.mark.parametrize("text", ["", "STOP it", "please stop", "STOP.", "start", "yes"])
def test_other_texts_do_not(text):
    assert not suppressions.is_stop_word(text)


def count(store, at=NOW, environment="live", address=MAIL):
    return suppressions.count_soft_bounce(
        store, "acme", Channel.EMAIL, address, environment=environment, at=at, within=timedelta(days=7)
    )


def test_soft_bounces_are_counted_within_the_span():
    store = Store()

    counted = [count(store, NOW + timedelta(days=day)) for day in (0, 3, 6, 7, 20)]

    assert counted == [1, 2, 3, 3, 1]  # on day 7 the first is a week old and counts no more


def test_soft_bounces_of_one_address_are_counted_together_and_apart_from_others():
    store = Store()
    count(store)

    assert count(store, address=MAIL.lower()) == 2
    assert count(store, address="other@example.com") == 1


def test_soft_bounces_of_one_environment_do_not_count_in_the_other():
    store = Store()
    count(store, environment="test")

    assert count(store, environment="live") == 1
