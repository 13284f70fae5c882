"""A HAR file (1.2), of ours, of a browser or of another tool -> the calls in it.

Only what is used is looked at, and what tools leave out or write in their own way is taken as it is. A file that was
cut off gives the calls before the cut, and says so.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator.stories.client import Answer

LIMIT_BYTES = 512 * 1024 * 1024


class BadHar(Exception):
    """A file that is no HAR. The text names the file and the place."""


@dataclass(frozen=True)
class RecordedCall:
    """One call. `number` counts the file's entries from 1; `answer` is None where none came."""

    number: int
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    answer: Answer | None

    @property
    def path(self) -> str:
        """The raw path."""
        return urlsplit(self.url).path or "/"

    @property
    def origin(self) -> str:
        """`https://host:port`."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Recording:
    """The calls of a file. `damage` says what is wrong with it, if it could be read in part."""

    file: str
    calls: Sequence[RecordedCall]
    damage: str | None = None


def read_recording(path: Path) -> Recording:
    """Read a file. Raises `BadHar`."""
    try:
        with path.open("rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise BadHar(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(raw) > LIMIT_BYTES:
        raise BadHar(f"{path}: larger than {LIMIT_BYTES // 1024 // 1024} MiB; split it")
    return parse_recording(raw, str(path))


def parse_recording(raw: bytes, file: str) -> Recording:
    """Read the text of a HAR; `file` stands for it in sentences. Raises `BadHar`."""
    text = raw.decode("utf-8-sig", "replace")
    try:
        document: Any = json.loads(text)
    except RecursionError:
        raise BadHar(f"{file}: nested too deep for a HAR") from None
    except ValueError as error:
        return _rest(text, file, _place(error))
    entries = _member(_member(document, "log"), "entries")
    if not isinstance(entries, list):
        raise BadHar(f"{file}: no HAR: it has no log.entries")
    return Recording(file, [_call(entry, number, file) for number, entry in enumerate(_list(entries), 1)])


def _rest(text: str, file: str, why: str) -> Recording:
    """What can be read of a file that is no JSON as a whole."""
    head = text[: text.find('"entries"') + 1]
    begins = text.find("[", len(head)) if head and '"log"' in head else -1
    if begins < 0:
        raise BadHar(f"{file}: no HAR: {why}")
    calls = [_call(entry, number, file) for number, entry in enumerate(_whole(text, begins + 1), 1)]
    return Recording(file, calls, f"{file} is cut off or damaged after {len(calls)} calls ({why})")


def _whole(text: str, at: int) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield entry


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    return str(error)


def _call(entry: Any, number: int, file: str) -> RecordedCall:  # noqa: ANN401 - any JSON
    request, response = _member(entry, "request"), _member(entry, "response")
    method, url = _member(request, "method"), _member(request, "url")
    where = f"{file}: log.entries[{number - 1}]"
    if not isinstance(method, str) or not isinstance(url, str):
        raise BadHar(f"{where}.request has no {'url' if isinstance(method, str) else 'method'}")
    try:
        urlsplit(url).port  # noqa: B018 - reading it is the check
    except ValueError as error:
        raise BadHar(f"{where}.request.url: {error}") from None
    return RecordedCall(
        number,
        method.upper(),
        url,
        _headers(_member(request, "headers")),
        _request_body(_member(request, "postData")),
        _answer(response, where),
    )


def _answer(response: Any, where: str) -> Answer | None:  # noqa: ANN401 - any JSON
    status = _member(response, "status")
    # Browsers write 0 for a call that was cut off or blocked.
    if not isinstance(status, int) or not 100 <= status <= 599:
        return None
    headers = _headers(_member(response, "headers"))
    content = _member(response, "content")
    kind = _member(content, "mimeType")
    if isinstance(kind, str) and kind and kind != "x-unknown":
        headers.setdefault("content-type", kind)
    return Answer(status, headers, _content(content, where))


def _content(content: Any, where: str) -> bytes:  # noqa: ANN401 - any JSON
    text = _member(content, "text")
    if not isinstance(text, str):
        return b""
    if _member(content, "encoding") != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise BadHar(f"{where}.response.content.text is no base64") from None


def _request_body(data: Any) -> bytes | None:  # noqa: ANN401 - any JSON
    text = _member(data, "text")
    if isinstance(text, str) and text:
        return text.encode("utf-8", "surrogatepass")
    params = _member(data, "params")
    if isinstance(params, list) and params:
        from urllib.parse import urlencode  # noqa: PLC0415 - few files have it

        pairs = [(_member(each, "name"), _member(each, "value")) for each in _list(params)]
        return urlencode([(str(name), str(value or "")) for name, value in pairs]).encode()
    return None


def _headers(written: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    found: dict[str, str] = {}
    for each in _list(written):
        name, value = _member(each, "name"), _member(each, "value")
        # HTTP/2's own fields, as browsers write them, are no headers.
        if isinstance(name, str) and isinstance(value, str) and not name.startswith(":"):
            found[name.lower()] = value
    return found


def _member(value: Any, name: str) -> Any:  # noqa: ANN401 - any JSON
    return value.get(name) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType] - JSON
