from datetime import timedelta

import pytest
from msgspec.structs import replace

from emulator.core.errors import NotFound, StatusConflict
from emulator.core.journal import StatusEntry
from emulator.core.records import Channel, EventType, Origin, Status
from emulator.gateway.policy import Charging
from emulator.gateway.reporting import report, settle_hold
from emulator.providers.script import Report
from tests.emulator.gateway.acme import SMS_MICROS, TOP_UP_MICROS, Acme

E = EventType
ADA, ADAS_MAIL = "+254711000111", "ada@example.org"
SOFT = Report(type=E.BOUNCED, hard=False, reason="mailbox-full")
HARD = Report(type=E.BOUNCED, reason="unknown-subscriber")


def sent(channel=Channel.SMS, **policy):
    """A world with one message that its provider took and says no more about."""
    acme = Acme(default_script="silent", **policy)
    message = acme.send(ADA if channel is Channel.SMS else ADAS_MAIL, channel=channel)
    acme.advance(1)
    return acme, message


def told_types(acme):
    return [event.type.removeprefix("message.") for event in acme.told()]


def test_a_report_moves_the_status_and_is_written_down():
    acme, message = sent()

    recipient = report(acme.world, message.id, Report(type=E.DELIVERED), raw="id=1&status=Success")

    event = recipient.events[-1]
    assert recipient == acme.recipient(message)
    assert recipient.status is Status.DELIVERED
    assert recipient.updated_at == acme.clock.now
    assert (event.type, event.origin, event.raw) == (E.DELIVERED, Origin.RECEIPT, "id=1&status=Success")
    assert acme.world.journal.last_number == len(acme.world.journal)
    assert next(reversed(acme.world.journal)).fact == StatusEntry(message.id, len(recipient.events) - 1)


def test_a_report_about_nobody_is_not_found():
    acme, _ = sent()

    with pytest.raises(NotFound):
        report(acme.world, "nobody", Report(type=E.DELIVERED))


@pytest.mark.parametrize("script", ["deliver", "blocked"])
def test_what_no_provider_was_called_for_cannot_be_reported(script):
    acme = Acme(default_script=script)
    message = acme.send(ADA)
    acme.advance(0.06 if script == "blocked" else 0)

    with pytest.raises(StatusConflict) as refusal:
        report(acme.world, message.id, Report(type=E.DELIVERED))

    assert refusal.value.current == acme.recipient(message).status
    assert acme.recipient(message).events[-1].type in {E.QUEUED, E.SUPPRESSED}


@pytest.mark.parametrize("late", [E.SENT, E.FAILED, E.BOUNCED, E.EXPIRED])
def test_a_late_report_is_written_down_and_moves_nothing(late):
    acme, message = sent()
    report(acme.world, message.id, Report(type=E.DELIVERED))

    recipient = report(acme.world, message.id, Report(type=late, reason="spam"))

    assert recipient.status is Status.DELIVERED
    assert recipient.reason is None
    assert recipient.events[-1].type is late


@pytest.mark.parametrize("late", [E.FAILED, E.BOUNCED, E.EXPIRED])
def test_a_late_failure_of_what_was_delivered_gives_no_money_back(late):
    acme, message = sent(charging=Charging(on_accept=True, refund=frozenset({late})))
    report(acme.world, message.id, Report(type=E.DELIVERED))

    report(acme.world, message.id, Report(type=late))

    assert acme.money() == (SMS_MICROS, 0)


def test_a_failure_gives_back_what_was_charged_and_only_once():
    acme, message = sent(charging=Charging(on_accept=True, refund=frozenset({E.FAILED})))

    for _ in range(2):
        recipient = report(acme.world, message.id, Report(type=E.FAILED))

    assert acme.money() == (0, 0)
    assert recipient.charged_micros == 0


def test_a_hold_is_released_when_every_recipient_bounced():
    acme = Acme(default_script="bounce")
    acme.send(ADAS_MAIL, "bob@example.org", channel=Channel.EMAIL)

    acme.advance(1)

    assert acme.money() == (0, 0)


def test_a_late_sent_still_captures_where_money_is_taken_then():
    acme, message = sent(charging=Charging(capture=frozenset({E.SENT})))

    assert acme.recipient(message).charged_micros == SMS_MICROS
    assert acme.money() == (SMS_MICROS, 0)


def test_a_receipt_that_overtakes_the_answer_does_not_keep_the_hold():
    acme = Acme(charging=Charging(capture=frozenset({E.SENT}), release=frozenset({E.FAILED})))
    acme.send("+12025550114")

    acme.advance(1)

    assert acme.money() == (SMS_MICROS, 0)


def test_a_status_is_told_once_however_often_it_is_reported():
    acme, message = sent()

    for _ in range(3):
        report(acme.world, message.id, Report(type=E.DELIVERED))

    assert told_types(acme) == ["sending", "sent", "delivered"]


def test_a_status_is_told_each_time_where_the_api_wants_it():
    acme, message = sent(tells_each=frozenset({E.DELIVERED}))

    for _ in range(2):
        report(acme.world, message.id, Report(type=E.DELIVERED))

    first, second = (event for event in acme.told() if event.type == "message.delivered")
    assert first.wire_id != second.wire_id


@pytest.mark.parametrize("type", [E.OPENED, E.CLICKED, E.DEFERRED])
def test_what_moves_no_status_is_told_each_time(type):
    acme, message = sent(Channel.EMAIL)

    for _ in range(2):
        report(acme.world, message.id, Report(type=type))

    assert told_types(acme)[2:] == [type, type]


def test_a_repetition_is_told_again_under_the_same_id():
    acme, message = sent()
    report(acme.world, message.id, Report(type=E.DELIVERED))
    acme.advance(1)

    report(acme.world, message.id, Report(type=E.DELIVERED, repeats=True))

    first, second = (event for event in acme.told() if event.type == "message.delivered")
    assert (first.wire_id, first.body) == (second.wire_id, second.body)
    assert (second.state, second.attempts) == ("pending", ())
    assert second.created_at == first.created_at + timedelta(seconds=1)


def test_a_repetition_of_what_was_never_told_is_not_told():
    acme, message = sent()

    report(acme.world, message.id, Report(type=E.DELIVERED, repeats=True))

    assert "delivered" not in told_types(acme)


def test_soft_bounces_are_told_each_and_the_hard_one_that_ends_them_too():
    acme, message = sent(Channel.EMAIL)

    for step in (SOFT, SOFT, HARD, HARD, SOFT):
        report(acme.world, message.id, step)

    assert told_types(acme)[2:] == ["bounced", "bounced", "bounced"]


def test_a_soft_bounce_can_still_be_delivered():
    acme, message = sent(Channel.EMAIL)
    report(acme.world, message.id, SOFT)

    assert report(acme.world, message.id, Report(type=E.DELIVERED)).status is Status.DELIVERED


@pytest.mark.parametrize("bounces", [(HARD,), (SOFT, HARD), (HARD, SOFT)])
def test_what_bounced_hard_is_never_delivered(bounces):
    acme, message = sent(Channel.EMAIL)
    for step in bounces:
        report(acme.world, message.id, step)

    assert report(acme.world, message.id, Report(type=E.DELIVERED)).status is Status.BOUNCED


@pytest.mark.parametrize(
    ("step", "reason"),
    [(HARD, "bounced"), (Report(type=E.COMPLAINED), "complained"), (Report(type=E.UNSUBSCRIBED), "unsubscribed")],
)
def test_what_the_api_suppresses_on_is_entered(step, reason):
    acme, message = sent(Channel.EMAIL)

    report(acme.world, message.id, step)

    (entry,) = acme.store.suppressions
    assert (entry.address, entry.reason, entry.environment) == (ADAS_MAIL, reason, "live")


@pytest.mark.parametrize("step", [SOFT, Report(type=E.DELIVERED), Report(type=E.OPENED)])
def test_nothing_else_is_entered(step):
    acme, message = sent(Channel.EMAIL)

    report(acme.world, message.id, step)

    assert len(acme.store.suppressions) == 0


def test_enough_soft_bounces_count_as_a_hard_one():
    acme = Acme(default_script="silent", soft_bounces=3)
    entered = []
    for _ in range(3):
        message = acme.send(ADAS_MAIL, channel=Channel.EMAIL)
        acme.advance(1)
        report(acme.world, message.id, SOFT)
        entered.append(len(acme.store.suppressions))

    assert entered == [0, 0, 1]


@pytest.mark.parametrize(
    ("channel", "named", "entered"),
    [(Channel.EMAIL, True, ["bounced"]), (Channel.SMS, True, []), (Channel.EMAIL, False, [])],
)
def test_an_expiry_counts_as_a_soft_bounce_where_the_api_says_so_and_the_channel_bounces(channel, named, entered):
    expired = {E.EXPIRED: "bounced"} if named else {}
    acme = Acme(
        default_script="silent",
        soft_bounces=2,
        suppress_on={E.BOUNCED: "bounced", **expired},
        reports={Channel.EMAIL: frozenset({E.BOUNCED, E.EXPIRED}), Channel.SMS: frozenset({E.EXPIRED})},
    )
    for _ in range(2):
        message = acme.send(ADAS_MAIL if channel is Channel.EMAIL else ADA, channel=channel)
        acme.advance(1)
        report(acme.world, message.id, Report(type=E.EXPIRED))

    assert [each.reason for each in acme.store.suppressions] == entered


def test_a_soft_bounce_that_is_reported_twice_counts_once():
    acme, message = sent(Channel.EMAIL, soft_bounces=2)
    report(acme.world, message.id, SOFT)

    report(acme.world, message.id, replace(SOFT, repeats=True))

    assert len(acme.store.suppressions) == 0


def test_soft_bounces_of_the_test_environment_do_not_suppress_in_the_live_one():
    acme = Acme(default_script="silent", soft_bounces=2)
    for environment in ("test", "live"):
        message = acme.send(ADAS_MAIL, channel=Channel.EMAIL, environment=environment)
        acme.advance(1)
        report(acme.world, message.id, SOFT)

    assert len(acme.store.suppressions) == 0


def test_an_event_is_told_with_the_message_and_the_recipient_it_is_about():
    acme, message = sent()

    event = acme.told()[-1]

    assert (event.message_id, event.recipient_id, event.api, event.endpoint_id) == (
        message.id,
        message.id,
        "acme",
        "hook",
    )


def test_a_provider_that_goes_on_trying_after_a_temporary_bounce_leaves_status_and_hold():
    acme, message = sent(Channel.EMAIL, waits_out_soft_bounces=True)
    held = acme.recipient(message).hold_micros

    report(acme.world, message.id, SOFT)
    bounced = acme.recipient(message)
    delivered = report(acme.world, message.id, Report(type=E.DELIVERED))

    assert held
    assert (bounced.status, bounced.hold_micros) == (Status.SENT, held)
    assert (delivered.status, delivered.charged_micros) == (Status.DELIVERED, held)
    assert told_types(acme)[-2:] == ["bounced", "delivered"]


def test_a_permanent_bounce_ends_a_message_all_the_same():
    acme, message = sent(Channel.EMAIL, waits_out_soft_bounces=True)

    recipient = report(acme.world, message.id, HARD)

    assert (recipient.status, recipient.hold_micros) == (Status.BOUNCED, 0)


@pytest.mark.parametrize(("capture", "charged"), [(True, SMS_MICROS), (False, 0)])
def test_a_hold_is_settled_without_an_event(capture, charged):
    acme, message = sent(charging=Charging())
    events = acme.recipient(message).events

    recipient = settle_hold(acme.world, message.id, capture=capture)

    assert recipient == acme.recipient(message)
    assert (recipient.hold_micros, recipient.charged_micros) == (0, charged)
    assert recipient.events == events
    wallet = acme.store.wallets[message.account_id]
    assert (wallet.held_micros, TOP_UP_MICROS - wallet.balance_micros) == (0, charged)


def test_what_holds_nothing_is_settled_already():
    acme, message = sent(charging=Charging())
    once = settle_hold(acme.world, message.id, capture=True)

    assert settle_hold(acme.world, message.id, capture=False) == once
    with pytest.raises(NotFound):
        settle_hold(acme.world, "nobody", capture=True)
