"""The built-in scripts, by name, and the addresses whose name fixes their outcome (magic recipients)."""

from functools import cache

from emulator.core.records import Channel
from emulator.providers.extra_outcomes import EXTRA
from emulator.providers.outcomes import STANDARD, Outcome
from emulator.providers.script import Choice, Either, Script, Step, make_script

OUTCOMES: tuple[Outcome, ...] = (*STANDARD, *EXTRA)

_EMAIL = Channel.EMAIL  # before Python 3.12 an enum's member costs as much as a call

_BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
_BY_NUMBER = {outcome.number: outcome.name for outcome in OUTCOMES}
# Nearly all addresses begin otherwise, and are looked at no further.
_BEGINNINGS = ("+1", "1", "+4477009000", "4477009000", "sim-")
_SIMULATOR_DOMAINS = frozenset({"simulator.example", "simulator.example.com"})


def _plain(local_part: str) -> str:
    return local_part.lower().translate({ord(mark): None for mark in "-_."})


_BY_LOCAL_PART = {_plain(word): outcome.name for outcome in OUTCOMES for word in (outcome.name, *outcome.aliases)}


@cache
def script(name: str, channel: Channel) -> Script:
    """The built-in script of this name on a channel. Raises `KeyError` for a name that is not in the catalogue."""
    outcome = _BY_NAME[name]
    return make_script(name, *_steps(outcome, channel), blocks=outcome.blocks)


def _steps(outcome: Outcome, channel: Channel) -> tuple[Step | Either, ...]:
    if not outcome.mix:
        return outcome.by_channel.get(channel, outcome.steps)
    ways = (Choice(steps=_steps(_BY_NAME[name], channel), weight=weight) for name, weight in outcome.mix)
    return (Either(choices=tuple(ways)),)


def magic_outcome(channel: Channel, address: str) -> str | None:
    """The name of the script that an address asks for by its form, or None for an ordinary address.

    Phones: `+1 NPA 555 01NN` (kept for fiction in the North American plan) and `+44 7700 900 0NN` (Ofcom's drama
    numbers), with or without the plus. E-mail: `<name>@simulator.example`, `+label` allowed. Elsewhere `sim-<name>`.
    """
    if channel is _EMAIL:
        return _magic_mail(address)
    if not address.startswith(_BEGINNINGS):
        return None
    if address[0] == "s":
        return _BY_LOCAL_PART.get(_plain(address[4:].partition(":")[0]))
    digits = address.removeprefix("+")
    is_american = len(digits) == 11 and digits[4:9] == "55501" and digits[0] == "1"
    is_british = len(digits) == 12 and digits.startswith("4477009000")
    if (is_american or is_british) and digits.isascii() and digits.isdigit():
        return _BY_NUMBER.get(int(digits[-2:]))
    return None


def _magic_mail(address: str) -> str | None:
    local_part, _, domain = address.rpartition("@")
    if domain.rstrip(">").lower() not in _SIMULATOR_DOMAINS:
        return None
    return _BY_LOCAL_PART.get(_plain(local_part.rpartition("<")[2].partition("+")[0]))
