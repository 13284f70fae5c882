"""The outcomes beyond the first seventeen: what goes wrong less often, and chance.

Source: the emulator's own set of magic recipients, agreed 2026-11; where it names one channel, the others are assumed.
"""

from datetime import timedelta

from emulator.core.records import Channel
from emulator.providers.outcomes import (
    ACCEPT,
    DELIVER,
    DELIVERED,
    E,
    Outcome,
    bounces,
    delivered_then,
    fails,
    ms,
    refused,
    soft,
)
from emulator.providers.reasons import Reason
from emulator.providers.script import Ending, NoAnswer, Reply, Report, ServerError

_UNSUBSCRIBED = delivered_then(Report(type=E.UNSUBSCRIBED, after=ms(2_500)))
_GIVEN_UP_AFTER = ms(10_000)

EXTRA: tuple[Outcome, ...] = (
    Outcome(
        number=17,
        name="rate-limited",
        summary="the first call is answered 429 (come again in 1 s), the second succeeds and delivers",
        steps=(ServerError(status=429, retry_after=timedelta(seconds=1)), *DELIVER),
    ),
    Outcome(
        number=18,
        name="no-funds",
        summary="refused: the account at the provider is empty (402)",
        steps=refused(402, Reason.INSUFFICIENT_CREDIT),
    ),
    Outcome(
        number=19,
        name="soft-bounce",
        summary="deferred at 0.5 s and 5 s, given up at 15 s (push: every call is answered 503)",
        steps=(
            ACCEPT,
            soft(ms(400)),
            soft(ms(4_500)),
            Report(type=E.FAILED, after=_GIVEN_UP_AFTER, hard=False, reason=Reason.MAILBOX_FULL),
        ),
        by_channel={
            Channel.EMAIL: (
                ACCEPT,
                soft(ms(400)),
                soft(ms(4_500)),
                Report(type=E.BOUNCED, after=_GIVEN_UP_AFTER, hard=False, reason=Reason.MAILBOX_FULL),
            ),
            Channel.PUSH: (ServerError(),),
            Channel.WHATSAPP: (
                ACCEPT,
                Report(type=E.FAILED, after=ms(14_900), hard=False, reason=Reason.DELIVERY_FAILURE),
            ),
            Channel.RCS: (
                ACCEPT,
                Report(type=E.EXPIRED, after=ms(14_900), hard=False, reason=Reason.ABSENT_SUBSCRIBER),
            ),
        },
    ),
    Outcome(
        number=20,
        name="unsubscribe",
        summary="e-mail, WhatsApp, RCS: delivered 0.5 s, unsubscribed 3 s, later sends are blocked; elsewhere as 12",
        steps=delivered_then(Reply(text="STOP", after=ms(2_500))),
        by_channel={
            Channel.EMAIL: _UNSUBSCRIBED,
            Channel.WHATSAPP: _UNSUBSCRIBED,
            Channel.RCS: _UNSUBSCRIBED,
            Channel.PUSH: DELIVER,
            Channel.BROADCAST: DELIVER,
        },
    ),
    Outcome(
        number=21,
        name="late-bounce",
        summary="delivered 0.5 s, a permanent failure 10 s later (push, RCS: as 00)",
        steps=delivered_then(Report(type=E.FAILED, after=ms(10_000), reason=Reason.UNKNOWN_SUBSCRIBER)),
        by_channel={
            Channel.EMAIL: delivered_then(Report(type=E.BOUNCED, after=ms(10_000), reason=Reason.UNKNOWN_SUBSCRIBER)),
            Channel.PUSH: DELIVER,
            Channel.RCS: DELIVER,
        },
    ),
    Outcome(
        number=22,
        name="no-capability",
        summary="the person is not on this channel: refused at once, 404 (WhatsApp, e-mail: fails at 0.5 s)",
        steps=refused(404, Reason.NO_CAPABILITY),
        by_channel={
            Channel.EMAIL: bounces(Reason.NO_CAPABILITY),
            Channel.WHATSAPP: fails(Reason.NO_CAPABILITY),
        },
    ),
    Outcome(
        number=23,
        name="window-closed",
        summary="WhatsApp: failed at 0.5 s, the time for a free text is over (elsewhere as 00)",
        steps=DELIVER,
        by_channel={Channel.WHATSAPP: fails(Reason.WINDOW_CLOSED)},
    ),
    Outcome(
        number=24,
        name="unauthorised",
        summary="the provider refuses the account's credential (401)",
        steps=refused(401, Reason.UNAUTHORISED),
    ),
    Outcome(
        number=25,
        name="auto-reply",
        summary="delivered 0.5 s, an out-of-office notice comes at 1 s (push, broadcast: as 00)",
        steps=delivered_then(Reply(text="I am out of the office until Monday.", after=ms(500))),
        by_channel={Channel.PUSH: DELIVER, Channel.BROADCAST: DELIVER},
    ),
    Outcome(
        number=26,
        name="garbage",
        summary="every call is answered 200 with a body that cannot be read",
        steps=(NoAnswer(after=ms(100), ending=Ending.GARBLED),),
    ),
    Outcome(
        number=27,
        name="reset",
        summary="the connection breaks at every call",
        steps=(NoAnswer(after=ms(100), ending=Ending.RESET),),
    ),
    Outcome(
        number=28,
        name="accepted-timeout",
        summary="the first call is taken, then its connection breaks; the second makes another message",
        steps=(NoAnswer(after=ms(100), ending=Ending.RESET, taken=True), *DELIVER),
    ),
    Outcome(
        number=29,
        name="wrong-id",
        summary="accepted, then a delivered receipt at 0.5 s for an id that nobody knows",
        steps=(ACCEPT, Report(type=E.DELIVERED, after=DELIVERED.after, unknown_id=True)),
    ),
    Outcome(
        number=99,
        name="random",
        summary="one of 00, 01, 02, 03, 07, 08, 09, 13 and 15 by seeded chance, 00 in seven of ten",
        mix=(
            ("deliver", 70),
            ("slow", 6),
            ("bounce", 6),
            ("soft-then-deliver", 6),
            ("flaky", 4),
            ("invalid", 1),
            ("expired", 2),
            ("duplicate", 3),
            ("silent", 2),
        ),
    ),
)
