"""What Schemathesis recorded of one scenario: who answered what, which checks held, and what was found."""

from collections.abc import Iterator
from typing import Any, cast

from schemathesis.engine import Status
from schemathesis.engine.recorder import Interaction, ScenarioRecorder

from emulator.harness.contracts.curl import as_curl
from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.findings import Finding
from emulator.harness.contracts.library import Call

_MOST_SHOWN = 1000


class Recorded:
    """One scenario with one API."""

    def __init__(self, document: Document, api: str, recorder: ScenarioRecorder) -> None:
        self._document = document
        self._api = api
        self._recorder = recorder
        self._cases: dict[str, Any] = cast("Any", recorder).cases

    def calls(self, *, is_chain: bool) -> int:
        """How many calls Schemathesis made. What follows a call is its own in a chain, else one of our checks."""
        return sum(is_chain or self._cases[id].parent_id is None for id in self._recorder.interactions)

    def answers(self) -> Iterator[tuple[str, int]]:
        """The operation and the status of each answer."""
        for id, interaction in self._recorder.interactions.items():
            case = self._call(id)
            # A call with another method is about no operation.
            if interaction.response is not None and case.method.upper() == case.operation.method.upper():
                yield self._name(id), interaction.response.status_code

    def passed(self) -> Iterator[tuple[str, str]]:
        """The operation and the check, each time that it held."""
        for id, judged in self._recorder.checks.items():
            yield from ((self._name(id), check.name) for check in judged if check.status is Status.SUCCESS)

    def findings(self) -> Iterator[Finding]:
        """Each time that a check did not hold."""
        for id, judged in self._recorder.checks.items():
            for check in judged:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    yield self._finding(id, check.name, failure.title, failure.message)

    def _finding(self, id: str, check: str, title: str, message: str) -> Finding:
        shown = self._recorder.interactions[id]
        answer = shown.response
        return Finding(
            api=self._api,
            operation=self._name(id),
            check=check,
            title=title,
            message=message,
            curl=_curl(shown),
            status=answer.status_code if answer is not None else None,
            answer=answer.content[:_MOST_SHOWN].decode("utf-8", "replace") if answer is not None else "",
            before=self._before(id),
        )

    def _before(self, id: str) -> tuple[str, ...]:
        """The calls that a call builds on, oldest first."""
        chain: Iterator[Call] = cast("Any", self._recorder).iter_chain_cases(case_id=id)
        told = self._recorder.interactions
        return tuple(_curl(told[case.id]) for case in chain if case.id != id and case.id in told)

    def _call(self, id: str) -> Call:
        return self._cases[id].value

    def _name(self, id: str) -> str:
        return self._document.name(self._call(id).operation.label)


def _curl(shown: Interaction) -> str:
    request = shown.request
    headers = {name: values[0] for name, values in request.headers.items()}
    return as_curl(request.method, request.uri, headers, request.body)
