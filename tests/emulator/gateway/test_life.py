from datetime import timedelta

import pytest
from msgspec.structs import replace

from emulator.core import suppressions
from emulator.core.errors import StatusConflict
from emulator.core.records import Channel, Content, EventType, Origin, Status
from emulator.gateway import reporting
from emulator.gateway.policy import Screening
from emulator.providers.catalogue import OUTCOMES
from emulator.providers.script import Accept, NoAnswer, Refuse, Reply, Report, ServerError, make_script
from tests.emulator.gateway.acme import ACCOUNT, MAIL_MICROS, SMS_MICROS, Acme

ADA = "+254711000111"
BEGUN = [("queued", 0), ("sending", 0.05)]
SENT = [*BEGUN, ("sent", 0.1)]
DELIVERED = [*SENT, ("delivered", 0.5)]
TIMED_OUT = [*BEGUN, ("retry_scheduled", 15.05), ("retry_scheduled", 31.05), ("failed", 51.05)]
FLAKY = [*BEGUN, ("retry_scheduled", 0.1), ("retry_scheduled", 1.15), ("sent", 6.2), ("delivered", 6.6)]

NEVER_ANSWERED = [*BEGUN, ("retry_scheduled", 0.1), ("retry_scheduled", 1.15), ("failed", 6.2)]
ONE_CALL_MORE = [*BEGUN, ("retry_scheduled", 0.1), ("sent", 1.15), ("delivered", 1.55)]

# What happens to a magic recipient and when, in seconds from acceptance; the provider is given 15 s to answer and is
# called again after 1 s and 5 s. (SMS, e-mail)
SEQUENCES = {
    "deliver": (DELIVERED, DELIVERED),
    "slow": ([*SENT, ("delivered", 30)],) * 2,
    "bounce": ([*SENT, ("failed", 0.5)], [*SENT, ("bounced", 0.5)]),
    "soft-then-deliver": ([*SENT, ("deferred", 0.5), ("deferred", 5), ("delivered", 15)],) * 2,
    "blocked": ([("queued", 0), ("suppressed", 0.05)],) * 2,
    "complaint": ([*SENT, ("failed", 0.5)], [*DELIVERED, ("complained", 3)]),
    "timeout": (TIMED_OUT, TIMED_OUT),
    "flaky": (FLAKY, FLAKY),
    "invalid": ([*BEGUN, ("failed", 0.1)],) * 2,
    "expired": ([*SENT, ("deferred", 0.5), ("expired", 60)],) * 2,
    "read": (DELIVERED, [*DELIVERED, ("opened", 2)]),
    "reply": (DELIVERED, DELIVERED),
    "stop": (DELIVERED, [*DELIVERED, ("unsubscribed", 3)]),
    "duplicate": ([*DELIVERED, ("delivered", 0.7)],) * 2,
    "out-of-order": ([*BEGUN, ("delivered", 0.3), ("sent", 0.5)],) * 2,
    "silent": (SENT, SENT),
    "open-click": (DELIVERED, [*DELIVERED, ("opened", 2), ("clicked", 4)]),
    "rate-limited": (ONE_CALL_MORE, ONE_CALL_MORE),
    "no-funds": ([*BEGUN, ("failed", 0.1)],) * 2,
    "soft-bounce": (
        [*SENT, ("deferred", 0.5), ("deferred", 5), ("failed", 15)],
        [*SENT, ("deferred", 0.5), ("deferred", 5), ("bounced", 15)],
    ),
    "unsubscribe": (DELIVERED, [*DELIVERED, ("unsubscribed", 3)]),
    "late-bounce": ([*DELIVERED, ("failed", 10.5)], [*DELIVERED, ("bounced", 10.5)]),
    "no-capability": ([*BEGUN, ("failed", 0.1)], [*SENT, ("bounced", 0.5)]),
    "window-closed": (DELIVERED, DELIVERED),
    "unauthorised": ([*BEGUN, ("failed", 0.1)],) * 2,
    "auto-reply": (DELIVERED, DELIVERED),
    "garbage": (NEVER_ANSWERED, NEVER_ANSWERED),
    "reset": (NEVER_ANSWERED, NEVER_ANSWERED),
    "accepted-timeout": (ONE_CALL_MORE, ONE_CALL_MORE),
    "wrong-id": (SENT, SENT),
}
DELIVERING = {
    "deliver",
    "slow",
    "soft-then-deliver",
    "flaky",
    "read",
    "reply",
    "stop",
    "duplicate",
    "out-of-order",
    "open-click",
    "rate-limited",
    "unsubscribe",
    "late-bounce",
    "window-closed",
    "auto-reply",
    "accepted-timeout",
}


@pytest.fixture
def acme():
    return Acme()


def magic(name, channel):
    number = next(outcome.number for outcome in OUTCOMES if outcome.name == name)
    return f"+120255501{number:02}" if channel is Channel.SMS else f"{name}@simulator.example"


def as_scripted(*steps, **policy):
    """An API that has one script of its own for everybody."""
    return Acme(default_script="own", scripts={"own": make_script("own", *steps)}, **policy)


def reasons(acme, message):
    return [event.reason for event in acme.recipient(message).events if event.reason]


@pytest.mark.parametrize("place", [0, 1], ids=["sms", "email"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_magic_recipient_lives_through_its_documented_sequence(acme, name, place):
    channel = (Channel.SMS, Channel.EMAIL)[place]
    message = acme.send(magic(name, channel), channel=channel)

    acme.advance(120)

    assert acme.timeline(message) == SEQUENCES[name][place]
    assert "timer failed" not in acme.notes()


def test_every_outcome_of_the_catalogue_is_tried_here():
    assert set(SEQUENCES) == {outcome.name for outcome in OUTCOMES} - {"random"}


def test_chance_gives_different_outcomes_and_the_same_ones_each_time():
    first, second = Acme(), Acme()
    sent = [(acme, [acme.send("+12025550199", unit_micros=0) for _ in range(60)]) for acme in (first, second)]
    lives = []
    for acme, messages in sent:
        acme.advance(120)
        lives.append([acme.timeline(message) for message in messages])

    assert lives[0] == lives[1]
    assert len({life[-1] for life in lives[0]}) >= 3
    assert lives[0].count(DELIVERED) > 20


def test_a_report_about_an_unknown_id_changes_nothing_and_stands_in_the_journal(acme):
    message = acme.send(magic("wrong-id", Channel.SMS))

    acme.advance(120)

    (note,) = [entry.fact for entry in acme.world.journal if getattr(entry.fact, "kind", "").startswith("report about")]
    assert note.subject == message.id
    assert acme.recipient(message).provider_message_id not in note.text


def test_a_message_that_was_taken_without_an_answer_is_reported_too(acme):
    acme.send(magic("accepted-timeout", Channel.SMS))

    acme.advance(0.5)

    assert acme.notes() == ["report about an unknown id"]


@pytest.mark.parametrize(("suggestion", "said"), [({"text": "Track it"}, None), (None, "STOP")])
def test_a_person_taps_the_first_suggestion_if_there_is_one(suggestion, said):
    acme = as_scripted(Accept(), Reply(text="STOP", taps_first=True), first_suggestion=lambda _message: suggestion)
    acme.send(ADA)

    acme.advance(1)

    (reply,) = acme.store.inbound
    assert (reply.text, reply.rich) == (said, suggestion and {"suggestion": suggestion})


def test_a_tap_on_nothing_says_nothing():
    acme = as_scripted(Accept(), Reply(taps_first=True))
    acme.send(ADA)

    acme.advance(1)

    assert not acme.store.inbound.rows


def test_the_provider_is_not_called_again_sooner_than_it_asks():
    acme = as_scripted(ServerError(status=429, retry_after=timedelta(seconds=30)), Accept())
    message = acme.send(ADA)

    acme.advance(60)

    assert acme.timeline(message) == [*BEGUN, ("retry_scheduled", 0.1), ("sent", 30.15)]


@pytest.mark.parametrize(("channel", "micros"), [(Channel.SMS, SMS_MICROS), (Channel.EMAIL, MAIL_MICROS)])
@pytest.mark.parametrize("name", SEQUENCES)
def test_only_what_was_delivered_is_paid_and_only_silence_keeps_a_hold(acme, name, channel, micros):
    acme.send(magic(name, channel), channel=channel)

    acme.advance(120)

    delivered = name in DELIVERING or (name == "complaint" and channel is Channel.EMAIL)
    assert acme.money() == (micros if delivered else 0, micros if name in {"silent", "wrong-id"} else 0)


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
@pytest.mark.parametrize("name", SEQUENCES)
def test_each_step_of_a_life_is_told_once_in_its_order(acme, name, channel):
    message = acme.send(magic(name, channel), channel=channel)

    acme.advance(120)

    # The first event, `queued`, is the request's own answer.
    expected = [(f"message.{type}", at) for type, at in acme.timeline(message)[1:]]
    assert [(type, at) for type, at in acme.posted if type != "inbound"] == expected


def test_a_provider_that_never_answers_is_called_as_often_as_the_api_does_it(acme):
    message = acme.send(magic("timeout", Channel.SMS))

    acme.advance(60)

    recipient = acme.recipient(message)
    assert (recipient.status, recipient.reason, recipient.attempt) == (Status.FAILED, "no-answer", 3)
    assert recipient.provider_message_id is None
    assert [event.attempt for event in recipient.events if event.reason == "no-answer"] == [1, 2, 3]
    assert all(event.origin is Origin.PLATFORM for event in recipient.events)


def test_the_apis_own_ladder_stands_in_for_the_common_one():
    waits = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
    acme = Acme(provider_retries=waits, provider_timeout=timedelta(seconds=10))
    message = acme.send(magic("timeout", Channel.SMS))

    acme.advance(3600)

    assert [at for type, at in acme.timeline(message) if type == "retry_scheduled"] == [10.05, 50.05, 180.05]
    assert acme.timeline(message)[-1] == ("failed", 790.05)


def test_an_api_that_never_calls_again_fails_at_the_first_silence():
    acme = Acme(provider_retries=())
    message = acme.send(magic("timeout", Channel.SMS))

    acme.advance(60)

    assert acme.timeline(message) == [*BEGUN, ("failed", 15.05)]


def test_a_provider_that_hangs_up_early_is_not_waited_for():
    acme = as_scripted(NoAnswer(hold=timedelta(seconds=2)), provider_retries=())
    message = acme.send(ADA)

    acme.advance(60)

    assert acme.timeline(message)[-1] == ("failed", 2.05)


def test_a_flaky_provider_succeeds_at_its_third_call(acme):
    message = acme.send(magic("flaky", Channel.EMAIL), channel=Channel.EMAIL)

    acme.advance(60)

    recipient = acme.recipient(message)
    failures = [event for event in recipient.events if event.type is EventType.RETRY_SCHEDULED]
    assert (recipient.status, recipient.attempt) == (Status.DELIVERED, 3)
    assert [(event.code, event.reason, event.origin) for event in failures] == [
        ("503", "server-error", Origin.ANSWER)
    ] * 2


def test_a_flaky_provider_fails_where_the_api_calls_twice_only():
    acme = Acme(provider_retries=(timedelta(seconds=1),))
    message = acme.send(magic("flaky", Channel.SMS))

    acme.advance(60)

    assert acme.timeline(message) == [*BEGUN, ("retry_scheduled", 0.1), ("failed", 1.15)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bounce", "unknown-subscriber"),
        ("complaint", "spam"),
        ("invalid", "invalid-address"),
        ("expired", "absent-subscriber"),
    ],
)
def test_a_failed_recipient_says_why(acme, name, reason):
    message = acme.send(magic(name, Channel.SMS))

    acme.advance(120)

    assert acme.recipient(message).reason == reason


def test_an_accepted_recipient_has_a_provider_its_id_and_a_cost(acme):
    message = acme.send(ADA)

    acme.advance(0.1)

    recipient = acme.recipient(message)
    assert recipient.provider == "africas_talking"
    assert recipient.provider_message_id
    assert acme.store.recipients_by_provider_id.get(recipient.provider_message_id) == recipient
    assert recipient.cost_micros == SMS_MICROS


def test_a_suppressed_recipient_ends_without_a_call_and_its_money_is_given_back(acme):
    suppressions.suppress(
        acme.store, acme.world.ids, ACCOUNT, Channel.SMS, ADA, "bounced", at=acme.start, environment="live"
    )
    message = acme.send(ADA)

    acme.advance(60)

    recipient = acme.recipient(message)
    assert acme.timeline(message) == [("queued", 0), ("suppressed", 0.05)]
    assert (recipient.suppression_reason, recipient.provider, recipient.attempt) == ("bounced", None, 0)
    assert acme.money() == (0, 0)


def test_a_scheduled_recipient_that_was_suppressed_meanwhile_ends_suppressed(acme):
    message = acme.send(ADA, scheduled_at=acme.start + timedelta(hours=1))
    suppressions.suppress(
        acme.store, acme.world.ids, ACCOUNT, Channel.SMS, ADA, "bounced", at=acme.start, environment="live"
    )

    acme.advance(3601)

    assert acme.recipient(message).status is Status.SUPPRESSED
    assert acme.money() == (0, 0)


def test_a_suppressed_recipient_is_refused_by_the_provider_where_the_api_does_not_screen():
    acme = Acme(screening=Screening.BY_PROVIDER)
    suppressions.suppress(
        acme.store, acme.world.ids, ACCOUNT, Channel.SMS, ADA, "bounced", at=acme.start, environment="live"
    )
    message = acme.send(ADA)

    acme.advance(60)

    assert acme.timeline(message) == [*BEGUN, ("failed", 0.1)]
    assert acme.recipient(message).reason == "blocked"


def test_duplicate_receipts_are_told_twice_under_one_id_and_move_one_status(acme):
    message = acme.send(magic("duplicate", Channel.SMS))

    acme.advance(60)

    first, second = (event for event in acme.told() if event.type == "message.delivered")
    assert first.id != second.id
    assert (first.wire_id, first.body) == (second.wire_id, second.body)
    assert acme.recipient(message).status is Status.DELIVERED
    assert acme.money() == (SMS_MICROS, 0)


def test_duplicate_receipts_reach_each_endpoint_twice(acme):
    acme.add_endpoint("second-hook")
    acme.send(magic("duplicate", Channel.SMS))

    acme.advance(60)

    told = [event for event in acme.told() if event.type == "message.delivered"]
    assert sorted(event.endpoint_id for event in told) == ["hook", "hook", "second-hook", "second-hook"]
    assert len({(event.endpoint_id, event.wire_id) for event in told}) == 2


def test_a_receipt_that_overtakes_the_answer_never_lets_the_status_go_back(acme):
    message = acme.send(magic("out-of-order", Channel.SMS))
    acme.advance(0.3)
    early = acme.recipient(message)

    acme.advance(60)

    late = acme.recipient(message)
    assert early.status is late.status is Status.DELIVERED
    assert early.provider_message_id == late.provider_message_id is not None


def test_recipients_of_one_message_are_judged_alone(acme):
    message = acme.send(magic("invalid", Channel.SMS), magic("deliver", Channel.SMS), magic("blocked", Channel.SMS))

    acme.advance(60)

    statuses = [acme.recipient(message, place).status for place in range(3)]
    assert statuses == [Status.FAILED, Status.DELIVERED, Status.SUPPRESSED]
    assert acme.money() == (SMS_MICROS, 0)


def test_an_ordinary_recipient_follows_the_apis_default():
    acme = as_scripted(Accept(after=timedelta(seconds=1)), Report(type=EventType.DELIVERED, after=timedelta(seconds=4)))
    message = acme.send(ADA)

    acme.advance(60)

    assert acme.timeline(message) == [*BEGUN, ("sent", 1), ("delivered", 5)]


def test_a_magic_recipient_wins_over_the_apis_default():
    acme = as_scripted(Refuse())
    message = acme.send(magic("deliver", Channel.SMS))

    acme.advance(60)

    assert acme.recipient(message).status is Status.DELIVERED


def test_what_the_accounts_state_calls_for_wins_over_a_magic_recipient():
    acme = Acme(choose_script=lambda *_: "invalid")
    message = acme.send(magic("deliver", Channel.SMS))

    acme.advance(60)

    assert acme.recipient(message).status is Status.FAILED


def test_a_report_that_the_channel_does_not_have_is_left_out_and_shifts_no_other():
    acme = Acme(reports={Channel.SMS: frozenset({EventType.DELIVERED})})
    message = acme.send(magic("soft-then-deliver", Channel.SMS))

    acme.advance(60)

    assert acme.timeline(message) == [*SENT, ("delivered", 15)]


def test_what_the_provider_never_reports_the_apis_own_software_may():
    delivered = {Channel.PUSH: frozenset({EventType.DELIVERED})}

    def who_confirms(**changes):
        acme = Acme(reports=delivered, choose_provider=lambda *_: ("fcm", None), **changes)
        message = acme.send("sim-deliver", channel=Channel.PUSH)
        acme.advance(1)
        return [event.origin for event in acme.recipient(message).events if event.type is EventType.DELIVERED]

    assert who_confirms() == []
    assert who_confirms(own_reports=delivered) == [Origin.PLATFORM]


def test_a_scripted_failure_keeps_its_code_and_text():
    acme = as_scripted(Refuse(status=403, reason="sender-refused", code="409", diagnostic="No such sender"))
    message = acme.send(ADA)

    acme.advance(1)

    event = acme.recipient(message).events[-1]
    assert (event.type, event.origin, event.hard) == (EventType.FAILED, Origin.ANSWER, True)
    assert (event.reason, event.code, event.diagnostic) == ("sender-refused", "409", "No such sender")


def test_a_scripted_server_error_keeps_its_status():
    acme = as_scripted(ServerError(status=500), provider_retries=())
    message = acme.send(ADA)

    acme.advance(1)

    assert acme.recipient(message).events[-1].code == "500"


def test_a_click_names_the_first_link(acme):
    message = acme.send(
        magic("open-click", Channel.EMAIL),
        channel=Channel.EMAIL,
        content=Content(html='<a href="mailto:x@example.com">x</a><a href="https://example.com/a">A</a>'),
    )

    acme.advance(60)

    assert acme.recipient(message).events[-1].url == "https://example.com/a"


def test_who_said_stop_is_suppressed_from_then_on(acme):
    first = acme.send(magic("stop", Channel.SMS))
    acme.advance(5)

    second = acme.send(magic("stop", Channel.SMS))
    acme.advance(5)

    assert acme.recipient(first).status is Status.DELIVERED
    assert acme.recipient(second).status is Status.SUPPRESSED
    assert acme.recipient(second).suppression_reason == "unsubscribed"


def test_who_unsubscribed_by_mail_is_suppressed_from_then_on(acme):
    acme.send(magic("stop", Channel.EMAIL), channel=Channel.EMAIL)
    acme.advance(5)

    second = acme.send(magic("stop", Channel.EMAIL).upper(), channel=Channel.EMAIL)
    acme.advance(5)

    assert acme.recipient(second).status is Status.SUPPRESSED


def test_stop_is_recorded_even_where_nobody_can_write_back():
    acme = Acme(receives=lambda *_: False, opt_outs=lambda *_: True)
    acme.send(magic("stop", Channel.SMS))

    acme.advance(5)

    assert len(acme.store.inbound) == 0
    assert len(acme.store.suppressions) == 1


def test_a_reply_where_nobody_can_write_back_is_lost():
    acme = Acme(receives=lambda *_: False, opt_outs=lambda *_: False)
    acme.send(magic("reply", Channel.SMS), magic("stop", Channel.SMS))

    acme.advance(5)

    assert (len(acme.store.inbound), len(acme.store.suppressions)) == (0, 0)


def test_a_reply_answers_the_message(acme):
    message = acme.send(magic("reply", Channel.SMS))

    acme.advance(5)

    (said,) = acme.store.inbound
    assert (said.text, said.in_reply_to) == ("Simulated reply", message.id)
    assert acme.seconds(said.created_at) == 3


@pytest.mark.parametrize("name", ["bounce", "complaint"])
def test_a_magic_recipient_stays_usable_after_a_bounce_or_complaint(acme, name):
    acme.send(magic(name, Channel.EMAIL), channel=Channel.EMAIL)

    acme.advance(60)

    assert len(acme.store.suppressions) == 0


def test_an_ordinary_recipient_is_suppressed_after_a_hard_bounce():
    acme = Acme(default_script="bounce")
    acme.send("ada@example.org", channel=Channel.EMAIL)

    acme.advance(60)

    (entry,) = acme.store.suppressions
    assert (entry.address, entry.reason, entry.environment) == ("ada@example.org", "bounced", "live")


def test_a_canceled_message_is_neither_handed_over_nor_reported(acme):
    early, late = acme.send(magic("slow", Channel.SMS)), acme.send(magic("slow", Channel.SMS))
    cancel(acme, early)
    acme.advance(1)
    cancel(acme, late)

    acme.advance(60)

    assert acme.timeline(early) == [("queued", 0)]
    assert acme.timeline(late) == SENT
    assert "timer failed" not in acme.notes()


def cancel(acme, message):
    acme.store.recipients.put(replace(acme.recipient(message), status=Status.CANCELED))


def test_a_recipient_that_was_deleted_meanwhile_is_no_error(acme):
    early, late = acme.send(ADA), acme.send(ADA)
    acme.store.recipients.delete(early.id)
    acme.advance(0.1)
    acme.store.recipients.delete(late.id)

    acme.advance(60)

    assert "timer failed" not in acme.notes()


def test_the_same_calls_give_the_same_journal():
    first, second = Acme(), Acme()
    for acme in (first, second):
        acme.send(*(magic(name, Channel.SMS) for name in SEQUENCES), unit_micros=0)
        acme.advance(120)

    assert list(first.world.journal) == list(second.world.journal)
    assert first.told() == second.told()


def a_silent_acme(**changes):
    return Acme(
        default_script="silent",
        default_validity={Channel.SMS: timedelta(hours=1)},
        **changes,
    )


def test_a_message_that_nobody_confirms_expires_with_its_validity():
    acme = a_silent_acme()
    usual, short = acme.send(ADA), acme.send(ADA, expires_at=acme.clock.now + timedelta(seconds=60))
    mail = acme.send("ada@example.com", channel=Channel.EMAIL)

    acme.advance(60)
    assert acme.timeline(short) == [*SENT, ("expired", 60)]
    assert acme.recipient(usual).status is Status.SENT
    acme.advance(3600)
    assert acme.timeline(usual) == [*SENT, ("expired", 3600)]
    assert acme.recipient(mail).status is Status.SENT
    assert acme.money()[1] == MAIL_MICROS


def test_a_message_that_was_delivered_does_not_expire():
    acme = Acme(default_validity={Channel.SMS: timedelta(hours=1)})
    message = acme.send(ADA)

    acme.advance(7200)

    assert acme.timeline(message) == DELIVERED


def test_the_provider_gives_up_when_the_messages_own_validity_ends(acme):
    magic = "+12025550109"
    usual, own = acme.send(magic), acme.send(magic, expires_at=acme.clock.now + timedelta(minutes=10))

    acme.advance(601)

    assert acme.timeline(usual)[-1] == ("expired", 60)
    assert acme.timeline(own)[-1] == ("expired", 600)


def test_what_follows_a_temporary_bounce_is_what_the_next_call_meets():
    soft = Report(type=EventType.BOUNCED, after=timedelta(seconds=1), hard=False)
    delivered = Report(type=EventType.DELIVERED, after=timedelta(seconds=1))
    acme = as_scripted(soft, soft, delivered, retry_soft_bounces=True)
    message = acme.send("ada@example.com", channel=Channel.EMAIL)

    acme.advance(60)

    assert [(type, at) for type, at in acme.timeline(message) if type != "sending"] == [
        ("queued", 0),
        ("sent", 0.1),
        ("bounced", 1),
        ("retry_scheduled", 1),
        ("sent", 2.05),
        ("bounced", 3.05),
        ("retry_scheduled", 3.05),
        ("sent", 8.1),
        ("delivered", 9.1),
    ]


def test_a_temporary_bounce_after_delivery_calls_nobody_again():
    soft = Report(type=EventType.BOUNCED, after=timedelta(seconds=1), hard=False)
    delivered = Report(type=EventType.DELIVERED, after=timedelta(seconds=1))
    opened = Report(type=EventType.OPENED, after=timedelta(seconds=1))
    acme = as_scripted(delivered, soft, opened, retry_soft_bounces=True)
    message = acme.send("ada@example.com", channel=Channel.EMAIL)

    acme.advance(60)

    types = [type for type, _ in acme.timeline(message)]
    assert types[-3:] == ["delivered", "bounced", "opened"]
    assert acme.recipient(message).status is Status.DELIVERED


def test_a_temporary_bounce_spends_the_budget_of_failed_calls():
    bouncing = make_script(
        "bouncing",
        Accept(after=timedelta(milliseconds=100)),
        Report(type=EventType.BOUNCED, after=timedelta(milliseconds=400), hard=False),
    )
    acme = Acme(scripts={"bouncing": bouncing}, default_script="bouncing", retry_soft_bounces=True)
    message = acme.send("ada@example.com", channel=Channel.EMAIL)

    acme.advance(60)

    assert [type for type, _ in acme.timeline(message) if type in {"bounced", "retry_scheduled", "failed"}] == [
        "bounced",
        "retry_scheduled",
        "bounced",
        "retry_scheduled",
        "bounced",
        "failed",
    ]
    assert acme.recipient(message).attempt == 3


def test_a_message_can_be_taken_back_until_it_is_delivered(acme):
    message = acme.send(ADA)
    acme.advance(0.2)

    reporting.cancel(acme.world, message.id)

    assert acme.recipient(message).status is Status.CANCELED
    assert acme.money() == (0, 0)
    acme.advance(60)
    assert acme.timeline(message) == [*SENT, ("canceled", 0.2)]
    with pytest.raises(StatusConflict):
        reporting.cancel(acme.world, message.id)


def test_the_api_sees_each_event_once_it_is_written():
    seen: list[tuple[str, str]] = []

    def note(world, message, recipient, event):
        assert world.store.recipients[recipient.id].events[-1] == event
        seen.append((message.id, event.type))

    acme = Acme(on_event=note)
    message = acme.send(ADA)

    acme.advance(1)

    assert seen == [(message.id, type) for type in ("sending", "sent", "delivered")]
