from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.conversations import assign
from emulator.core.ids import Ids
from emulator.core.records import Channel, InboundMessage
from emulator.core.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store():
    return Store()


def assigned(store, id, **changes):
    usual = {
        "id": id,
        "api": "acme",
        "account_id": "acc-1",
        "channel": Channel.SMS,
        "sender": "+12025550143",
        "recipient": "ACME",
        "text": "Hello",
        "created_at": NOW,
        "environment": "live",
    }
    return store.inbound.put(assign(store, Ids(1, store.counters), InboundMessage(**usual | changes)))


def test_the_first_message_starts_a_conversation(store):
    message = assigned(store, "in-1")

    (conversation,) = store.conversations
    assert message.conversation_id == conversation.id
    assert (conversation.sender, conversation.person) == ("ACME", "+12025550143")
    assert store.log_by_conversation.ids(conversation.id) == ["in-1"]
    assert conversation.created_at == conversation.updated_at == NOW


def test_later_messages_of_the_same_person_join_it(store):
    first = assigned(store, "in-1")

    second = assigned(store, "in-2", created_at=NOW + timedelta(hours=1))

    (conversation,) = store.conversations
    assert second.conversation_id == first.conversation_id
    assert store.log_by_conversation.ids(conversation.id) == ["in-1", "in-2"]
    assert (conversation.created_at, conversation.updated_at) == (NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "change",
    [{"sender": "+12025550144"}, {"recipient": "OTHER"}, {"channel": Channel.WHATSAPP}, {"account_id": "acc-2"}],
)
def test_another_person_sender_channel_or_account_has_its_own(store, change):
    first = assigned(store, "in-1")

    second = assigned(store, "in-2", **change)

    assert second.conversation_id != first.conversation_id
    assert len(store.conversations) == 2
