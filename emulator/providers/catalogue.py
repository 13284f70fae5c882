"""The built-in scripts, by name, and the addresses whose name fixes their outcome (magic recipients).

Times are counted from acceptance, on the world's clock. One table is the source of both.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from emulator.core.records import Channel, EventType, Record
from emulator.providers.reasons import Reason
from emulator.providers.script import Accept, NoAnswer, Refuse, Reply, Report, Script, ServerError, Step, make_script

E = EventType


def _ms(milliseconds: int) -> timedelta:
    return timedelta(milliseconds=milliseconds)


_ACCEPT = Accept(after=_ms(100))
_DELIVERED = Report(type=E.DELIVERED, after=_ms(400))


_EVERYWHERE_ALIKE: Mapping[Channel, tuple[Step, ...]] = MappingProxyType({})


class Outcome(Record, frozen=True, kw_only=True):
    """One outcome that an address can ask for.

    `number` is NN in the magic phone numbers, `aliases` are further local parts of magic e-mail addresses.
    `steps` is the script on every channel that `by_channel` does not name.
    """

    number: int
    name: str
    summary: str
    steps: tuple[Step, ...]
    aliases: tuple[str, ...] = ()
    by_channel: Mapping[Channel, tuple[Step, ...]] = _EVERYWHERE_ALIKE
    blocks: bool = False


def _soft(after: timedelta) -> Report:
    return Report(type=E.DEFERRED, after=after, hard=False, reason=Reason.MAILBOX_FULL)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        number=0,
        name="deliver",
        aliases=("delivered", "success"),
        summary="accepted, sent 0.1 s, delivered 0.5 s",
        steps=(_ACCEPT, _DELIVERED),
    ),
    Outcome(
        number=1,
        name="slow",
        summary="the same, delivered after 30 s",
        steps=(_ACCEPT, Report(type=E.DELIVERED, after=_ms(29_900))),
    ),
    Outcome(
        number=2,
        name="bounce",
        aliases=("hard-bounce", "bounced"),
        summary="accepted, then a permanent failure at 0.5 s",
        steps=(_ACCEPT, Report(type=E.FAILED, after=_ms(400), reason=Reason.UNKNOWN_SUBSCRIBER)),
        by_channel={
            Channel.EMAIL: (_ACCEPT, Report(type=E.BOUNCED, after=_ms(400), reason=Reason.UNKNOWN_SUBSCRIBER)),
            Channel.PUSH: (Refuse(status=404, reason=Reason.UNKNOWN_SUBSCRIBER),),
        },
    ),
    Outcome(
        number=3,
        name="soft-then-deliver",
        aliases=("deferred",),
        summary="deferred at 0.5 s and 5 s, delivered at 15 s",
        steps=(_ACCEPT, _soft(_ms(400)), _soft(_ms(4_500)), Report(type=E.DELIVERED, after=_ms(10_000))),
    ),
    Outcome(
        number=4,
        name="blocked",
        aliases=("suppressed",),
        summary="refused as suppressed or opted out",
        steps=(Refuse(status=406, reason=Reason.BLOCKED),),
        blocks=True,
    ),
    Outcome(
        number=5,
        name="complaint",
        aliases=("complained",),
        summary="delivered 0.5 s, complaint 3 s (SMS: the operator blocks it as spam)",
        steps=(_ACCEPT, _DELIVERED, Report(type=E.COMPLAINED, after=_ms(2_500), reason=Reason.SPAM)),
        by_channel={Channel.SMS: (_ACCEPT, Report(type=E.FAILED, after=_ms(400), reason=Reason.SPAM))},
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
        steps=(ServerError(), ServerError(), _ACCEPT, _DELIVERED),
    ),
    Outcome(
        number=8,
        name="invalid",
        summary="the provider refuses the address at once (4xx)",
        steps=(Refuse(status=400, reason=Reason.INVALID_ADDRESS),),
    ),
    Outcome(
        number=9,
        name="expired",
        aliases=("unreachable",),
        summary="accepted, deferred at 0.5 s, expired at 60 s",
        steps=(
            _ACCEPT,
            Report(type=E.DEFERRED, after=_ms(400), hard=False, reason=Reason.ABSENT_SUBSCRIBER),
            Report(type=E.EXPIRED, after=_ms(59_500), hard=False, reason=Reason.ABSENT_SUBSCRIBER),
        ),
    ),
    Outcome(
        number=10,
        name="read",
        summary="delivered 0.5 s, read 2 s (e-mail: opened; SMS: delivered only)",
        steps=(_ACCEPT, _DELIVERED, Report(type=E.READ, after=_ms(1_500))),
        by_channel={
            Channel.SMS: (_ACCEPT, _DELIVERED),
            Channel.EMAIL: (_ACCEPT, _DELIVERED, Report(type=E.OPENED, after=_ms(1_500))),
        },
    ),
    Outcome(
        number=11,
        name="reply",
        summary="delivered 0.5 s, the person answers at 3 s",
        steps=(_ACCEPT, _DELIVERED, Reply(text="Simulated reply", after=_ms(2_500))),
    ),
    Outcome(
        number=12,
        name="stop",
        summary="delivered 0.5 s, `STOP` comes at 3 s and the opt-out is recorded; later sends are blocked",
        steps=(_ACCEPT, _DELIVERED, Reply(text="STOP", after=_ms(2_500))),
        by_channel={
            Channel.EMAIL: (
                _ACCEPT,
                _DELIVERED,
                Report(type=E.UNSUBSCRIBED, after=_ms(2_500)),
            )
        },
    ),
    Outcome(
        number=13,
        name="duplicate",
        summary="every receipt comes twice under one event id, 0.2 s apart",
        steps=(_ACCEPT, _DELIVERED, Report(type=E.DELIVERED, after=_ms(200), repeats=True)),
    ),
    Outcome(
        number=14,
        name="out-of-order",
        summary="the delivered receipt overtakes the answer to the send call",
        steps=(Report(type=E.DELIVERED, after=_ms(300)), Accept(after=_ms(200))),
    ),
    Outcome(number=15, name="silent", summary="accepted, no receipt ever", steps=(_ACCEPT,)),
    Outcome(
        number=16,
        name="open-click",
        summary="delivered 0.5 s, opened 2 s, first link clicked 4 s (where the channel can)",
        steps=(_ACCEPT, _DELIVERED),
        by_channel={
            Channel.EMAIL: (
                _ACCEPT,
                _DELIVERED,
                Report(type=E.OPENED, after=_ms(1_500)),
                Report(type=E.CLICKED, after=_ms(2_000)),
            ),
            Channel.WHATSAPP: (_ACCEPT, _DELIVERED, Report(type=E.READ, after=_ms(1_500))),
        },
    ),
)

_BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
_BY_NUMBER = {outcome.number: outcome.name for outcome in OUTCOMES}
_SIMULATOR_DOMAINS = frozenset({"simulator.example", "simulator.example.com"})


def _plain(local_part: str) -> str:
    return local_part.lower().translate({ord(mark): None for mark in "-_."})


_BY_LOCAL_PART = {_plain(word): outcome.name for outcome in OUTCOMES for word in (outcome.name, *outcome.aliases)}


@cache
def script(name: str, channel: Channel) -> Script:
    """The built-in script of this name on a channel. Raises `KeyError` for a name that is not in the catalogue."""
    outcome = _BY_NAME[name]
    steps = outcome.by_channel.get(channel, outcome.steps)
    return make_script(name, *steps, blocks=outcome.blocks)


def magic_outcome(channel: Channel, address: str) -> str | None:
    """The name of the script that an address asks for by its form, or None for an ordinary address.

    Phones: `+1 NPA 555 01NN` (kept for fiction in the North American plan) and `+44 7700 900 0NN` (Ofcom's drama
    numbers), with or without the plus. E-mail: `<name>@simulator.example`, `+label` allowed. Elsewhere `sim-<name>`.
    """
    if channel is Channel.EMAIL:
        return _magic_mail(address)
    if address.startswith("sim-"):
        return _BY_LOCAL_PART.get(_plain(address[4:].partition(":")[0]))
    digits = address.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return None
    if (len(digits) == 11 and digits[0] == "1" and digits[4:9] == "55501") or (
        len(digits) == 12 and digits.startswith("4477009000")
    ):
        return _BY_NUMBER.get(int(digits[-2:]))
    return None


def _magic_mail(address: str) -> str | None:
    local_part, _, domain = address.rpartition("@")
    if domain.rstrip(">").lower() not in _SIMULATOR_DOMAINS:
        return None
    return _BY_LOCAL_PART.get(_plain(local_part.rpartition("<")[2].partition("+")[0]))
