"""Ids and random-looking values of one event, derived from its place in the recipient's life.

The same event always has the same id, so a report that is posted twice can be recognised by its receiver.
"""

from emulator.core.ids import derived_secret, derived_uuid
from emulator.providers.voice import Facts


def first_telling(facts: Facts) -> Facts:
    """The facts of the report that this one repeats, or the facts themselves: a repeat is told in the same bytes."""
    if not facts.event.repeats:
        return facts
    for place in range(facts.place - 1, -1, -1):
        earlier = facts.recipient.events[place]
        if earlier.type is facts.event.type and not earlier.repeats:
            return facts._replace(event=earlier, place=place)
    return facts


def event_uuid(facts: Facts, purpose: str = "event") -> str:
    """A UUID of this event; another purpose gives another one."""
    return derived_uuid(facts.recipient.provider or "", facts.recipient.id, str(facts.place), purpose)


def event_base62(facts: Facts, length: int, purpose: str = "event") -> str:
    """Base-62 characters of this event; at most 42."""
    return derived_secret(facts.recipient.provider or "", facts.recipient.id, str(facts.place), purpose, length=length)


def event_hex(facts: Facts, length: int, purpose: str = "event") -> str:
    """Lower-case hexadecimal digits of this event; at most 64."""
    return (event_uuid(facts, purpose) + event_uuid(facts, f"{purpose}+")).replace("-", "")[:length]


def event_number(facts: Facts, digits: int, purpose: str = "event") -> int:
    """A number of this event with exactly so many decimal digits."""
    low = 10 ** (digits - 1)
    return low + int(event_hex(facts, 16, purpose), 16) % (9 * low)


def occurrence(facts: Facts) -> int:
    """Which event of its type this is, counted from 1."""
    return 1 + sum(earlier.type is facts.event.type for earlier in facts.recipient.events[: facts.place])
