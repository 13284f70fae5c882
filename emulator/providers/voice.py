"""A provider voice: how one provider says what happened, in its own words.

A script says what happens; the voice says it. Payloads are rendered when somebody reads them, from records that do
not change any more, so the same event always gives the same bytes.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.core.ids import Ids
from emulator.core.records import Channel, Connection, Event, EventType, Message, Origin, Recipient, Record


class Facts(NamedTuple):
    """What a voice may speak of. `place` is the event's place in the recipient's events."""

    message: Message
    recipient: Recipient
    event: Event
    place: int
    connection: Connection | None = None


class Payload(Record, frozen=True, kw_only=True):
    """What a provider answered or posted. `status` is the HTTP status of an answer, None for a post."""

    content_type: str
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None


class Words(NamedTuple):
    """A cause in the provider's words: its code or name, and its text."""

    code: str
    text: str


def _as_everywhere(_event: Event) -> None:
    return None


class Voice(Record, frozen=True, kw_only=True):
    """One provider.

    `message_id` makes the id that the provider gives a message (`ids` streams are named after the provider).
    `answer` renders the answer to our send call (accepted, refused, 5xx; None when it never answered), `receipt` the
    report that it posts later (None if the provider has no such report). `words` maps a `Reason` to the provider's
    words; a reason that is missing is passed through as it is. `words_here` gives the words of one event where the same
    cause is said in several ways, None where it is not. `reports` are the events that the provider ever reports, None
    if it reports all; `reports_as` is how its reports reach us.
    """

    name: str
    channels: frozenset[Channel]
    message_id: Callable[[Ids], str]
    answer: Callable[[Facts], Payload | None]
    receipt: Callable[[Facts], Payload | None]
    words: Mapping[str, Words]
    words_here: Callable[[Event], Words | None] = _as_everywhere
    reports: frozenset[EventType] | None = None
    reports_as: Origin = Origin.RECEIPT


def words_of(voice: Voice, event: Event) -> Words:
    """What the provider calls the cause of an event; a scripted code or diagnostic wins over the voice's own."""
    reason = event.reason or ""
    known = (
        voice.words_here(event) or voice.words.get(reason) or Words(event.code or reason, event.diagnostic or reason)
    )
    return Words(event.code or known.code, event.diagnostic or known.text)
