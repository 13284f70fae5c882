"""What happened in a world, as lines for people who look at a test that failed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from emulator.stories.words import span_text
from emulator.testing.message import Message, MessageSummary

_WIDEST = 100
_MOST_CALLS = 5
_DETAILS = ("kind", "reason", "code", "diagnostic", "url")


def inbox_lines(messages: Sequence[MessageSummary], taken: Callable[[str], bool] = lambda _: False) -> Iterator[str]:
    """The messages that came, newest first, one a line."""
    if not messages:
        yield "no message came at all"
        return
    yield "what came, newest first:"
    for message in messages:
        to = ", ".join(f"{each.address} ({each.status})" for each in message.recipients[:3])
        given = "  [given to an earlier wait]" if taken(message.id) else ""
        yield f"  {message.api} {message.channel} to {to}: {_cut(message.text or '')}{given}"


def message_lines(message: Message) -> Iterator[str]:
    """A message, its timeline and its webhooks."""
    to = ", ".join(f"{each.address} ({each.status})" for each in message.recipients[:5])
    yield f"{message.api} {message.channel} {message.id} to {to}: {_cut(message.subject or message.text)}"
    for entry in message.timeline:
        said = ((name, getattr(entry, name)) for name in _DETAILS)
        details = ", ".join(f"{name} {value}" for name, value in said if value)
        yield f"  +{_after(message, entry.at):<8} {entry.type}  {details}".rstrip()
    for event in message.webhooks:
        for attempt in event.attempts:
            answer = attempt.response["status"] if attempt.response else attempt.error or "not posted yet"
            yield f"  +{_after(message, attempt.due_at):<8} webhook {event.type}, attempt {attempt.number}: {answer}"


def calls_refused(entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The newest calls that were answered with 400 or more."""
    refused = [call for call in (entry["call"] for entry in entries) if call["status"] >= 400]
    if refused:
        yield "calls that were refused:"
    for call in refused[-_MOST_CALLS:]:
        yield f"  {call['api']} {call['method']} {call['path']} -> {call['status']}  {_cut(_text(call['reply']))}"


def _after(message: Message, moment: datetime) -> str:
    return span_text(moment - message.created_at)


def _text(reply: object) -> str:
    return reply if isinstance(reply, str) else str(reply)


def _cut(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _WIDEST else f"{one_line[:_WIDEST]}…"
