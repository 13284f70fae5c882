"""Africa's Talking's delivery reports: one form each.

Source: Africa's Talking, "SMS delivery reports", read 2026-11.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, text, unrecognised
from emulator.providers.script import Report

# `Sent` and `Submitted` are missing: they say nothing that the answer to the send call had not said.
_EVENTS: Mapping[str, EventType] = {
    "Buffered": EventType.DEFERRED,
    "Success": EventType.DELIVERED,
    "Rejected": EventType.FAILED,
    "Failed": EventType.FAILED,
    "AbsentSubscriber": EventType.FAILED,
    "Expired": EventType.FAILED,
}

_MOST_FIELDS = 100


def _read(posted: Posted) -> list[Notice]:
    try:
        fields = parse_qs(posted.text, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise unrecognised() from None
    if "id" not in fields or "status" not in fields:
        raise unrecognised()
    message_id, status = fields["id"][-1], fields["status"][-1]
    return [Notice(message_id, status, _report(status, text(fields.get("failureReason", [""])[-1])), posted.text)]


def _report(status: str, failure_reason: str | None) -> Report | None:
    type = _EVENTS.get(status)
    if type is EventType.FAILED:
        # Only `Rejected` and `Failed` come with a reason; the other two are one themselves.
        return Report(type=type, reason=failure_reason or status)
    return Report(type=type, hard=type is not EventType.DEFERRED) if type is not None else None


FORMAT = Format(read=_read)
