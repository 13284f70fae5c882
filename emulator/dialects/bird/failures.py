"""Why a message was not sent or delivered, in this API's words: `reason`, `details` and `failure`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from emulator.core.errors import Json
from emulator.core.records import Event, EventType, Message
from emulator.dialects.bird.vocabulary import EMAIL, PLATFORM_OF_CHANNEL, SMS, WHATSAPP
from emulator.providers.reasons import Reason

UNSUPPORTED_TYPE = "unsupported-type"
INVALID_ENTRY = "invalid-entry"
"""Reasons that the catalogue does not have: the platform cannot carry the body, an entry of a batch is not valid."""

PRE_PROCESSING, ACCOUNTING, CONTACT, TOUCHPOINT = "pre-processing", "accounting", "contact", "touchpoint"

INVALID_CHANNEL_CONFIGURATION = 11001
INVALID_INPUT = 11002
INVALID_RECEIVER = 11003
INVALID_CONTENT = 11004
INVALID_SENDER = 11005
DEPENDENCY_ERROR = 12001
UNSUPPORTED_BODY = 12002
UNSUPPORTED_DESTINATION = 12003
INVALID_MESSAGE = 12006
INSUFFICIENT_BALANCE = 14001
RECIPIENT_OPTED_OUT = 14002
PLATFORM_FAILURE = 15001
EXPIRED = 15002
BLOCKED = 15003
UNKNOWN_RECIPIENT = 15005

_FIRST_CODE, _LAST_CODE = 11_000, 15_999

_REJECTIONS: Mapping[int, str] = MappingProxyType(
    {
        INVALID_CHANNEL_CONFIGURATION: "invalid_channel_configuration",
        INVALID_INPUT: "invalid_input",
        INVALID_RECEIVER: "invalid_receiver",
        INVALID_CONTENT: "invalid_content",
        INVALID_SENDER: "invalid_sender",
    }
)
"""What `details` say of an entry of a batch that is not valid, by the failure's code."""


class Cause(NamedTuple):
    """One cause. `words` are the description; `slug` is empty where it is the words joined with `_`.

    Without a `source` it is the platform that says so, with its own `source_code`; another source has none of its own
    and repeats the code.
    """

    code: int
    words: str
    source: str = ""
    source_code: str = ""
    slug: str = ""


# Source: Bird documentation, "Message statuses and failures", read 2026-11: codes 11001, 11002, 12xxx, 15001, 15005,
# and an SMS's 1 and 34. The other numbers, all words of e-mail, and what belongs to which cause are assumed; those of
# e-mail are the classes of bounces of the platform behind it.
_OF_PLATFORM: Mapping[tuple[str, str], Cause] = MappingProxyType(
    {
        (SMS, Reason.UNKNOWN_SUBSCRIBER): Cause(UNKNOWN_RECIPIENT, "unknown subscriber", source_code="1"),
        (SMS, Reason.DELIVERY_FAILURE): Cause(
            PLATFORM_FAILURE, "system failure", source_code="34", slug="received_network_error"
        ),
        (SMS, Reason.ABSENT_SUBSCRIBER): Cause(EXPIRED, "expired", source_code="5"),
        (SMS, Reason.SPAM): Cause(BLOCKED, "spam block", source_code="51"),
        (SMS, Reason.MAILBOX_FULL): Cause(PLATFORM_FAILURE, "unavailable subscriber", source_code="27"),
        (EMAIL, Reason.UNKNOWN_SUBSCRIBER): Cause(UNKNOWN_RECIPIENT, "invalid recipient", source_code="10"),
        (EMAIL, Reason.NO_CAPABILITY): Cause(UNKNOWN_RECIPIENT, "invalid recipient", source_code="10"),
        (EMAIL, Reason.MAILBOX_FULL): Cause(PLATFORM_FAILURE, "mailbox full", source_code="22"),
        (EMAIL, Reason.SPAM): Cause(BLOCKED, "spam block", source_code="51"),
        (EMAIL, Reason.ABSENT_SUBSCRIBER): Cause(EXPIRED, "expired", source_code="24"),
        (EMAIL, Reason.DELIVERY_FAILURE): Cause(PLATFORM_FAILURE, "soft bounce", source_code="20"),
        (WHATSAPP, Reason.UNKNOWN_SUBSCRIBER): Cause(UNKNOWN_RECIPIENT, "message undeliverable", source_code="131026"),
        (WHATSAPP, Reason.NO_CAPABILITY): Cause(UNKNOWN_RECIPIENT, "message undeliverable", source_code="131026"),
        (WHATSAPP, Reason.SPAM): Cause(BLOCKED, "ecosystem engagement", source_code="131049"),
        (WHATSAPP, Reason.ABSENT_SUBSCRIBER): Cause(EXPIRED, "expired", source_code="131026"),
        (WHATSAPP, Reason.DELIVERY_FAILURE): Cause(PLATFORM_FAILURE, "something went wrong", source_code="131000"),
        (WHATSAPP, Reason.WINDOW_CLOSED): Cause(PLATFORM_FAILURE, "re-engagement message", source_code="131047"),
    }
)
"""What a platform says of a cause, by platform id and reason."""

_EVERYWHERE: Mapping[str, Cause] = MappingProxyType(
    {
        Reason.UNKNOWN_SUBSCRIBER: Cause(UNKNOWN_RECIPIENT, "unknown recipient"),
        Reason.ABSENT_SUBSCRIBER: Cause(EXPIRED, "expired"),
        Reason.SPAM: Cause(BLOCKED, "spam block"),
        Reason.INVALID_ADDRESS: Cause(INVALID_RECEIVER, "invalid receiver", PRE_PROCESSING),
        Reason.SENDER_REFUSED: Cause(INVALID_SENDER, "invalid sender", PRE_PROCESSING),
        UNSUPPORTED_TYPE: Cause(UNSUPPORTED_BODY, "unsupported type", PRE_PROCESSING),
        INVALID_ENTRY: Cause(INVALID_INPUT, "invalid input", PRE_PROCESSING),
        Reason.CONTENT_REFUSED: Cause(INVALID_MESSAGE, "invalid message", TOUCHPOINT),
        Reason.NO_CAPABILITY: Cause(UNSUPPORTED_DESTINATION, "unsupported destination", TOUCHPOINT),
        Reason.BLOCKED: Cause(RECIPIENT_OPTED_OUT, "unsubscribed", CONTACT),
        Reason.INSUFFICIENT_CREDIT: Cause(INSUFFICIENT_BALANCE, "insufficient balance", ACCOUNTING),
        Reason.THROTTLED: Cause(DEPENDENCY_ERROR, "dependency error", TOUCHPOINT),
        Reason.UNAUTHORISED: Cause(DEPENDENCY_ERROR, "dependency error", TOUCHPOINT),
        Reason.SERVER_ERROR: Cause(DEPENDENCY_ERROR, "dependency error", TOUCHPOINT),
        Reason.NO_ANSWER: Cause(DEPENDENCY_ERROR, "dependency error", TOUCHPOINT),
        Reason.CONNECTION_RESET: Cause(DEPENDENCY_ERROR, "dependency error", TOUCHPOINT),
        Reason.GARBLED_ANSWER: Cause(DEPENDENCY_ERROR, "dependency error", TOUCHPOINT),
    }
)
"""What is said of a cause on every other platform, or before one is called."""


class Failure(NamedTuple):
    """The three things that a failed message shows: `failure`, `details` and `reason`."""

    failure: dict[str, Json]
    details: str
    reason: str


def failure_of(message: Message, event: Event) -> Failure:
    """Why a message failed at an event."""
    platform_id = PLATFORM_OF_CHANNEL[message.channel]
    rejection = message.extras.get("rejection")
    if isinstance(rejection, dict):
        code = int(str(rejection["code"]))
        return _told(Cause(code, str(rejection["description"]), PRE_PROCESSING, slug=_REJECTIONS[code]), platform_id)
    return _told(_scripted(cause_of(platform_id, event), event), platform_id)


def cause_of(platform_id: str, event: Event) -> Cause:
    """The cause of an event; a word that no table has is the platform's own, and passed through."""
    if event.type is EventType.SUPPRESSED:
        return _EVERYWHERE[Reason.BLOCKED]
    reason = event.reason or ""
    known = _OF_PLATFORM.get((platform_id, reason)) or _EVERYWHERE.get(reason)
    if event.type is EventType.EXPIRED:
        known = _OF_PLATFORM.get((platform_id, Reason.ABSENT_SUBSCRIBER)) or _EVERYWHERE[Reason.ABSENT_SUBSCRIBER]
    return known or Cause(PLATFORM_FAILURE, event.diagnostic or reason.replace("-", " ") or "failure")


def _scripted(cause: Cause, event: Event) -> Cause:
    """The cause with what a scenario says: a number of this API's own, or else the platform's code."""
    if not event.code or cause.source:
        return cause
    if event.code.isascii() and event.code.isdigit() and _FIRST_CODE <= int(event.code) <= _LAST_CODE:
        return cause._replace(code=int(event.code))
    return cause._replace(source_code=event.code)


def _told(cause: Cause, platform_id: str) -> Failure:
    slug = cause.slug or cause.words.replace(" ", "_").replace("-", "_")
    code = cause.source_code or str(cause.code)
    failure: dict[str, Json] = {
        "code": cause.code,
        "description": cause.words,
        "source": {"code": code, "name": cause.source or platform_id},
    }
    # Source of the pattern: Bird documentation, "SMS statuses", read 2026-11; that all platforms have it is assumed.
    reason = cause.words if cause.source else f"details: {cause.words}; reason: {slug}; code: {code}"
    return Failure(failure, slug, reason)
