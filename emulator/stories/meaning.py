"""What the form of a story cannot say: whether its operations, variables, patterns and webhooks are there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.core.errors import Json
from emulator.core.records import EventType, Status
from emulator.stories.api import Surface, api_names, surface
from emulator.stories.matching import MATCHERS, TYPES
from emulator.stories.schema import Mistake, ValuePath
from emulator.stories.variables import first_name, names_in
from emulator.stories.words import nearest

BUILT_IN = ("account", "base_url", "emulator", "now", "receiver")
"""Variables that each story has: the account's parameters, addresses, the virtual time."""

ANSWER = ("status", "headers", "body", "text")
"""What captures of a `call` or `request` begin with; those of a `webhook` too."""

_EXPECTATIONS = {
    "webhook": ("body", "headers"),
    "await": ("message",),
    "wallet": ("balance", "held"),
    "timeline": ("status", "events", "includes"),
    "suppression": ("reason",),
    "attempts": ("count", "states", "statuses", "after"),
}
DIFFERS_AT = ("status", "headers", "body", "text", "connection", "calls", "verdict", "webhook", "webhooks", "times")
"""What `at` of a documented difference begins with."""

_CAPTURES_AN_ANSWER = frozenset({"call", "request", "webhook"})

Found = Iterator[Mistake]


def meaning_mistakes(story: Mapping[str, Any]) -> Found:
    """Everything that is wrong with a story of the right form."""
    if story["api"] not in api_names():
        yield Mistake(("api",), f"there is no API {story['api']}{nearest(story['api'], api_names())}")
        return
    yield from _differs(surface(story["api"]), story.get("differs", ()), len(story["steps"]))
    yield from _given_events(surface(story["api"]), story.get("given", {}))
    known = {*BUILT_IN, *story.get("given", {}).get("variables", {})}
    for part in ("given", "providers", "faults"):
        yield from _unknown_variables(story.get(part), (part,), known)
    yield from _Walk(story["api"], known).steps(story["steps"], ("steps",))


def _given_events(api: Surface, given: Mapping[str, Any]) -> Found:
    """An event of a given webhook that the API never tells: nobody would hear of the mistake."""
    known = [each.name for each in api.webhooks]
    named = {("accounts", name): account for name, account in given.get("accounts", {}).items()}
    for path, account in {("account",): given.get("account", {}), **named}.items():
        for place, endpoint in enumerate(account.get("webhooks", ())):
            for number, event in enumerate(endpoint.get("events", ())):
                if event not in known and "${" not in event:
                    where = ("given", *path, "webhooks", place, "events", number)
                    yield Mistake(where, f"{api.name} has no webhook {event}{nearest(event, known)}")


def _differs(api: Surface, entries: Sequence[Any], steps: int) -> Found:
    """A documented difference that can never occur."""
    operations, webhooks = api.operation_ids, [each.name for each in api.webhooks]
    for place, written in enumerate(entries):
        entry: dict[str, Any] = {"at": written} if isinstance(written, str) else written
        path: ValuePath = ("differs", place)
        begins = re.split(r"[.\[*]", entry["at"])[0]
        if begins not in DIFFERS_AT and not entry["at"].startswith("*"):
            yield Mistake(path, f"nothing differs at {entry['at']}{nearest(begins, DIFFERS_AT)}")
        if entry.get("operation", operations[0]) not in operations:
            name = entry["operation"]
            yield Mistake((*path, "operation"), f"{api.name} has no operation {name}{nearest(name, operations)}")
        if "webhook" in entry and entry["webhook"] not in webhooks:
            name = entry["webhook"]
            yield Mistake((*path, "webhook"), f"{api.name} has no webhook {name}{nearest(name, webhooks)}")
        if entry.get("step", 1) > steps:
            yield Mistake((*path, "step"), f"there are {steps} steps")
        between = entry.get("between", ("live", "test"))
        for name, value in entry.get("values", {}).items():
            if name not in between:
                yield Mistake((*path, "values", name), f"it is about {' and '.join(between)}{nearest(name, between)}")
            yield from _matchers(value, (*path, "values", name))


class _Walk:
    """One pass over the steps, in the order in which they are played."""

    def __init__(self, api: str, known: set[str]) -> None:
        self._api = api
        self._known = known
        self._snapshots: set[str] = set()

    def steps(self, steps: list[dict[str, Any]], path: ValuePath) -> Found:
        for place, step in enumerate(steps):
            kind = next(name for name in step if name != "name")
            yield from self._step(kind, step[kind], (*path, place, kind))

    def _step(self, kind: str, value: Any, path: ValuePath) -> Found:  # noqa: ANN401 - as the schema has it
        if kind == "parallel":
            yield from self.steps(value, path)
            return
        if kind == "repeat":
            yield from _unknown_variables(value["times"], (*path, "times"), self._known)
            self._known.add("n")
            yield from self.steps(value["steps"], (*path, "steps"))
            return
        yield from _unknown_variables(_without_captures(value), path, self._known)
        yield from self._of_kind(kind, value, path)

    def _of_kind(self, kind: str, value: Any, path: ValuePath) -> Found:  # noqa: ANN401 - as the schema has it
        if kind == "snapshot":
            self._snapshots.add(value)
        elif kind == "restore":
            if value not in self._snapshots:
                said = f"no snapshot {value} was taken before{nearest(value, self._snapshots)}"
                yield Mistake(path, said, undefined=value)
        elif isinstance(value, dict):
            yield from self._object(kind, value, path)  # pyright: ignore[reportUnknownArgumentType] the schema's

    def _object(self, kind: str, value: dict[str, Any], path: ValuePath) -> Found:
        api = value.get("api", self._api)
        if api not in api_names():
            yield Mistake((*path, "api"), f"there is no API {api}{nearest(api, api_names())}")
            return
        if kind == "call":
            yield from _operation(surface(api), value, path)
        if kind == "webhook":
            yield from _webhook_type(surface(api), value, path)
        if kind == "timeline":
            yield from _timeline_words(value, path)
        if kind == "request" and ("path" in value) == ("url" in value):
            yield Mistake(path, "a request has either a path or a url")
        if kind == "advance" and ("by" in value) == ("to" in value):
            yield Mistake(path, "an advance has either by or to")
        for name in _EXPECTATIONS.get(kind, ()):
            yield from _matchers(value.get(name), (*path, name))
        for name in ("body", "headers", "text"):
            yield from _matchers(value.get("expect", {}).get(name), (*path, "expect", name))
        yield from self._captures(kind, value.get("capture", {}), (*path, "capture"))

    def _captures(self, kind: str, capture: Mapping[str, str], path: ValuePath) -> Found:
        for name, where in capture.items():
            begins = first_name(where)
            if begins is None:
                yield Mistake((*path, name), f"{where} is no path such as body.data[0].id")
            elif kind in _CAPTURES_AN_ANSWER and begins not in ANSWER:
                yield Mistake((*path, name), f"a {kind} has no {begins}{nearest(begins, ANSWER)}")
            self._known.add(name)


def _without_captures(value: Json) -> Json:
    """A step without what is no text of its own: where captures are found."""
    return {name: each for name, each in value.items() if name != "capture"} if isinstance(value, dict) else value


def _operation(api: Surface, call: Mapping[str, Any], path: ValuePath) -> Found:
    id = call["operation"]
    if "${" in id:
        return
    if id not in api.operation_ids:
        yield Mistake((*path, "operation"), f"{api.name} has no operation {id}{nearest(id, api.operation_ids)}")
        return
    known = [parameter.name for parameter in api.parameters(id)]
    for name in call.get("parameters", {}):
        if name not in known:
            yield Mistake((*path, "parameters", name), f"{id} has no parameter {name}{nearest(name, known)}")


def _webhook_type(api: Surface, webhook: Mapping[str, Any], path: ValuePath) -> Found:
    type, known = webhook.get("type"), [each.name for each in api.webhooks]
    if type is not None and "${" not in type and type not in known:
        yield Mistake((*path, "type"), f"{api.name} has no webhook {type}{nearest(type, known)}")


def _timeline_words(timeline: Mapping[str, Any], path: ValuePath) -> Found:
    """A status or an event that no message ever has."""
    yield from _word(timeline.get("status"), "status", tuple(Status), (*path, "status"))
    for name in ("events", "includes"):
        events: Json = timeline.get(name)
        for place, each in enumerate(events if isinstance(events, list) else []):
            type = each.get("type") if isinstance(each, dict) else each
            yield from _word(type, "event", tuple(EventType), (*path, name, place))


def _word(written: Json, kind: str, known: Sequence[str], path: ValuePath) -> Found:
    if isinstance(written, str) and "${" not in written and written not in known:
        yield Mistake(path, f"no message has the {kind} {written}{nearest(written, known)}")


def _unknown_variables(value: Json, path: ValuePath, known: set[str]) -> Found:
    """A variable that no step before has set. Keys may have variables too."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _unknown_variables(name, (*path, name), known)
            yield from _unknown_variables(each, (*path, name), known)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _unknown_variables(each, (*path, place), known)
    else:
        for written in names_in(value):
            name = first_name(written)
            if name is None:
                yield Mistake(path, f"${{{written}}} is no variable: a name, and after it .member or [number]")
            elif name not in known:
                said = f"there is no variable ${{{name}}} here{nearest(name, sorted(known))}"
                yield Mistake(path, said, undefined=name)


def _matchers(expected: Json, path: ValuePath) -> Found:
    """Matchers that there are not, or that are used as they cannot be."""
    if isinstance(expected, list):
        for place, each in enumerate(expected):
            yield from _matchers(each, (*path, place))
    elif isinstance(expected, dict):
        names = [name for name in expected if name.startswith("$") and not name.startswith("${")]
        for name, each in expected.items():
            if name in MATCHERS and len(expected) == 1:
                yield from _argument(name, each, (*path, name))
            elif name in names:
                why = "stands alone in its object" if name in MATCHERS else f"is no matcher{nearest(name, MATCHERS)}"
                yield Mistake((*path, name), f"{name} {why}")
            yield from _matchers(each, (*path, name))


def _argument(name: str, argument: Json, path: ValuePath) -> Found:
    if name == "$type" and argument not in TYPES:
        yield Mistake(path, f"there is no type {argument}{nearest(str(argument), TYPES)}")
    elif name in ("$one_of", "$all") and not isinstance(argument, list):
        yield Mistake(path, f"{name} takes a list")
    elif name == "$absent" and not isinstance(argument, bool):
        yield Mistake(path, "$absent takes true or false")
    elif name == "$pattern":
        yield from _regular_expression(argument, path)


def _regular_expression(argument: Json, path: ValuePath) -> Found:
    if not isinstance(argument, str):
        yield Mistake(path, "$pattern takes a regular expression")
        return
    if "${" in argument:
        return
    try:
        re.compile(argument)
    except (re.error, RecursionError, OverflowError) as error:
        yield Mistake(path, f"no regular expression: {error}")
