"""The built-in webhook receivers."""

from typing import Any

from emulator.control.problems import BadInput
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply


async def show_all(visit: Visit) -> Reply:
    """The sinks that there are; a name that is asked for leads to one."""
    if visit.query.get("name"):
        return visit.go("sinks", visit.query["name"])
    return await framed(visit, "sinks.html", sinks=list(visit.world.store.sinks))


async def show(visit: Visit) -> Reply:
    """What came to one, newest first, and what it answers."""
    name = visit.parts["name"]
    sink = await visit.ask("getSink", {"name": name}, query={"limit": "500"})
    posts = sink["posts"][::-1][:50]
    return await framed(visit, "sink.html", sink=sink, posts=posts)


async def change(visit: Visit) -> Reply:
    """Choose what it answers from now on."""
    name, form = visit.parts["name"], visit.form
    members: dict[str, Any] = {"silent": "silent" in form, "forget": "forget" in form, "body": form.get("body", "")}
    members["status"] = _statuses(form.get("status", "200"))
    if form.get("delay", "").strip():
        members["delay"] = form["delay"].strip()
    await visit.ask("setSink", {"name": name}, members=members)
    return visit.go("sinks", name, done="set")


def _statuses(text: str) -> list[int]:
    try:
        return [int(word) for word in text.replace(",", " ").split()] or [200]
    except ValueError:
        raise BadInput("body", "status", "expected statuses, such as 500 500 200") from None
