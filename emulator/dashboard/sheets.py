"""What a contract says of an operation or webhook, as values that templates show."""

from typing import NamedTuple

from emulator.dashboard.schemas import Row


class Brief(NamedTuple):
    """One operation or webhook in a list. `place` is the last part of its page's address."""

    place: str
    id: str
    method: str
    path: str
    summary: str
    tag: str
    evidence: str
    words: str


class Sample(NamedTuple):
    """An example of a body. `key` fills in the form of the page Compose, where it can send it."""

    name: str
    summary: str
    text: str
    evidence: str
    key: str = ""


class Body(NamedTuple):
    """A body in one content type."""

    content_type: str
    rows: list[Row]
    samples: list[Sample]


class Answer(NamedTuple):
    """What one status means."""

    status: str
    description: str
    evidence: str
    headers: list[Row]
    bodies: list[Body]


class Security(NamedTuple):
    """One way to prove who calls. All of an `alternative` are needed together."""

    scheme: str
    how: str
    scopes: tuple[str, ...]
    description: str


class Sheet(NamedTuple):
    """All about one operation, webhook or callback. An empty `security` means that nobody is asked."""

    brief: Brief
    description: str
    facts: list[tuple[str, str]]
    security: list[list[Security]]
    parameters: list[tuple[str, list[Row]]]
    body_required: bool
    body_description: str
    bodies: list[Body]
    answers: list[Answer]
    callbacks: list[Brief]
