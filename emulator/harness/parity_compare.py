"""Two traces of one story -> every difference between them, each named by where it stands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

import msgspec

from emulator.core.errors import Json, MethodNotAllowed, UnknownPath
from emulator.harness.parity_masks import TIME, Pairs, Sight, is_masked_header, numbers_as_values
from emulator.harness.parity_trace import Call, Event, Step, Trace
from emulator.server.contract import Contract, load_contract
from emulator.stories.client import Answer
from emulator.stories.words import shown

# The way between two machines writes these, or the body says the same.
_OF_THE_ROAD = frozenset(
    [
        "age",
        "alt-svc",
        "cf-cache-status",
        "cf-ray",
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "expect-ct",
        "keep-alive",
        "nel",
        "report-to",
        "server",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "via",
        "x-cache",
        "x-cache-hits",
        "x-powered-by",
        "x-served-by",
        "x-timer",
        "accept",
        "accept-encoding",
        "host",
        "user-agent",
    ]
)
_MOST_TEXT = 400


class Nothing:
    """What stands in the place of a value that is not there."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = Nothing()
Value: TypeAlias = "Json | Nothing"


class Gap(NamedTuple):
    """One difference. `place` says of which step, call or webhook; `path` of which part: `status`, `body.id` ….

    `kind` is `status`, `connection`, `missing`, `surplus`, `type`, `value`, `identity`, `time`, `length`, `order`,
    `calls`, `verdict` or `signature`. `operation` and `webhook` say what it is about, for `differs:`.
    """

    kind: str
    place: str
    path: str
    left: Value
    right: Value
    line: int
    step: int | None = None
    operation: str | None = None
    webhook: str | None = None

    def side(self, *, is_left: bool) -> str:
        """What stands on one side, for people."""
        value = self.left if is_left else self.right
        return "nothing" if isinstance(value, Nothing) else shown(value)


Found = Iterator[tuple[str, str, Value, Value]]
"""Kind, path, left, right: a gap before it is known where it stands."""


def compare(api: str, left: Trace, right: Trace) -> list[Gap]:
    """Everything in which two traces differ, in the order of the story; webhooks last."""
    pairs = Pairs(Sight(left.addresses, left.begun_at), Sight(right.addresses, right.begun_at))
    gaps: list[Gap] = []
    for here, there in zip(left.steps, right.steps, strict=False):
        gaps += _steps(api, pairs, here, there)
    gaps += _events(pairs, left, right)
    return gaps


def _steps(api: str, pairs: Pairs, left: Step, right: Step) -> Iterator[Gap]:
    if "skipped" in (left.status, right.status) and not (left.calls and right.calls):
        return
    if len(left.calls) != len(right.calls):
        yield Gap(
            "calls", left.label, "calls", len(left.calls), len(right.calls), left.line, left.number, left.operation
        )
    for number, (here, there) in enumerate(
        zip(_ordered(left, pairs, True), _ordered(right, pairs, False), strict=False)
    ):
        operation = left.operation or _operation(api, here)
        which = f", call {number + 1}" if len(left.calls) > 1 else ""
        asked = f" ({here.method} {pairs.left.mask(urlsplit(here.url).path).form})" if operation is None else ""
        also = f" {operation}" if operation is not None and left.operation is None else ""
        for kind, path, one, other in _calls(pairs, here, there):
            yield Gap(kind, f"{left.label}{which}{also}{asked}", path, one, other, left.line, left.number, operation)
    if left.verdict != right.verdict:
        here, there = (each.why or "it holds" for each in (left, right))
        yield Gap("verdict", left.label, "verdict", here, there, left.line, left.number, left.operation)


def _ordered(step: Step, pairs: Pairs, is_left: bool) -> list[Call]:
    """The calls in their order; those made at the same time in one that both sides share."""
    if step.kind != "parallel":
        return step.calls

    def key(call: Call) -> str:
        answer = call.answer
        said = [answer.status, pairs.form(answer.body, is_left=is_left)] if answer is not None else [0]
        asked = (call.body or b"").decode("utf-8", "replace")
        return repr((call.method, urlsplit(call.url).path.rpartition("/v")[2], asked, said))

    return sorted(step.calls, key=key)


@cache
def _contract(api: str) -> Contract:
    return load_contract(api)


def _operation(api: str, call: Call) -> str | None:
    """The operation that a call means, whatever stands before its path."""
    segments = urlsplit(call.url).path.split("/")
    for place in range(1, len(segments)):
        try:
            return _contract(api).match(call.method, ("/" + "/".join(segments[place:])).encode()).operation.id
        except (UnknownPath, MethodNotAllowed):
            continue
    return None


def _calls(pairs: Pairs, left: Call, right: Call) -> Found:
    if left.answer is None or right.answer is None:
        if left.broken != right.broken:
            yield "connection", "connection", _ended(left), _ended(right)
        return
    if left.answer.status != right.answer.status:
        # Another answer altogether: its headers and members would only say so again.
        yield "status", "status", _first(left.answer), _first(right.answer)
        return
    yield from _headers(pairs, left.answer.headers, right.answer.headers)
    yield from _bodies(pairs, left.answer, right.answer)


def _ended(call: Call) -> Value:
    return call.broken if call.answer is None else f"an answer {call.answer.status}"


def _first(answer: Answer) -> Value:
    return f"{answer.status}: {' '.join(answer.text[:200].split())}" if answer.raw_body else str(answer.status)


def _headers(pairs: Pairs, left: Mapping[str, str], right: Mapping[str, str]) -> Found:
    here, there = dict(numbers_as_values(left)), dict(numbers_as_values(right))
    for name in dict.fromkeys((*here, *there)):
        if name in _OF_THE_ROAD:
            continue
        path = f"headers.{name}"
        if name not in there:
            yield "missing", path, here[name], NOTHING
        elif name not in here:
            yield "surplus", path, NOTHING, there[name]
        elif name == "content-type":
            if _type(left[name]) != _type(right[name]):
                yield "value", path, left[name], right[name]
        elif not is_masked_header(name):
            yield from _values(pairs, name, path, here[name], there[name])


def _type(value: str) -> str:
    return value.replace(" ", "").lower()


def _bodies(pairs: Pairs, left: Answer, right: Answer) -> Found:
    here, there = _json(left), _json(right)
    if isinstance(here, Nothing) and isinstance(there, Nothing):
        yield from _texts(pairs, left.text, right.text)
    elif isinstance(here, Nothing) or isinstance(there, Nothing):
        yield "type", "body", _head(here, left), _head(there, right)
    else:
        yield from _values(pairs, "", "body", here, there)


def _json(answer: Answer) -> Value:
    """The body's JSON; nothing if it is none."""
    try:
        return msgspec.json.decode(answer.raw_body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOTHING


def _head(value: Value, answer: Answer) -> Value:
    if not isinstance(value, Nothing):
        return value
    return answer.text[:_MOST_TEXT] if answer.raw_body else NOTHING


def _texts(pairs: Pairs, left: str, right: str) -> Found:
    """The first line that differs."""
    here, there = left.splitlines(), right.splitlines()
    for one, other in zip(here, there, strict=False):
        kind = pairs.contrast("", one, other)
        if kind is not None:
            yield kind, "text", one[:_MOST_TEXT], other[:_MOST_TEXT]
            return
    if len(here) != len(there):
        yield "length", "text", f"{len(here)} lines", f"{len(there)} lines"


def _values(pairs: Pairs, name: str, path: str, left: Json, right: Json) -> Found:
    if isinstance(left, dict) and isinstance(right, dict):
        for member in dict.fromkeys((*left, *right)):
            inner = f"{path}.{member}"
            if member not in right:
                yield "missing", inner, left[member], NOTHING
            elif member not in left:
                yield "surplus", inner, NOTHING, right[member]
            else:
                yield from _values(pairs, member, inner, left[member], right[member])
    elif isinstance(left, list) and isinstance(right, list):
        yield from _lists(pairs, name, path, left, right)
    elif _json_type(left) != _json_type(right):
        yield "type", path, left, right
    else:
        kind = pairs.contrast(name, left, right)
        if kind is not None:
            yield kind, path, left, right


def _lists(pairs: Pairs, name: str, path: str, left: list[Json], right: list[Json]) -> Found:
    if len(left) != len(right):
        yield "length", path, left, right
        return
    here = [repr(pairs.form(each, is_left=True)) for each in left]
    there = [repr(pairs.form(each, is_left=False)) for each in right]
    if here != there and sorted(here) == sorted(there):
        yield "order", path, left, right
        return
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        yield from _values(pairs, name, f"{path}[{place}]", one, other)


def _json_type(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def _events(pairs: Pairs, left: Trace, right: Trace) -> Iterator[Gap]:
    """Webhooks: which came, in which order, and what each of them says."""
    if left.left_out or right.left_out:
        # A target that cannot be asked to send webhooks has none to compare.
        either = left.events and right.events
        if not either:
            return
    steps = len(min(left.steps, right.steps, key=len))
    here = [each for each in left.events if each.step <= steps]
    there = [each for each in right.events if each.step <= steps]
    lines = {step.number: step.line for step in left.steps}
    counts, others = Counter(each.name for each in here), Counter(each.name for each in there)
    uneven = {name for name in counts | others if counts[name] != others[name]}
    for name in sorted(uneven):
        kind = "missing" if counts[name] > others[name] else "surplus"
        first = next(each for each in (*here, *there) if each.name == name)
        label = f"webhooks {name}"
        came = (_times(counts[name]), _times(others[name]))
        yield Gap(kind, label, f"webhooks.{name}", *came, lines.get(first.step, 1), first.step, None, name)
    yield from _order([e for e in here if e.name not in uneven], [e for e in there if e.name not in uneven], lines)
    for name in dict.fromkeys(each.name for each in here):
        both = zip(_named(here, name), _named(there, name), strict=False)
        for number, (one, other) in enumerate(both, 1):
            which = f" {number} of {counts[name]}" if counts[name] > 1 else ""
            label = f"webhook {name}{which}, in step {one.step}"
            for kind, path, mine, yours in _event(pairs, one, other):
                yield Gap(kind, label, path, mine, yours, lines.get(one.step, 1), one.step, None, name)


def _order(left: Sequence[Event], right: Sequence[Event], lines: Mapping[int, int]) -> Iterator[Gap]:
    here, there = [each.name for each in left], [each.name for each in right]
    if here != there:
        first = next(one for one, other in zip(left, right, strict=True) if one.name != other.name)
        yield Gap("order", "webhooks", "webhooks", [*here], [*there], lines.get(first.step, 1), first.step)


def _named(events: Iterable[Event], name: str) -> list[Event]:
    return [each for each in events if each.name == name]


def _times(count: int) -> Value:
    return NOTHING if count == 0 else f"came {count} time{'s' if count > 1 else ''}"


def _event(pairs: Pairs, left: Event, right: Event) -> Found:
    if left.signature != right.signature:
        yield "signature", "webhook.signature", left.signature, right.signature
    if left.step != right.step and pairs.left.begun_at is not None and pairs.right.begun_at is not None:
        yield TIME, "webhook.step", left.step, right.step
    if left.received.status != right.received.status:
        yield "value", "webhook.answered", left.received.status, right.received.status
    if left.received.path != right.received.path:
        yield "value", "webhook.to", left.received.path, right.received.path
    for kind, path, one, other in _headers(pairs, left.received.headers, right.received.headers):
        yield kind, f"webhook.{path}", one, other
    for kind, path, one, other in _bodies(pairs, left.received, right.received):
        yield kind, f"webhook.{path}", one, other
