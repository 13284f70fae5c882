"""Webhooks and callbacks are contracts too: each body that was posted is held against them, and each signature."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from emulator.harness.contracts.documents import METHODS, Document, Node
from emulator.harness.contracts.findings import Finding
from emulator.harness.contracts.signatures import signature_problem

BODIES = "webhook_bodies"
HEADERS = "webhook_headers"
SIGNATURES = "webhook_signatures"


class Announced:
    """What a contract says of webhooks: the operations by event type, and the callbacks, which have no type."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.by_type: dict[str, Node] = {}
        for type_, item in document.raw.get("webhooks", {}).items():
            for operation in _operations(document.follow(item)):
                self.by_type[type_] = operation
        self.callbacks: list[Node] = []
        for operation in document.operations.values():
            for expressions in operation.node.get("callbacks", {}).values():
                for item in document.follow(expressions).values():
                    self.callbacks += _operations(document.follow(item))

    def candidates(self, type_: str | None) -> Sequence[Node]:
        """What a posted event may be."""
        if type_ in self.by_type:
            return [self.by_type[str(type_)]]
        return self.callbacks

    def parameters(self, operation: Node) -> Iterator[Node]:
        """Its headers."""
        for each in operation.get("parameters", ()):
            parameter = self._document.follow(each)
            if parameter["in"] == "header":
                yield parameter


def judge(
    document: Document,
    api: str,
    attempts: Sequence[Mapping[str, Any]],
    *,
    urls: Collection[str],
    secrets: Sequence[str],
) -> Iterator[Finding | tuple[str, str]]:
    """For each attempt and check a finding, or (event type, check) where it holds.

    Signatures are looked at where the endpoint is one of `urls`; they are made with one of `secrets`.
    """
    announced = Announced(document)
    for attempt in attempts:
        known = secrets if attempt["request"]["url"] in urls else ()
        yield from _Posted(document, announced, api, attempt, known).judged()


class _Posted:
    def __init__(
        self,
        document: Document,
        announced: Announced,
        api: str,
        attempt: Mapping[str, Any],
        secrets: Sequence[str],
    ) -> None:
        self._document = document
        self._announced = announced
        self._api = api
        self._type = attempt.get("type") or "callback"
        request = attempt["request"]
        self._url: str = request["url"]
        self._body: str = request["body"]
        headers: Mapping[str, str] = request["headers"] or {}
        self._headers = {name.lower(): value for name, value in headers.items()}
        self._secrets = secrets

    def judged(self) -> Iterator[Finding | tuple[str, str]]:
        candidates = self._announced.candidates(self._type)
        if not candidates:
            yield self._found(BODIES, "An undocumented event", f"{self._type} is no webhook of the contract")
            return
        problems = [self._body_problems(each) for each in candidates]
        if all(problems):
            yield self._found(BODIES, "A webhook's body breaks the contract", "\n".join(min(problems, key=len)[:5]))
        else:
            yield self._type, BODIES
        fitting = candidates[problems.index(min(problems, key=len))]
        yield from self._judge_headers(fitting)

    def _body_problems(self, operation: Node) -> list[str]:
        content: Node = self._document.follow(operation.get("requestBody", {})).get("content", {})
        media_type = self._headers.get("content-type", "").partition(";")[0].strip()
        if media_type not in content:
            return [f"content type {media_type or 'none'} in place of {' or '.join(content)}"]
        if not media_type.endswith("json"):
            return []
        try:
            body: object = json.loads(self._body)
        except ValueError:
            return ["the body is no JSON"]
        return self._document.problems(content[media_type].get("schema", {}), body)

    def _judge_headers(self, operation: Node) -> Iterator[Finding | tuple[str, str]]:
        wrong: list[str] = []
        for parameter in self._announced.parameters(operation):
            name = str(parameter["name"])
            value = self._headers.get(name.lower())
            if value is None:
                if parameter.get("required"):
                    wrong.append(f"{name} is missing")
                continue
            wrong += [f"{name}: {each}" for each in self._document.problems(parameter.get("schema", {}), value)]
            if "x-signature" in parameter and self._secrets:
                yield self._judge_signature(parameter, value)
        if wrong:
            yield self._found(HEADERS, "A webhook's headers break the contract", "\n".join(wrong))
        else:
            yield self._type, HEADERS

    def _judge_signature(self, parameter: Node, value: str) -> Finding | tuple[str, str]:
        problem: str | None = None
        for secret in self._secrets:
            problem = signature_problem(
                parameter["x-signature"],
                value,
                headers=self._headers,
                body=self._body.encode(),
                url=self._url,
                secret=secret,
            )
            if problem is None:
                return self._type, SIGNATURES
        return self._found(SIGNATURES, "A webhook's signature does not hold", f"{parameter['name']}: {problem}")

    def _found(self, check: str, title: str, message: str) -> Finding:
        return Finding(
            self._api, self._type, check, title, message, curl="", answer=f"POST {self._url}\n{self._body[:700]}"
        )


def _operations(item: Node) -> Iterator[Node]:
    yield from (item[method] for method in METHODS if method in item)
