"""How an answer to the send call is chosen: taken, refused, a 5xx, or nothing that can be read."""

import re
from collections.abc import Callable

from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload

Saying = Callable[[Facts], Payload | None]

TOLD_LATER = frozenset(
    {
        Reason.UNKNOWN_SUBSCRIBER,
        Reason.BLOCKED,
        Reason.SPAM,
        Reason.MAILBOX_FULL,
        Reason.ABSENT_SUBSCRIBER,
        Reason.GREYLISTED,
        Reason.CONTENT_REFUSED,
        Reason.DELIVERY_FAILURE,
        Reason.NO_CAPABILITY,
    }
)
"""Refusals that most mail providers do not make at the call: they take the message and post the refusal."""

_UNANSWERED = frozenset({Reason.NO_ANSWER, Reason.CONNECTION_RESET})
_GARBLED = Payload(
    content_type="text/html", body="<html><head><title>Please wait</title></head><body></body></html>", status=200
)
_SERVER_ERROR = re.compile(r"5\d\d", re.ASCII)
_CLIENT_ERROR = re.compile(r"4\d\d", re.ASCII)
_UNAVAILABLE = 503
_BAD_REQUEST = 400


def answering(
    *,
    accepted: Saying,
    refused: Saying,
    broken: Callable[[Facts, int], Payload],
    receipt: Saying | None = None,
    told_later: frozenset[Reason] = frozenset(),
    garbled: Payload = _GARBLED,
) -> Saying:
    """Put a provider's answers together. `broken` is given the HTTP status of the 5xx.

    `garbled` is an answer that nobody can read: a page for people, as something in between might give.
    A refusal for a reason of `told_later` is said by the report that the provider posts in its place.
    """

    def answer(facts: Facts) -> Payload | None:
        event = facts.event
        if event.reason in _UNANSWERED:
            return None
        if event.reason == Reason.GARBLED_ANSWER:
            return garbled
        if event.reason == Reason.SERVER_ERROR:
            return broken(facts, server_error_status(event.code) or _UNAVAILABLE)
        if event.type is EventType.SENT:
            return accepted(facts)
        if receipt is not None and event.reason in told_later:
            return receipt(facts)
        return refused(facts)

    return answer


def server_error_status(code: str | None) -> int | None:
    """The HTTP status that a failed call's code names, or None if it names no 5xx."""
    return int(code) if code is not None and _SERVER_ERROR.fullmatch(code) else None


def client_error_status(code: str) -> int:
    """The HTTP status of a refusal whose code is one; 400 if it is something else."""
    return int(code) if _CLIENT_ERROR.fullmatch(code) else _BAD_REQUEST
