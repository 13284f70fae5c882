"""Listens to one run of Schemathesis, and notes what its calls and the webhooks after them exercise."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from schemathesis.engine.recorder import Interaction, ScenarioRecorder

from emulator.harness.contracts import webhooks
from emulator.harness.contracts.documents import Document, Node, Operation
from emulator.harness.contracts.findings import Finding
from emulator.harness.coverage import keywords
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.parts import callbacks, events

_WRONG_METHOD = 405
_JSON = "application/json"


class Hearing:
    """What was heard of one API. The calls of checks are in the record as well."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._keywords = keywords.Counter(document.raw)
        self._heard = Heard()

    def heard(self) -> Heard:
        """What was heard so far."""
        return Heard(self._heard.answers, self._heard.events, self._keywords.counts())

    def take(self, recorder: ScenarioRecorder) -> None:
        """Note what one scenario has exercised."""
        for case_id, interaction in recorder.interactions.items():
            # A case's type parameter is the kind of API, which nothing here depends on.
            case = cast("Any", recorder.cases[case_id]).value
            operation = self._document.operations.get(case.operation.label)
            if operation is None or interaction.response is None:
                continue
            if case.method.upper() == operation.method.upper():
                self._heard.answers[operation.id, interaction.response.status_code] += 1
                self._keywords.take(operation.method.upper(), operation.path, [_seen(interaction)])
            else:
                self.take_other_method(operation, interaction.response.status_code)

    def take_answer(self, operation: Operation, status: int, seen: keywords.Seen) -> None:
        """Note one answer."""
        self._heard.answers[operation.id, status] += 1
        self._keywords.take(operation.method.upper(), operation.path, [seen])

    def take_other_method(self, operation: Operation, status: int) -> None:
        """Note the answer to a method that a path does not have: each operation of the path documents this refusal."""
        if status == _WRONG_METHOD:
            for each in self._document.operations.values():
                if each.path == operation.path:
                    self._heard.answers[each.id, status] += 1

    def take_webhooks(
        self, api: str, attempts: Sequence[Mapping[str, Any]], *, urls: Collection[str], secrets: Sequence[str]
    ) -> list[Finding]:
        """Note the events that were posted and keep to the contract; answers with what does not."""
        found: list[Finding] = []
        known = events(self._document)
        for attempt in attempts:
            judged = list(webhooks.judge(self._document, api, [attempt], urls=urls, secrets=secrets))
            wrong = [each for each in judged if isinstance(each, Finding)]
            found += wrong
            if wrong:
                continue
            if attempt["type"] in known:
                self._heard.events[attempt["type"]] += 1
            if attempt["request"]["url"] not in urls:
                # Nobody has subscribed to it: it goes where a call said.
                for name, node in callbacks(self._document):
                    if _fits(self._document, node, attempt["request"]["body"]):
                        self._heard.events[name] += 1
        return found


def _fits(document: Document, node: Node, body: str) -> bool:
    content = document.follow(node.get("requestBody", {})).get("content", {})
    if _JSON not in content:
        return True
    try:
        return not document.problems(content[_JSON].get("schema", {}), json.loads(body))
    except ValueError:
        return False


def _seen(interaction: Interaction) -> keywords.Seen:
    request, response = interaction.request, interaction.response
    assert response is not None
    return keywords.Seen(
        method=request.method,
        url=request.uri,
        headers={name: values[0] for name, values in request.headers.items()},
        body=request.body,
        status=response.status_code,
        answer_headers={name: values[0] for name, values in response.headers.items()},
        answer=response.content,
    )
