"""Templates: made elsewhere, so any is taken, unless a scenario lists the workspace's."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.core.errors import FieldProblem
from emulator.core.records import Content, Template
from emulator.core.store import Store

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")


def problems(store: Store, workspace_id: str, asked: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """What is wrong with a template that is asked for, if the workspace's templates are listed."""
    if not any(each.account_id == workspace_id for each in store.templates):
        return
    template = _find(store, workspace_id, asked)
    if template is None:
        yield FieldProblem(("template", "projectId"), "exists", asked.get("projectId"))
        return
    given = _values(asked)
    for name in template.variables:
        if name not in given:
            yield FieldProblem(("template", "parameters", name), "missing_variable")


def content(store: Store, workspace_id: str, asked: Mapping[str, Any]) -> Content:
    """What the person reads: the text with its values, if the template is known."""
    template = _find(store, workspace_id, asked)
    if template is None:
        return Content(rich=dict(asked))
    given = _values(asked)

    def fill(text: str | None) -> str | None:
        if text is None:
            return None
        return _PLACE.sub(lambda place: given.get(place.group(1), place.group(0)), text)

    return Content(text=fill(template.text), subject=fill(template.subject), html=fill(template.html), rich=dict(asked))


def _find(store: Store, workspace_id: str, asked: Mapping[str, Any]) -> Template | None:
    keys = (asked.get("projectId"), asked.get("name"))
    found = (store.templates_by_key.get((workspace_id, key)) for key in keys if key is not None)
    return next((each for each in found if each is not None), None)


def _values(asked: Mapping[str, Any]) -> dict[str, str]:
    given = {name: str(value) for name, value in asked.get("variables", {}).items()}
    for parameter in asked.get("parameters", ()):
        if "value" in parameter:
            given[parameter["key"]] = str(parameter["value"])
    return given
