"""Schema keywords, counted by tracecov where it is installed: whether calls kept to each, and broke each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tracecov import CoverageMap

PACKAGE = "tracecov"

_MISSING = {
    "keyword_miss": "neither kept to nor broken",
    "keyword_needs_valid": "never kept to",
    "keyword_needs_invalid": "never broken",
}


class Seen(NamedTuple):
    """A call and its answer, as they went over the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    status: int
    answer_headers: dict[str, str]
    answer: bytes


@dataclass(frozen=True)
class Keywords:
    """How many keywords of requests were kept to and broken (`full`), only one of both (`partial`), of how many.

    `reached` and `answers` are the same for keywords of answers. `gaps` name those that are not full.
    """

    full: int
    partial: int
    total: int
    reached: int
    answers: int
    gaps: Sequence[str] = ()

    @property
    def percent(self) -> float:
        """The share of keywords of requests that were kept to and broken."""
        return 100 * self.full / self.total if self.total else 100.0


def is_there() -> bool:
    """Whether keywords can be counted."""
    return find_spec(PACKAGE) is not None


class Counter:
    """Counts in one process. Without tracecov it counts nothing."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._map = _map(raw) if is_there() else None

    def take(self, method: str, path: str, seen: Iterable[Seen]) -> None:
        """Count calls of the operation at a path of the contract."""
        if self._map is None:
            return
        from tracecov import HttpInteraction, HttpRequest, HttpResponse  # noqa: PLC0415 - late, and it may be missing

        self._map.record_schemathesis_interactions(
            method,
            path,
            [
                HttpInteraction(
                    HttpRequest(each.method, each.url, each.body, each.headers),
                    HttpResponse(each.status, 0.0, each.answer, each.answer_headers),
                    0.0,
                )
                for each in seen
            ],
            events=False,
        )

    def counts(self) -> tuple[bytes, ...]:
        """What was counted."""
        return (self._map.export_counts(),) if self._map is not None else ()


def measure(raw: dict[str, Any], counts: Sequence[bytes]) -> Keywords | None:
    """Add counts of one contract up; None where nothing was counted."""
    if not counts or not is_there():
        return None
    whole = _map(raw)
    for each in counts:
        whole.merge_counts(each)
    found = whole.statistic()
    asked, answered = found["keywords"], found["response_keywords"]
    return Keywords(
        full=asked["full"],
        partial=asked["partial"],
        total=asked["total"],
        reached=answered["reached"],
        answers=answered["total"],
        gaps=tuple(sorted(_gaps(whole))),
    )


def _gaps(whole: "CoverageMap") -> Iterable[str]:
    for gap in whole.coverage_gaps():
        if "schema_path" in gap:
            place = " ".join(each for each in (gap["location"], gap["parameter"]) if each)
            yield f"{gap['method']} {gap['path']} {place} {gap['schema_path']}: {_MISSING[gap['kind']]}"


def _map(raw: dict[str, Any]) -> "CoverageMap":
    import warnings  # noqa: PLC0415 - late, with what it is for

    from tracecov import CoverageMap  # noqa: PLC0415 - late, and it may be missing

    with warnings.catch_warnings():
        # It says at each start which edition it is.
        warnings.simplefilter("ignore")
        return CoverageMap.from_dict(raw)
