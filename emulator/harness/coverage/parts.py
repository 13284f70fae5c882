"""What a contract documents, as parts that a run exercises or not; and what it waives, each with its reason."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulator.harness.contracts.documents import METHODS, Document, Node, Operation

OPERATION = "operation"
STATUS = "status"
EVENT = "event"
KINDS = (OPERATION, STATUS, EVENT)

WAIVER = "x-not-covered"
"""In an operation `{status: reason}`, or a reason for all of it; in `info` `{status: reason}` for all operations.

In a webhook or callback it is a reason.
"""


class Part(NamedTuple):
    """An operation, one of its statuses as the contract writes it, or an event (a webhook's or a callback's name)."""

    kind: str
    name: str
    status: str = ""

    def __str__(self) -> str:
        """As people read it."""
        return f"{self.name} {self.status}".rstrip()


def documented(document: Document) -> Iterator[Part]:
    """All parts of a contract that are emulated, in its order."""
    for operation in document.operations.values():
        yield Part(OPERATION, operation.id)
        for status in document.statuses(operation):
            yield Part(STATUS, operation.id, str(status))
    for name in events(document):
        yield Part(EVENT, name)


def events(document: Document) -> Mapping[str, Node]:
    """What is sent on the API's own account: operations by the webhook's or the callback's name."""
    found: dict[str, Node] = {}
    for name, item in document.raw.get("webhooks", {}).items():
        found.update(dict.fromkeys([name], _sent(document.follow(item))))
    for operation in document.operations.values():
        for name, expressions in operation.node.get("callbacks", {}).items():
            for item in document.follow(expressions).values():
                found.setdefault(name, _sent(document.follow(item)))
    return found


def callbacks(document: Document) -> Iterator[tuple[str, Node]]:
    """The names and operations of callbacks alone."""
    webhooks = document.raw.get("webhooks", {})
    yield from ((name, node) for name, node in events(document).items() if name not in webhooks)


def status_part(document: Document, operation: Operation, status: int) -> Part | None:
    """The documented status that an answer is; None if it is undocumented."""
    written = {str(each): each for each in document.statuses(operation)}
    for word in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if word in written:
            return Part(STATUS, operation.id, word)
    return None


def waivers(document: Document) -> dict[Part, str]:
    """What the contract says cannot be exercised, with the reasons; parts that it does not document included."""
    everywhere: Mapping[str, str] = document.raw.get("info", {}).get(WAIVER, {})
    found: dict[Part, str] = {}
    for operation in document.operations.values():
        own = {str(each) for each in document.statuses(operation)}
        found.update({Part(STATUS, operation.id, each): everywhere[each] for each in everywhere if each in own})
        found.update(_waived(document, operation))
    for name, node in events(document).items():
        if WAIVER in node:
            found[Part(EVENT, name)] = str(node[WAIVER]).strip()
    return found


def _waived(document: Document, operation: Operation) -> Iterator[tuple[Part, str]]:
    written: Any = operation.node.get(WAIVER)
    if isinstance(written, str):
        yield Part(OPERATION, operation.id), written.strip()
        yield from ((Part(STATUS, operation.id, str(each)), written.strip()) for each in document.statuses(operation))
    elif isinstance(written, Mapping):
        for status, reason in written.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            yield Part(STATUS, operation.id, str(status)), str(reason).strip()  # pyright: ignore[reportUnknownArgumentType] - JSON


def _sent(item: Node) -> Node:
    return next(item[method] for method in METHODS if method in item)
