"""Stories -> verdicts: each in a world of its own, several at a time, told to those who listen."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from emulator.core.errors import Json
from emulator.stories.client import Client
from emulator.stories.play import Failed, Play, Scope, Skipped
from emulator.stories.receiver import Mailbox, Receiver, receiving
from emulator.stories.remote import Refused, Target, World
from emulator.stories.results import FAILED, PASSED, SKIPPED, Failure, Listener, StepResult, StoryResult, Take
from emulator.stories.schema import ValuePath
from emulator.stories.steps import STEPS
from emulator.stories.story import ENDINGS, Story
from emulator.stories.telling import message_lines
from emulator.stories.variables import UnknownVariable, substitute

DEFAULT_SEED = 1

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 50


@dataclass(frozen=True)
class Options:
    """Where and how stories are played. `headers` go with every call; `variables` win over a story's own."""

    url: str
    workers: int = 1
    token: str | None = None
    headers: Mapping[str, str] | None = None
    variables: Mapping[str, str] | None = None

    def at(self, url: str) -> "Options":
        """The same against another target."""
        return replace(self, url=url)


class Stopped(Exception):
    """A step failed, or was skipped; `path` leads to it."""

    def __init__(self, path: ValuePath, cause: Failed | Skipped) -> None:
        super().__init__(str(cause))
        self.path = path
        self.cause = cause


async def run_stories(stories: Sequence[Story], options: Options, *listeners: Listener) -> list[StoryResult]:
    """Play stories, each in each of its environments; the results come in the order of the stories.

    Raises `Unreachable` when the target cannot be reached, and `Refused` when it does not let us in.
    """
    takes = [Take(story, environment) for story in stories for environment in story.environments]
    for listener in listeners:
        listener.begun(len(takes))
    async with Client() as client, receiving() as receiver:
        target = Target(client, options.url, token=options.token, headers=options.headers or {})
        await target.probe()
        stage = Stage(target, client, receiver, options.variables or {}, listeners)
        results = await _spread(stage, takes, 1 if target.has_one_world else options.workers)
    for listener in listeners:
        listener.ended(results)
    return results


async def _spread(stage: "Stage", takes: Sequence[Take], workers: int) -> list[StoryResult]:
    """Let each worker take the next story until there is none left."""
    left = iter(zip(takes, world_names(takes), strict=True))
    results: dict[int, StoryResult] = {}

    async def work() -> None:
        for take, name in left:
            results[id(take)] = await stage.play(take, name)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(takes))):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        # The first says why; the others were only cut off by it.
        raise errors.exceptions[0] from None
    return [results[id(take)] for take in takes]


def world_names(takes: Sequence[Take]) -> list[str]:
    """A world's name for each story, after its folder and file; the same in each run, so that ids are too."""
    seen: Counter[str] = Counter()
    names: list[str] = []
    for take in takes:
        path = PurePath(take.story.file)
        stem = next((path.name.removesuffix(end) for end in ENDINGS if path.name.endswith(end)), path.stem)
        parts = [part for part in (path.parent.name, stem, take.environment) if part]
        name = _NOT_IN_A_NAME.sub("-", "-".join(parts)).strip("-._")[:_LONGEST_NAME] or "story"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return names


class Stage:
    """What all stories of a run share."""

    def __init__(
        self,
        target: Target,
        client: Client,
        receiver: Receiver,
        variables: Mapping[str, str],
        listeners: Sequence[Listener],
    ) -> None:
        self._target = target
        self._client = client
        self._receiver = receiver
        self._variables = variables
        self._listeners = listeners

    async def play(self, take: Take, world_name: str) -> StoryResult:
        """Play one story from beginning to end."""
        story, result = take.story, StoryResult(take)
        clock = asyncio.get_running_loop().time
        begun = clock()
        if story.needs_control and not self._target.has_control:
            result.status = SKIPPED
            result.skipped = f"{story.needs_control} needs a control API, and the target has none"
        else:
            answers = story.given.get("receiver", {}).get("answers", ())
            async with (
                self._target.world(world_name, story.given.get("seed", DEFAULT_SEED)) as world,
                self._receiver.mailbox(world_name, answers) as mailbox,
            ):
                await self._play_in(world, mailbox, result)
        result.seconds = clock() - begun
        for listener in self._listeners:
            listener.story_ended(result)
        return result

    async def _play_in(self, world: World, mailbox: Mailbox, result: StoryResult) -> None:
        story = result.take.story
        play = Play(story, result.take.environment, world, self._client, mailbox)
        clock = asyncio.get_running_loop().time
        try:
            scope = await begin(play, self._variables)
        except Stopped as stopped:
            await _note_failure(play, result, stopped, "given")
            return
        for place, step in enumerate(story.steps):
            kind = kind_of(step)
            for listener in self._listeners:
                listener.step_begun(result.take, place + 1, kind)
            begun, status, why = clock(), PASSED, None
            try:
                await play_step(play, step, ("steps", place), scope)
            except Stopped as stopped:
                status, why = SKIPPED, str(stopped)
                if isinstance(stopped.cause, Failed):
                    status = FAILED
                    await _note_failure(play, result, stopped, label_of(step, place))
            line, left_out = story.line(("steps", place)), "; ".join(dict.fromkeys(play.notes))
            ended = StepResult(line, label_of(step, place), status, clock() - begun, why or left_out or None)
            result.steps.append(ended)
            for listener in self._listeners:
                listener.step_ended(result.take, ended, result.failure)
            play.notes.clear()
            if status == FAILED:
                return


async def begin(play: Play, variables: Mapping[str, str]) -> Scope:
    """Bring about what is given, and the variables that a story begins with. Raises `Stopped`."""
    story, world = play.story, play.world
    scope: Scope = {"emulator": world.url, "receiver": play.mailbox.url, "account": {}, "now": ""}
    try:
        scope["base_url"] = await play.base_url(story.api)
        scope["account"] = _parameters(await play.card(story.api))
        scope.update({name: substitute(each, scope) for name, each in story.given.get("variables", {}).items()})
        scope.update(variables)
        if world.has_control:
            await _load(play, scope)
            await play.learn(story.api)
            # Once more, because what was given may have changed it.
            scope["account"] = _parameters(await play.card(story.api))
    except (Failed, UnknownVariable) as error:
        raise Stopped(("given",), Failed(str(error))) from None
    except Refused as error:
        sentence = f"what is given cannot be brought about: {error}"
        raise Stopped(story.path_of(str(error)) or ("given",), Failed(sentence)) from None
    return scope


async def _load(play: Play, scope: Scope) -> None:
    story, world = play.story, play.world
    beginning: dict[str, Any] = {
        "given": {name: each for name, each in story.given.items() if name in _FOR_THE_TARGET},
        "providers": [*story.providers],
        "faults": [*story.faults],
    }
    if beginning["given"] and play.environment is not None:
        beginning["given"]["environment"] = play.environment
    filled = {name: substitute(each, scope) for name, each in beginning.items() if each}
    if filled:
        await world.ask("POST", "scenario", {"api": story.api, **filled})
    scope["now"] = (await world.get("clock"))["now"]


def _parameters(card: Mapping[str, Any]) -> dict[str, Json]:
    """What `${account.…}` has: the parameters of the story's own account, in the environment that is played."""
    return {**card["parameters"], "id": card["id"], "name": card["name"]} if card else {}


_FOR_THE_TARGET = ("clock", "account", "accounts")


async def play_steps(play: Play, steps: Sequence[Mapping[str, Any]], path: ValuePath, scope: Scope) -> None:
    """Play steps one after the other; one that is skipped is noted, and the next is played."""
    for place, step in enumerate(steps):
        try:
            await play_step(play, step, (*path, place), scope)
        except Stopped as stopped:
            if isinstance(stopped.cause, Failed):
                raise
            play.notes.append(str(stopped))


async def play_step(play: Play, step: Mapping[str, Any], path: ValuePath, scope: Scope) -> None:
    """Play one step. Raises `Stopped`, which knows where."""
    kind = kind_of(step)
    path = (*path, kind)
    try:
        if kind == "repeat":
            await _repeat(play, step[kind], path, scope)
        elif kind == "parallel":
            await _parallel(play, step[kind], path, scope)
        else:
            await STEPS[kind](play, _filled(kind, step[kind], scope), scope)
    except (Failed, Skipped) as cause:
        raise Stopped(path, cause) from None
    except UnknownVariable as error:
        raise Stopped(path, Failed(str(error))) from None
    except Refused as error:
        raise Stopped(path, Failed(f"the control API refuses: {error}")) from None


def _filled(kind: str, value: Json, scope: Scope) -> Any:  # noqa: ANN401 - as the schema has it
    """A step's value with its variables; where captures are found is no text of its own."""
    if not isinstance(value, dict) or "capture" not in value:
        return substitute(value, scope)
    plain = substitute({name: each for name, each in value.items() if name != "capture"}, scope)
    assert isinstance(plain, dict), kind
    return {**plain, "capture": value["capture"]}


async def _repeat(play: Play, value: Mapping[str, Any], path: ValuePath, scope: Scope) -> None:
    times = substitute(value["times"], scope)
    if not isinstance(times, int) or isinstance(times, bool):
        raise Failed(f"times: {times!r} is no number")
    for number in range(1, times + 1):
        scope["n"] = number
        await play_steps(play, value["steps"], (*path, "steps"), scope)


async def _parallel(play: Play, steps: Sequence[Mapping[str, Any]], path: ValuePath, scope: Scope) -> None:
    """Play steps at the same time, each with variables of its own; what they captured is there afterwards."""
    scopes = [dict(scope) for _ in steps]
    ended = await asyncio.gather(
        *(play_steps(play, [step], path, own) for step, own in zip(steps, scopes, strict=True)),
        return_exceptions=True,
    )
    for place, each in enumerate(ended):
        if isinstance(each, Stopped):
            # Each was played as a list of one, so its path says place 0.
            raise Stopped((*path, place, *each.path[len(path) + 1 :]), each.cause)
        if isinstance(each, BaseException):
            raise each
    for own in scopes:
        scope.update(own)


async def _note_failure(play: Play, result: StoryResult, stopped: Stopped, label: str) -> None:
    failed = stopped.cause if isinstance(stopped.cause, Failed) else Failed(str(stopped))
    result.status = FAILED
    result.failure = Failure(
        line=play.story.line(stopped.path),
        step=label,
        sentence=str(failed),
        differences=failed.differences,
        came=failed.came,
        timeline=await message_lines(play.world, failed.message),
    )


def kind_of(step: Mapping[str, Any]) -> str:
    """The kind of a step."""
    return next(name for name in step if name != "name")


def label_of(step: Mapping[str, Any], place: int) -> str:
    """A step in words: its number, its kind, what it is about, and its name."""
    kind = kind_of(step)
    value = step[kind]
    detail = next(
        (value[name] for name in ("operation", "type", "path", "url") if name in value), None
    )  # what it is about
    label = f"step {place + 1}, {kind}"
    if isinstance(value, str) or detail is not None:
        label += f" {value if isinstance(value, str) else detail}"
    return f"{label} ({step['name']})" if "name" in step else label
