"""A HAR file that is complete after each call, because each call is written together with the file's end."""

import base64
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec

from emulator import __version__
from emulator.control.redaction import redact_body, redact_header, redact_query
from emulator.core.moments import iso_milliseconds
from emulator.harness.har_file import BadHar

Pairs = Sequence[tuple[str, str]]

_TAIL = b"\n]}}\n"
_TEXT = ("text/", "application/json", "application/x-www-form-urlencoded", "application/xml", "+json", "+xml")


@dataclass(frozen=True)
class Taken:
    """One call as it passed. `error` says why no answer came; `is_cut` that a body is longer than what is kept."""

    started_at: datetime
    seconds: float
    method: str
    url: str
    request_headers: Pairs
    request_body: bytes
    status: int
    reason: str
    response_headers: Pairs
    response_body: bytes
    error: str | None = None
    is_cut: bool = False


class HarWriter:
    """Adds calls to a file. A file that this class wrote before is carried on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._at = 0
        self._is_empty = True

    def __enter__(self) -> Self:
        """Open the file. Raises `BadHar` for one that is not ours, and for one that cannot be written."""
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            size = os.fstat(self._file).st_size
            if size:
                self._carry_on(size)
            else:
                head = _encode({"log": {"version": "1.2", "creator": _CREATOR, "entries": []}})
                head = head[: head.rindex(b"]")]
                os.pwrite(self._file, head + _TAIL, 0)
                self._at = len(head)
        except OSError as error:
            raise BadHar(f"{self._path}: cannot be written: {error.strerror or error}") from None
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        os.close(self._file)

    def add(self, taken: Taken) -> None:
        """Write a call. Raises `OSError`."""
        raw = (b"\n" if self._is_empty else b",\n") + _encode(entry(taken))
        # One write, so that there is no moment in which the end is missing.
        os.pwrite(self._file, raw + _TAIL, self._at)
        self._at += len(raw)
        self._is_empty = False

    def _carry_on(self, size: int) -> None:
        head = os.pread(self._file, 200, 0)
        tail = os.pread(self._file, len(_TAIL), max(0, size - len(_TAIL)))
        if tail != _TAIL or _encode(_CREATOR["name"]) not in head:
            os.close(self._file)
            raise BadHar(f"{self._path}: is there already, and was not recorded by this command; choose another name")
        self._at = size - len(_TAIL)
        self._is_empty = os.pread(self._file, 1, self._at - 1) == b"["


def entry(taken: Taken) -> dict[str, Any]:
    """A call as HAR has it, without secrets."""
    parts = urlsplit(taken.url)
    query = redact_query(parts.query.encode())
    milliseconds = round(taken.seconds * 1000, 3)
    written: dict[str, Any] = {
        "startedDateTime": iso_milliseconds(taken.started_at),
        "time": milliseconds,
        "request": {
            "method": taken.method,
            "url": urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(taken.request_headers),
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)],
            "headersSize": -1,
            "bodySize": len(taken.request_body),
        },
        "response": {
            "status": taken.status,
            "statusText": taken.reason,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(taken.response_headers),
            "content": _content(taken.response_headers, taken.response_body),
            "redirectURL": _header(taken.response_headers, "location"),
            "headersSize": -1,
            "bodySize": len(taken.response_body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }
    if taken.request_body:
        kind = _header(taken.request_headers, "content-type")
        said = _text(kind, taken.request_body)
        written["request"]["postData"] = {"mimeType": kind, "text": said if said is not None else ""}
        if said is None:
            written["request"]["postData"]["comment"] = f"{len(taken.request_body)} bytes that are no text"
    if taken.error is not None:
        written["response"]["_error"] = taken.error
    if taken.is_cut:
        written["comment"] = "a body is longer than what is recorded"
    return written


_CREATOR = {"name": "parrotfish record", "version": __version__}


def _encode(value: object) -> bytes:
    return msgspec.json.encode(value)


def _headers(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": redact_header(name, value)} for name, value in pairs]


def _header(pairs: Pairs, name: str) -> str:
    return next((value for each, value in pairs if each.lower() == name), "")


def _content(headers: Pairs, body: bytes) -> dict[str, Any]:
    kind = _header(headers, "content-type")
    content: dict[str, Any] = {"size": len(body), "mimeType": kind}
    if body:
        said = _text(kind, body)
        content |= (
            {"text": said} if said is not None else {"text": base64.b64encode(body).decode(), "encoding": "base64"}
        )
    return content


def _text(kind: str, body: bytes) -> str | None:
    """A body as text without secrets; None if it is no text."""
    plain = kind.partition(";")[0].strip().lower()
    if plain and not any(each in plain for each in _TEXT):
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return redact_body(body)
