"""Requests that work: the contracts' own examples, with an account's credential and ids filled in."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec

from emulator.server.contract import Contract
from emulator.server.contract.references import resolve

_JSON = "application/json"
# Tags of the operations that people come to try.
_SENDING = ("message", "voice", "sandbox")


class Example(NamedTuple):
    """One example of one operation. `schemes` are the security schemes that may prove the caller, best first."""

    operation: str
    name: str
    summary: str
    path: str
    schemes: tuple[str, ...]
    value: Any
    sends: bool

    @property
    def key(self) -> str:
        """What tells it from the API's other examples."""
        return f"{self.operation}.{self.name}"

    def path_for(self, account: Mapping[str, Any]) -> str:
        """The path with an account's ids in it."""
        path = self.path
        for name, value in account["parameters"].items():
            path = path.replace(f"{{{name}}}", str(value))
        return path

    def headers_for(self, account: Mapping[str, Any]) -> dict[str, str]:
        """The headers that prove an account here."""
        credentials = account["credentials"]
        scheme = next((each for each in self.schemes if each in credentials), None)
        return {**(credentials[scheme]["headers"] if scheme else {}), "Content-Type": _JSON}

    def as_curl(self, base_url: str, account: Mapping[str, Any]) -> str:
        """The request for a shell."""
        body = msgspec.json.encode(self.value).decode()
        return curl(base_url + self.path_for(account), self.headers_for(account), body)


def curl(
    url: str,
    headers: Mapping[str, str],
    body: str | None,
    *,
    method: str = "POST",
    fields: Sequence[tuple[str, str]] = (),
) -> str:
    """A request for a shell, over several lines. `fields` are options and values that stand for a form."""
    lines = [f"curl -X {method} {shlex.quote(url)}"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    lines += [f"{option} {shlex.quote(value)}" for option, value in fields]
    if body is not None:
        lines.append(f"-d {shlex.quote(body)}")
    return " \\\n  ".join(lines)


@cache
def examples_of(contract: Contract) -> tuple[Example, ...]:
    """The examples of all POST operations that take JSON, those that send something first."""
    return tuple(sorted(_examples(contract), key=lambda example: not example.sends))


def _examples(contract: Contract) -> Iterator[Example]:
    document = contract.document
    for path, item in document["paths"].items():
        operation = item.get("post")
        if operation is None or not contract.operation(operation["operationId"]).emulated:
            continue
        body = resolve(document, operation.get("requestBody", {}))
        media = body.get("content", {}).get(_JSON, {})
        alternatives: list[dict[str, Any]] = operation.get("security", document.get("security")) or []
        for name, reference in media.get("examples", {}).items():
            example = resolve(document, reference)
            yield Example(
                operation=operation["operationId"],
                name=name,
                summary=example.get("summary") or name,
                path=path,
                schemes=tuple(scheme for alternative in alternatives for scheme in alternative),
                value=example["value"],
                sends=any(word in tag.lower() for tag in operation.get("tags", ()) for word in _SENDING),
            )
