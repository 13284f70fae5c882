"""The coverage report as JSON, for programs."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from emulator.core.errors import Json
from emulator.harness.coverage.assess import Coverage, Figure, total
from emulator.harness.coverage.parts import Part

FORMAT = 1


def write_json(path: Path, all_of_them: Sequence[Coverage]) -> None:
    """Write it. Raises `OSError`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(as_value(all_of_them)), indent=2) + b"\n")


def as_value(all_of_them: Sequence[Coverage]) -> dict[str, Json]:
    """`{"format", "total": figure, "apis": [{"api", "title", "figures", "parts", "gaps", "stale", "keywords", …}]}`.

    A figure is `{"exercised", "waived", "total", "percent"}`, a part `{"kind", "name", "status"?, "count", "waived"?}`.
    """
    return {
        "format": FORMAT,
        "total": _figure(total(all_of_them)),
        "apis": [_api(each) for each in all_of_them],
    }


def _api(coverage: Coverage) -> Json:
    keywords: Json = None
    if coverage.keywords is not None:
        found = coverage.keywords
        keywords = {
            "full": found.full,
            "partial": found.partial,
            "total": found.total,
            "answers": {"reached": found.reached, "total": found.answers},
            "gaps": list(found.gaps),
        }
    return {
        "api": coverage.api,
        "title": coverage.title,
        "figures": {kind: _figure(figure) for kind, figure in coverage.figures.items()},
        "gaps": [_part(part) for part in coverage.gaps],
        "stale": [{**_part(each.part), "why": each.why} for each in coverage.stale],
        "troubles": list(coverage.troubles),
        "keywords": keywords,
        "parts": [_counted(coverage, part, count) for part, count in coverage.counts.items()],
    }


def _counted(coverage: Coverage, part: Part, count: int) -> Json:
    waived: dict[str, Json] = {"waived": coverage.waived[part]} if part in coverage.waived else {}
    return {**_part(part), "count": count, **waived}


def _part(part: Part) -> dict[str, Json]:
    status: dict[str, Json] = {"status": part.status} if part.status else {}
    return {"kind": part.kind, "name": part.name, **status}


def _figure(figure: Figure) -> dict[str, Json]:
    return {**figure._asdict(), "percent": round(figure.percent, 2)}
