"""Stories: what is ready to be played, what became of what was played, step by step."""

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.control.problems import BadInput, Impossible
from emulator.core.errors import NotFound
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

Told = Mapping[str, Any]


async def show(visit: Visit) -> Reply:
    """The catalogue, searched by API and text, with the last verdict of each; and the last runs."""
    desk = await visit.stories()
    wanted, api = visit.query.get("q", "").strip().lower(), visit.query.get("api", "")
    everything = await desk.catalogue()
    runs = desk.runs()
    return await framed(
        visit,
        "stories.html",
        stories=[each for each in everything if _fits(each, wanted, api)],
        total=len(everything),
        apis=_served(visit, everything),
        asked={"q": visit.query.get("q", ""), "api": api},
        runs=runs,
        verdicts=_verdicts(runs),
        is_playing=any(not run["is_over"] for run in runs),
    )


async def show_one(visit: Visit) -> Reply:
    """One story: what it shows, its source, and the runs that it was in."""
    desk = await visit.stories()
    key = f"{visit.parts['group']}/{visit.parts['name']}"
    story = next((each for each in await desk.catalogue() if each["key"] == key), None)
    if story is None:
        raise NotFound("story", key)
    runs = [
        (run, place, played)
        for run in desk.runs()
        for place, played in enumerate(run["stories"])
        if played["key"] == key
    ]
    return await framed(visit, "story.html", story=story, runs=runs)


async def play(visit: Visit) -> Reply:
    """Play one story, or all of an API; the page of the run comes at once, and the stories are played behind it."""
    desk = await visit.stories()
    key, api = visit.form.get("story") or None, visit.form.get("api") or None
    if (key is None) == (api is None):
        raise BadInput("body", "story", "expected a story, or an API")
    try:
        number = await desk.start(key=key, api=api)
    except LookupError:
        raise NotFound("story", key or api or "") from None
    if number is None:
        raise Impossible("Enough stories are waiting to be played; come again when they have been.")
    return visit.go("stories", "runs", str(number))


async def show_run(visit: Visit) -> Reply:
    """A run: its stories with their verdicts; of a single one every step."""
    run = await _run(visit)
    if len(run["stories"]) == 1:
        return await _played(visit, run, 0)
    return await framed(visit, "run.html", run=run)


async def show_played(visit: Visit) -> Reply:
    """One story of a run, step by step."""
    run, place = await _run(visit), visit.parts["place"]
    if not place.isdecimal() or int(place) >= len(run["stories"]):
        raise NotFound("story", place)
    return await _played(visit, run, int(place))


async def _played(visit: Visit, run: Told, place: int) -> Reply:
    played = run["stories"][place]
    return await framed(visit, "played.html", run=run, place=place, played=played, world=_world(visit, played))


async def _run(visit: Visit) -> Told:
    number = visit.parts["number"]
    run = (await visit.stories()).run(int(number)) if number.isdecimal() and len(number) < 10 else None
    if run is None:
        raise NotFound("run", number)
    return run


def _world(visit: Visit, played: Told) -> str | None:
    """What the addresses of the pages of a story's world begin with, if it is still there."""
    name = played["world"]
    if not any(world.name == name for world in visit.server.worlds):
        return None
    return f"/w/{name}{visit.root.removeprefix(visit.base_path)}"


def _fits(story: Told, wanted: str, api: str) -> bool:
    if api and story["api"] != api:
        return False
    texts = (story["title"], story["key"], story["text"])
    return all(any(word in text.lower() for text in texts) for word in wanted.split())


def _served(visit: Visit, stories: Sequence[Told]) -> list[tuple[str, str]]:
    present = {each["api"] for each in stories}
    dialects = [each.dialect for each in visit.server.apis.values()]
    return [(each.name, each.title) for each in dialects if each.name in present]


def _verdicts(runs: Sequence[Told]) -> dict[str, tuple[str, int]]:
    """Of each story the last status, and the run that it was in; of several environments the worst."""
    found: dict[str, tuple[str, int]] = {}
    for run in runs:
        for played in run["stories"]:
            known = found.get(played["key"])
            is_worse = known is not None and known[1] == run["number"] and played["status"] != "passed"
            if known is None or is_worse:
                found[played["key"]] = (played["status"], run["number"])
    return found
