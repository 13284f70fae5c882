"""One world's control API: JSON in, JSON out, and refusals as exceptions."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeAlias, cast
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from emulator.core.spans import parse_span
from emulator.testing.errors import Refused, Unreachable
from emulator.testing.transports import Transport

Span: TypeAlias = str | float | timedelta
"""A span of time: text such as `250ms`, `5s`, `1h30m` or `2d`, a number of seconds, or a timedelta."""

DEFAULT_WAIT: Span = "10s"
LONGEST_HOLD = 50.0  # seconds that one call is held
MOST_ON_A_PAGE = 500

_PATIENCE = 120.0  # seconds; an advance over days may have many webhooks to post


class Control:
    """Asks the control API of one world. `url` is what addresses in this world begin with."""

    def __init__(self, transport: Transport, url: str, token: str | None = None) -> None:
        parts = urlsplit(url.rstrip("/"))
        self.transport = transport
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.base_path = parts.path
        self.token = token

    @property
    def url(self) -> str:
        """What addresses in this world begin with, without a slash at the end."""
        return self.origin + self.base_path

    def elsewhere(self, base_path: str) -> "Control":
        """The control API of another world of the same server."""
        return Control(self.transport, self.origin + base_path, self.token)

    async def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Read something; members of the query that are None are left out. Raises `Refused`, `Unreachable`."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        return await self.ask("GET", f"{path}?{urlencode(asked)}" if asked else path)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        """One call; what it answers, None for nothing. Raises `Refused`, `Unreachable`."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        raw = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = msgspec.json.encode(body)
        answer = await self.transport.ask(method, f"{self.base_path}/_emulator/{path}", headers, raw, _PATIENCE)
        if not answer.body:
            told = None
        else:
            try:
                told = msgspec.json.decode(answer.body)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise Unreachable(f"{self.origin} answers something that is no Parrotfish") from None
        if answer.status >= 300:
            raise _refusal(answer.status, told)
        return told


def quoted(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def seconds_of(span: Span) -> float:
    """The seconds of a span. Raises `ValueError` for text that is none."""
    if isinstance(span, str):
        span = parse_span(span)
    return span.total_seconds() if isinstance(span, timedelta) else float(span)


def span_of(span: Span) -> str:
    """A span as the control API reads it. Raises `ValueError` for a negative one."""
    if isinstance(span, str):
        return span
    seconds = seconds_of(span)
    if seconds < 0:
        raise ValueError(f"a span of time is never negative: {span!r}")
    return f"{round(seconds * 1000)}ms"


def _refusal(status: int, told: Any) -> Refused | Unreachable:  # noqa: ANN401 - JSON
    problem = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    if "detail" not in problem:
        return Unreachable(f"the address answers {status}, and is no Parrotfish")
    word = str(problem.get("type", "")).rpartition(":")[2]
    sentence = str(problem["detail"])
    if status == 401:
        sentence += " In tests it is given as `control_token`, to pytest as `--parrotfish-token`."
    return Refused(status, word, sentence, problem)
