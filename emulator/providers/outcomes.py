"""The seventeen outcomes that every test needs, and what each is on a channel that has its own way.

Times are counted from acceptance, on the world's clock.

Source: the emulator's own set of magic recipients, agreed 2026-11; what a provider can report, and when it refuses, is
of the provider's voice.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from emulator.core.records import Channel, EventType, Record
from emulator.providers.reasons import Reason
from emulator.providers.script import Accept, NoAnswer, Refuse, Reply, Report, ServerError, Step

E = EventType


def ms(milliseconds: int) -> timedelta:
    """A span in the table's unit."""
    return timedelta(milliseconds=milliseconds)


ACCEPT = Accept(after=ms(100))
DELIVERED = Report(type=E.DELIVERED, after=ms(400))
DELIVER: tuple[Step, ...] = (ACCEPT, DELIVERED)


def delivered_then(*steps: Step) -> tuple[Step, ...]:
    """Delivered at 0.5 s, and what comes after it."""
    return (*DELIVER, *steps)


def fails(reason: Reason) -> tuple[Step, ...]:
    """Taken, then a permanent failure at 0.5 s."""
    return (ACCEPT, Report(type=E.FAILED, after=ms(400), reason=reason))


def refused(status: int, reason: Reason) -> tuple[Step, ...]:
    """Refused at the call."""
    return (Refuse(status=status, reason=reason),)


def bounces(reason: Reason) -> tuple[Step, ...]:
    """The same by mail: the receiving side refuses it."""
    return (ACCEPT, Report(type=E.BOUNCED, after=ms(400), reason=reason))


def soft(after: timedelta) -> Report:
    """A delay that the receiving side asks for."""
    return Report(type=E.DEFERRED, after=after, hard=False, reason=Reason.MAILBOX_FULL)


def _expired(after: timedelta) -> Report:
    return Report(type=E.EXPIRED, after=after, hard=False, reason=Reason.ABSENT_SUBSCRIBER, at_validity=True)


# The channels on which nobody can answer, and those that hold a message back without a word until it can be delivered.
_ONE_WAY = (Channel.PUSH, Channel.BROADCAST)
_HELD_IN_SILENCE = (Channel.WHATSAPP, Channel.RCS)


_EVERYWHERE_ALIKE: Mapping[Channel, tuple[Step, ...]] = MappingProxyType({})


class Outcome(Record, frozen=True, kw_only=True):
    """One outcome that an address can ask for.

    `number` is NN in the magic phone numbers, `aliases` are further local parts of magic e-mail addresses.
    `steps` is the script on every channel that `by_channel` does not name. `mix` are other outcomes by name, each with
    its weight, of which chance chooses one; there are no steps then.
    """

    number: int
    name: str
    summary: str
    steps: tuple[Step, ...] = ()
    aliases: tuple[str, ...] = ()
    by_channel: Mapping[Channel, tuple[Step, ...]] = _EVERYWHERE_ALIKE
    blocks: bool = False
    mix: tuple[tuple[str, int], ...] = ()


STANDARD: tuple[Outcome, ...] = (
    Outcome(
        number=0,
        name="deliver",
        aliases=("delivered", "success"),
        summary="accepted, sent 0.1 s, delivered 0.5 s",
        steps=DELIVER,
    ),
    Outcome(
        number=1,
        name="slow",
        summary="the same, delivered after 30 s (push: accepted after 5 s)",
        steps=(ACCEPT, Report(type=E.DELIVERED, after=ms(29_900))),
        by_channel={Channel.PUSH: (Accept(after=ms(5_000)), Report(type=E.DELIVERED, after=ms(25_000)))},
    ),
    Outcome(
        number=2,
        name="bounce",
        aliases=("hard-bounce", "bounced"),
        summary="accepted, then a permanent failure at 0.5 s (push, RCS: refused at once, 404)",
        steps=fails(Reason.UNKNOWN_SUBSCRIBER),
        by_channel={
            Channel.EMAIL: bounces(Reason.UNKNOWN_SUBSCRIBER),
            Channel.PUSH: refused(404, Reason.UNKNOWN_SUBSCRIBER),
            Channel.RCS: refused(404, Reason.UNKNOWN_SUBSCRIBER),
        },
    ),
    Outcome(
        number=3,
        name="soft-then-deliver",
        aliases=("deferred",),
        summary="deferred at 0.5 s and 5 s, delivered at 15 s (WhatsApp, RCS: held till then; push: 503 once)",
        steps=(ACCEPT, soft(ms(400)), soft(ms(4_500)), Report(type=E.DELIVERED, after=ms(10_000))),
        by_channel={
            Channel.PUSH: (ServerError(), *DELIVER),
            **dict.fromkeys(_HELD_IN_SILENCE, (ACCEPT, Report(type=E.DELIVERED, after=ms(14_900)))),
        },
    ),
    Outcome(
        number=4,
        name="blocked",
        aliases=("suppressed",),
        summary="refused as suppressed or opted out",
        steps=refused(406, Reason.BLOCKED),
        by_channel={
            Channel.PUSH: refused(403, Reason.BLOCKED),
            Channel.RCS: refused(403, Reason.BLOCKED),
        },
        blocks=True,
    ),
    Outcome(
        number=5,
        name="complaint",
        aliases=("complained",),
        summary="e-mail: delivered 0.5 s, complaint 3 s; SMS, WhatsApp: blocked as spam at 0.5 s; elsewhere as 00",
        steps=DELIVER,
        by_channel={
            Channel.EMAIL: delivered_then(Report(type=E.COMPLAINED, after=ms(2_500), reason=Reason.SPAM)),
            Channel.SMS: fails(Reason.SPAM),
            Channel.WHATSAPP: fails(Reason.SPAM),
        },
    ),
    Outcome(
        number=6,
        name="timeout",
        summary="the provider never answers the send call",
        steps=(NoAnswer(),),
    ),
    Outcome(
        number=7,
        name="flaky",
        aliases=("5xx-then-success",),
        summary="the first two calls are answered 503, the third succeeds and delivers",
        steps=(ServerError(), ServerError(), *DELIVER),
    ),
    Outcome(
        number=8,
        name="invalid",
        summary="the provider refuses the address at once (4xx)",
        steps=refused(400, Reason.INVALID_ADDRESS),
    ),
    Outcome(
        number=9,
        name="expired",
        aliases=("unreachable",),
        summary="accepted, deferred at 0.5 s, expired when the message's validity ends, else at 60 s (push: as 15)",
        steps=(
            ACCEPT,
            Report(type=E.DEFERRED, after=ms(400), hard=False, reason=Reason.ABSENT_SUBSCRIBER),
            _expired(ms(59_500)),
        ),
        by_channel={
            Channel.PUSH: (ACCEPT,),
            **dict.fromkeys(_HELD_IN_SILENCE, (ACCEPT, _expired(ms(59_900)))),
        },
    ),
    Outcome(
        number=10,
        name="read",
        summary="delivered 0.5 s, read 2 s (e-mail: opened; SMS: delivered only)",
        steps=delivered_then(Report(type=E.READ, after=ms(1_500))),
        by_channel={
            Channel.SMS: DELIVER,
            Channel.EMAIL: delivered_then(Report(type=E.OPENED, after=ms(1_500))),
        },
    ),
    Outcome(
        number=11,
        name="reply",
        summary="delivered 0.5 s, the person answers at 3 s",
        steps=delivered_then(Reply(text="Simulated reply", after=ms(2_500))),
        by_channel=dict.fromkeys(_ONE_WAY, DELIVER),
    ),
    Outcome(
        number=12,
        name="stop",
        summary="delivered 0.5 s, `STOP` comes at 3 s and the opt-out is recorded; later sends are blocked",
        steps=delivered_then(Reply(text="STOP", after=ms(2_500))),
        by_channel={
            Channel.EMAIL: delivered_then(Report(type=E.UNSUBSCRIBED, after=ms(2_500))),
            **dict.fromkeys(_ONE_WAY, DELIVER),
        },
    ),
    Outcome(
        number=13,
        name="duplicate",
        summary="every receipt comes twice under one event id, 0.2 s apart",
        steps=delivered_then(Report(type=E.DELIVERED, after=ms(200), repeats=True)),
    ),
    Outcome(
        number=14,
        name="out-of-order",
        summary="the delivered receipt overtakes the answer to the send call (WhatsApp: read comes before delivered)",
        steps=(Report(type=E.DELIVERED, after=ms(300)), Accept(after=ms(200))),
        by_channel={
            Channel.WHATSAPP: (
                ACCEPT,
                Report(type=E.READ, after=ms(400)),
                Report(type=E.DELIVERED, after=ms(200)),
            )
        },
    ),
    Outcome(number=15, name="silent", summary="accepted, no receipt ever", steps=(ACCEPT,)),
    Outcome(
        number=16,
        name="open-click",
        summary="delivered 0.5 s, opened or read 2 s, link clicked (RCS: suggestion tapped) 4 s, where the channel can",
        steps=DELIVER,
        by_channel={
            Channel.EMAIL: delivered_then(
                Report(type=E.OPENED, after=ms(1_500)), Report(type=E.CLICKED, after=ms(2_000))
            ),
            Channel.WHATSAPP: delivered_then(
                Report(type=E.READ, after=ms(1_500)), Report(type=E.CLICKED, after=ms(2_000))
            ),
            Channel.RCS: delivered_then(Report(type=E.READ, after=ms(1_500)), Reply(taps_first=True, after=ms(2_000))),
        },
    ),
)
