from datetime import timedelta

import pytest
from msgspec.structs import replace

from emulator.core import suppressions
from emulator.core.errors import InsufficientFunds, RecipientSuppressed
from emulator.core.records import Channel, Content, Status, recipient_ids
from emulator.gateway.policy import Charging, Screening
from tests.emulator.gateway.acme import ACCOUNT, SENDER, SMS_MICROS, TOP_UP_MICROS, Acme

ADA, BOB = "+254711000111", "+254711000222"


@pytest.fixture
def acme():
    return Acme()


def everything(acme):
    """All state of the world, to be compared before and after."""
    tables = {name: dict(table.rows) for name, table in vars(acme.store).items() if hasattr(table, "rows")}
    return tables, dict(acme.store.counters), list(acme.clock.timers), list(acme.world.journal), list(acme.world.ready)


def suppress(acme, address, channel=Channel.SMS, environment="live"):
    suppressions.suppress(
        acme.store, acme.world.ids, ACCOUNT, channel, address, "unsubscribed", at=acme.start, environment=environment
    )


def test_an_accepted_message_is_written_down_with_its_recipients(acme):
    message = acme.send(ADA, BOB, external_id="order-7", extras={"tag": "gate"})

    assert acme.store.messages[message.id] == message
    assert (message.sender, message.recipient_count, message.external_id) == (SENDER, 2, "order-7")
    assert message.created_at == message.starts_at == acme.start
    assert [acme.store.recipients[id].address for id in recipient_ids(message)] == [ADA, BOB]


def test_every_recipient_is_queued_priced_and_holds_its_money(acme):
    message = acme.send(ADA, BOB, content=Content(text="a" * 161))

    for place in (0, 1):
        recipient = acme.recipient(message, place)
        assert (recipient.status, recipient.segments) == (Status.QUEUED, 2)
        assert recipient.price_micros == recipient.hold_micros == 2 * SMS_MICROS
        assert acme.timeline(message, place) == [("queued", 0)]
    assert acme.money() == (0, 4 * SMS_MICROS)


def test_nothing_is_told_and_no_provider_called_before_time_moves(acme):
    message = acme.send(ADA)

    assert acme.told() == []
    assert acme.recipient(message).attempt == 0


def test_the_provider_is_called_after_the_pick_up(acme):
    message = acme.send(ADA)

    acme.advance(0.05)

    assert acme.timeline(message) == [("queued", 0), ("sending", 0.05)]


def test_too_little_money_is_refused_without_a_trace(acme):
    before = everything(acme)

    with pytest.raises(InsufficientFunds) as refusal:
        acme.send(*[ADA] * 26)

    assert refusal.value.needed_micros == 26 * SMS_MICROS
    assert refusal.value.available_micros == TOP_UP_MICROS
    assert everything(acme) == before


def test_a_suppressed_recipient_is_refused_at_send_without_a_trace_where_the_api_screens_then():
    acme = Acme(screening=Screening.AT_SEND)
    suppress(acme, BOB)
    before = everything(acme)

    with pytest.raises(RecipientSuppressed) as refusal:
        acme.send(ADA, BOB)

    assert (refusal.value.address, refusal.value.reason) == (BOB, "unsubscribed")
    assert everything(acme) == before


def test_the_magic_recipient_blocked_is_refused_at_send_where_the_api_screens_then():
    with pytest.raises(RecipientSuppressed):
        Acme(screening=Screening.AT_SEND).send("+12025550104")


@pytest.mark.parametrize("screening", [Screening.AT_HANDOVER, Screening.BY_PROVIDER])
def test_a_suppressed_recipient_is_accepted_where_the_api_finds_out_later(screening):
    acme = Acme(screening=screening)
    suppress(acme, ADA)

    assert acme.recipient(acme.send(ADA)).status is Status.QUEUED


def test_a_suppression_of_the_other_environment_refuses_nothing():
    acme = Acme(screening=Screening.AT_SEND)
    suppress(acme, ADA, environment="test")

    assert acme.recipient(acme.send(ADA)).status is Status.QUEUED


def test_a_scheduled_message_waits_for_its_moment(acme):
    message = acme.send(ADA, scheduled_at=acme.start + timedelta(hours=1))

    assert acme.recipient(message).status is Status.SCHEDULED
    assert message.starts_at == acme.start + timedelta(hours=1)
    acme.advance(3600)
    assert acme.timeline(message) == [("scheduled", 0)]
    acme.advance(1)
    assert acme.timeline(message)[1:] == [("sending", 3600.05), ("sent", 3600.1), ("delivered", 3600.5)]


def test_a_moment_that_has_passed_means_now(acme):
    message = acme.send(ADA, scheduled_at=acme.start - timedelta(hours=1))

    assert acme.recipient(message).status is Status.QUEUED
    assert message.starts_at == acme.start


def test_money_is_taken_at_once_where_the_api_charges_on_acceptance():
    acme = Acme(charging=Charging(on_accept=True))

    message = acme.send(ADA, BOB)

    assert acme.money() == (2 * SMS_MICROS, 0)
    assert [entry.kind for entry in acme.store.ledger] == ["top_up", "charge"]
    assert [acme.recipient(message, place).charged_micros for place in (0, 1)] == [SMS_MICROS] * 2


def test_an_api_without_charges_moves_no_money():
    acme = Acme(charging=None)

    message = acme.send(ADA)

    assert acme.money() == (0, 0)
    assert (acme.recipient(message).hold_micros, acme.recipient(message).charged_micros) == (0, 0)


def test_a_free_channel_leaves_the_ledger_alone(acme):
    entries = len(acme.store.ledger)

    acme.send("sim-deliver", channel=Channel.PUSH)

    assert len(acme.store.ledger) == entries


def test_the_same_calls_give_the_same_ids():
    first, second = Acme(), Acme()

    assert [first.send(ADA).id, first.send(BOB).id] == [second.send(ADA).id, second.send(BOB).id]


def test_the_api_may_price_a_message_itself(acme):
    message = acme.send(ADA, unit_micros=1_500_000)

    assert acme.recipient(message).hold_micros == 1_500_000
    assert acme.money() == (0, 1_500_000)


def test_a_message_that_the_api_gives_away_moves_no_money(acme):
    entries = len(acme.store.ledger)

    acme.send(ADA, unit_micros=0)

    assert len(acme.store.ledger) == entries


def test_the_apis_own_ids_contacts_and_conversations_are_taken():
    acme = Acme(
        new_message_id=lambda world: f"msg_{world.ids.hex('message', 8)}",
        take_message=lambda _world, message: replace(message, contact_id="contact-1", conversation_id="talk-1"),
    )

    message = acme.send(ADA)

    assert message.id.startswith("msg_")
    assert acme.store.log_by_contact.ids("contact-1") == [message.id]
    assert acme.store.log_by_conversation.ids("talk-1") == [message.id]
    assert acme.store.log_by_account.ids(ACCOUNT) == [message.id]
    assert acme.store.log[message.id] == message


def test_a_refused_message_makes_no_contact():
    taken: list[str] = []
    acme = Acme(take_message=lambda _world, message: taken.append(message.id) or message)

    with pytest.raises(InsufficientFunds):
        acme.send(ADA, unit_micros=TOP_UP_MICROS + 1)

    assert taken == []
