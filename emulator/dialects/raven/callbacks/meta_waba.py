"""Meta's WhatsApp callbacks: status notices, several in one JSON object if need be.

Source: Meta, "WhatsApp Business Platform: webhooks, messages, status", and published clients. Read 2026-11.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, read_json, text
from emulator.providers.script import Report

# `sent` is missing: it says nothing that the answer to the send call had not said.
_EVENTS: Mapping[str, EventType] = {
    "delivered": EventType.DELIVERED,
    "read": EventType.READ,
    "failed": EventType.FAILED,
}


class _Error(msgspec.Struct, frozen=True):
    code: Any = None
    title: Any = None
    message: Any = None


class _Status(msgspec.Struct, frozen=True):
    id: str
    status: str
    errors: list[_Error] | None = None


class _Value(msgspec.Struct, frozen=True):
    statuses: list[_Status] = msgspec.field(default_factory=list[_Status])


class _Change(msgspec.Struct, frozen=True):
    value: _Value
    field: Any = None


class _Entry(msgspec.Struct, frozen=True):
    changes: list[_Change]


class _Post(msgspec.Struct, frozen=True):
    object: str
    entry: list[_Entry]


def _read(posted: Posted) -> list[Notice]:
    post = read_json(posted.text, _Post)
    notices = [Notice(status.id, status.status, _report(status), posted.text) for status in _statuses(post)]
    # Inbound messages come to the same address; they are about no message of ours.
    return notices or [Notice(None, post.object, None, posted.text)]


def _statuses(post: _Post) -> Iterator[_Status]:
    for entry in post.entry:
        for change in entry.changes:
            yield from change.value.statuses


def _report(status: _Status) -> Report | None:
    type = _EVENTS.get(status.status)
    if type is None:
        return None
    error = next(iter(status.errors or ()), _Error())
    said = text(error.title) or text(error.message)
    return Report(type=type, reason=said or text(error.code), code=text(error.code), diagnostic=said)


FORMAT = Format(read=_read)
