"""Provider scripts as people write them: a list of steps, each with a moment and one thing that happens.

`{"after": "2s", "report": "bounced"}`: `after` is counted from the step before, the first one's from acceptance. What
fails a call stands first, each such step using up one call; a script that reports without having accepted accepts at
0.1 s. A report may come twice (`duplicate`), overtake the step before it (`reorder`), come later than the following
steps assume (`late`), or name an id that nobody was given (`wrong_id`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import TypeAlias

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.hints import hint
from emulator.core.records import EventType
from emulator.failures.members import Members, Path, Unusable
from emulator.failures.timeline import Timeline
from emulator.failures.words import BESIDE, REASON_OF_STATUS, SAID, SPOKEN, WORDS
from emulator.providers.reasons import Reason
from emulator.providers.script import (
    ACCEPT_AFTER,
    Accept,
    CallStep,
    Choice,
    Either,
    Ending,
    NoAnswer,
    Refuse,
    Reply,
    Script,
    ServerError,
    Step,
    make_script,
)
from emulator.providers.usual import REPORTS, usual_report

Reports: TypeAlias = list[tuple[Path, EventType]]
"""The reports of a script, each with the path of the word that asks for it."""

REPEATED_AFTER = timedelta(milliseconds=200)
MOST_STEPS = 200
DEEPEST = 5

_REPORT_WORDS: tuple[str, ...] = tuple(type.value for type in REPORTS)


def read_script(value: Json, path: Path, name: str) -> tuple[Script, Reports]:
    """Read a script, and list what it reports. Raises `Unusable`."""
    reports: Reports = []
    steps = _read_steps(value, path, reports, is_answered=False, depth=0)
    try:
        return make_script(name, *steps), reports
    except ValueError as error:
        raise Unusable(path, str(error)) from None


def _read_steps(
    value: Json, path: Path, reports: Reports, *, is_answered: bool, depth: int
) -> tuple[Step | Either, ...]:
    """The steps of a script, or of one way of a choice; `is_answered` tells whether the call was answered before."""
    if not isinstance(value, list) or not value:
        raise Unusable(path, "expected a list with at least one step")
    if len(value) > MOST_STEPS:
        raise Unusable(path, f"expected at most {MOST_STEPS} steps")
    items = [_Item(_members(item, (*path, place)), reports, depth) for place, item in enumerate(value)]
    for item in items[:-1]:
        if item.word in ("silent", "either"):
            raise item.members.refuse(item.word, "nothing follows it")
    answer = None if is_answered else _answer_among(items)
    if answer is not None:
        answer.is_answer = True
    timeline = Timeline(is_answered=is_answered, will_answer=answer is not None)
    for item in items:
        item.enter(timeline)
    return timeline.steps()


def _answer_among(items: "Sequence[_Item]") -> "_Item | None":
    """The step that is the provider's answer to the call: until it has answered, `sent` says that it took it."""
    answers = (item for item in items if item.answers)
    sent = (item for item in items if item.members.values.get("report") == EventType.SENT)
    return next(answers, None) or next(sent, None)


def _members(value: Json, path: Path) -> Members:
    if isinstance(value, dict):
        spoken = next((name for name in value if name in SPOKEN), None)
        if spoken is not None:
            raise Unusable((*path, spoken), f'is not known here; did you mean "report": "{SPOKEN[spoken]}"?')
    return Members(value, path, ("after", *WORDS, *BESIDE))


class _Item:
    """One step as it was written."""

    def __init__(self, members: Members, reports: Reports, depth: int) -> None:
        words = [name for name in WORDS if name in members]
        if len(words) != 1:
            found = f", not {' and '.join(words)}" if words else ""
            raise Unusable(members.path, f"expected exactly one of {', '.join(WORDS)}{found}")
        self.members = members
        self.word = words[0]
        self.after = members.span("after")
        self.is_answer = False
        self._reports = reports
        self._depth = depth
        for name in members.values:
            if name not in ("after", self.word, *WORDS[self.word]):
                known = ("after", *WORDS[self.word])
                raise members.refuse(name, f"does not go with {self.word}; {hint(name, known)}")

    @property
    def answers(self) -> bool:
        """Whether this step is the provider's answer to the call."""
        if self.word == "status":
            return not _says_nothing(self.members.whole("status", least=200, most=599) or 0)
        return self.word in ("accept", "refuse")

    def enter(self, timeline: Timeline) -> None:
        """Put what the step says into the script."""
        ENTER[self.word](self, timeline)

    @property
    def path(self) -> Path:
        """The way to the word."""
        return (*self.members.path, self.word)

    def fail(self, step: CallStep, timeline: Timeline) -> None:
        """Let a call fail."""
        timeline.fail(step, self.path)

    def answer(self, step: Accept | Refuse, timeline: Timeline) -> None:
        """Let the provider answer."""
        timeline.answer(step, self.after, self.path)

    def report(self, type: EventType, reason: str | None, timeline: Timeline) -> None:
        """Put a report into the script, in the way that it is to come."""
        members = self.members
        self._reports.append((self.path, type))
        report = usual_report(
            type,
            kind=members.word("kind", ("hard", "soft")),
            reason=reason or members.text("reason"),
            code=members.text("code"),
            diagnostic=members.text("diagnostic"),
        )
        if members.is_set("wrong_id"):
            report = replace(report, unknown_id=True)
        timeline.happen(
            report,
            self.after or timedelta(),
            late=members.span("late") or timedelta(),
            overtakes=members.is_set("reorder"),
            path=(*members.path, "reorder"),
        )
        if "duplicate" in members:
            value = members.values["duplicate"]
            wait = REPEATED_AFTER if value is True else members.span("duplicate")
            timeline.repeat(replace(report, repeats=True), wait or timedelta())

    def choice(self, timeline: Timeline) -> None:
        """Put a choice at the end of the script."""
        members = self.members
        path = (*members.path, "either")
        ways = members.values["either"]
        if self._depth >= DEEPEST:
            raise Unusable(path, f"choices stand in one another at most {DEEPEST} deep")
        if not isinstance(ways, list) or not ways:
            raise Unusable(path, "expected a list of ways, each with weight and script")
        choices = [self._way(way, (*path, place), timeline) for place, way in enumerate(ways)]
        timeline.choose(Either(choices=tuple(choices)), self.after or timedelta(), path)

    def _way(self, value: Json, path: Path, timeline: Timeline) -> Choice:
        way = Members(value, path, ("weight", "script"))
        if "script" not in way:
            raise way.refuse("script", "is missing")
        steps = _read_steps(
            way.values["script"],
            (*path, "script"),
            self._reports,
            is_answered=timeline.is_cared_for,
            depth=self._depth + 1,
        )
        return Choice(steps=steps, weight=way.whole("weight") or 1)


def _says_nothing(status: int) -> bool:
    """Whether an answer says nothing about the recipient: the call failed, and may be made again."""
    return status == 429 or status >= 500


def _report(item: _Item, timeline: Timeline) -> None:
    word = item.members.word("report", _REPORT_WORDS)
    assert word is not None
    type = EventType(word)
    if item.is_answer:
        item.answer(Accept(), timeline)
    else:
        item.report(type, None, timeline)


def _defer(item: _Item, timeline: Timeline) -> None:
    item.report(EventType.DEFERRED, _true_or_text(item, "defer"), timeline)


def _reply(item: _Item, timeline: Timeline) -> None:
    text = item.members.text("reply")
    assert text is not None
    timeline.happen(Reply(text=text), item.after or timedelta())


def _tap(item: _Item, timeline: Timeline) -> None:
    item.members.is_set("tap")
    timeline.happen(Reply(taps_first=True), item.after or timedelta())


def _accept(item: _Item, timeline: Timeline) -> None:
    item.members.is_set("accept")
    item.answer(Accept(), timeline)


def _silent(item: _Item, timeline: Timeline) -> None:
    item.members.is_set("silent")
    if not timeline.is_cared_for:
        item.answer(Accept(), timeline)


def _refuse(item: _Item, timeline: Timeline) -> None:
    reason = _true_or_text(item, "refuse") or Reason.INVALID_ADDRESS
    item.answer(_refusal(item, 400, reason), timeline)


def _refusal(item: _Item, status: int, reason: str) -> Refuse:
    code, diagnostic = item.members.text("code"), item.members.text("diagnostic")
    return Refuse(status=status, reason=reason, code=code, diagnostic=diagnostic)


def _status(item: _Item, timeline: Timeline) -> None:
    members = item.members
    status = members.whole("status", least=200, most=599)
    assert status is not None
    retry_after = members.span("retry_after")
    if _says_nothing(status):
        for name in SAID:
            if name in members:
                raise members.refuse(name, f"{status} says nothing about the recipient, so it has none")
        item.fail(ServerError(status=status, retry_after=retry_after, after=_or_usual(item)), timeline)
        return
    if retry_after is not None:
        raise members.refuse("retry_after", f"a call that was answered {status} is not made again")
    if status >= 400:
        reason = members.text("reason") or REASON_OF_STATUS.get(status, Reason.INVALID_ADDRESS)
        item.answer(_refusal(item, status, reason), timeline)
    elif status < 300:
        item.answer(Accept(), timeline)
    else:
        raise members.refuse("status", "expected 2xx (taken), 4xx (refused), or 429 and 5xx (call again)")


def _rate_limit(item: _Item, timeline: Timeline) -> None:
    value = item.members.values["rate_limit"]
    retry_after = None if value is True else item.members.span("rate_limit")
    item.fail(ServerError(status=429, retry_after=retry_after, after=_or_usual(item)), timeline)


def _timeout(item: _Item, timeline: Timeline) -> None:
    value = item.members.values["timeout"]
    hold = None if value is True else item.members.span("timeout")
    item.fail(NoAnswer() if hold is None else NoAnswer(hold=hold), timeline)


def _broken(ending: Ending, *, taken: bool = False) -> Callable[[_Item, Timeline], None]:
    def enter(item: _Item, timeline: Timeline) -> None:
        item.members.is_set(item.word)
        item.fail(NoAnswer(ending=ending, taken=taken, after=_or_usual(item)), timeline)

    return enter


def _or_usual(item: _Item) -> timedelta:
    """When a call that fails ends, counted from the call."""
    return ACCEPT_AFTER if item.after is None else item.after


def _true_or_text(item: _Item, name: str) -> str | None:
    """A member that is `true` or a reason."""
    return None if item.members.values[name] is True else item.members.text(name)


ENTER: Mapping[str, Callable[[_Item, Timeline], None]] = MappingProxyType(
    {
        "report": _report,
        "reply": _reply,
        "status": _status,
        "timeout": _timeout,
        "silent": _silent,
        "either": _Item.choice,
        "accept": _accept,
        "refuse": _refuse,
        "defer": _defer,
        "rate_limit": _rate_limit,
        "reset": _broken(Ending.RESET),
        "garbage": _broken(Ending.GARBLED),
        "accept_then_drop": _broken(Ending.RESET, taken=True),
        "tap": _tap,
    }
)
"""What each word puts into the script. Total over `WORDS`."""
