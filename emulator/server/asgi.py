"""The words of ASGI, and of headers, as types."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A whole answer: its headers include the length of the body."""

    status: int
    headers: Headers
    body: bytes


AnswerNow: TypeAlias = Callable[[Scope, bytes], Answer | App | None]
InvalidRequest: TypeAlias = Callable[[bytes], tuple[int, Headers, bytes]]
