"""What stands around each page: worlds, clock, the ways to the other pages."""

from typing import Any
from urllib.parse import urlencode

from emulator.dashboard.templates import ENVIRONMENT
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

HTML = b"text/html; charset=utf-8"

NAVIGATION = (
    ("", "Home"),
    ("messages", "Messages"),
    ("conversations", "Conversations"),
    ("compose", "Compose"),
    ("webhooks", "Webhooks"),
    ("failures", "Failures"),
    ("stories", "Stories"),
    ("contracts", "Contracts"),
    ("accounts", "Accounts"),
    ("things/templates", "Templates"),
    ("things/campaigns", "Campaigns"),
    ("things/senders", "Senders"),
    ("contacts", "Contacts"),
    ("suppressions", "Suppressions"),
    ("journal", "Journal"),
    ("audit", "Audit log"),
)

# What was done, by the word in the address. A sentence in the address itself could be anybody's.
DONE = {
    "advanced": "The clock was advanced.",
    "paced": "The pace was changed.",
    "reported": "The report was taken.",
    "replied": "The reply was received.",
    "retried": "One more attempt is due now.",
    "entered": "Entered, and in force from now on.",
    "withdrawn": "Withdrawn.",
    "set": "Set; it holds from now on.",
    "reset": "The world is as new.",
    "made": "The world was made.",
    "saved": "Saved.",
    "deleted": "Deleted.",
    "done": "Done.",
}


async def framed(visit: Visit, template: str, *, status: int = 200, bare: bool = False, **values: Any) -> Reply:  # noqa: ANN401 - what a template shows
    """A page in its frame; a `bare` one, for whoever may not see a world, shows none."""
    frame = {} if bare else await _frame(visit)
    done = DONE.get(visit.query.get("done", ""))
    parts = visit.path.split("/")
    section = "/".join(parts[:2] if parts[0] == "things" else parts[:1])
    text = ENVIRONMENT.get_template(template).render(
        visit=visit, root=visit.root, bare=bare, navigation=NAVIGATION, section=section, done=done, **frame, **values
    )
    # A lone surrogate, as JSON may bring, is no text that can be sent.
    return Reply(status, text.encode("utf-8", "replace"), content_type=HTML)


async def _frame(visit: Visit) -> dict[str, Any]:
    prefix = visit.root.removeprefix(visit.base_path)
    worlds = [
        (world.name, (f"/w/{world.name}" if not world.is_default else "") + prefix + "/")
        for world in visit.server.worlds
    ]
    return {"worlds": worlds, "clock": await visit.ask("getClock"), "here": _here(visit)}


def _here(visit: Visit) -> str:
    """The address of this page, to come back to. What was done last is no part of it."""
    query = urlencode({name: value for name, value in visit.query.items() if name != "done"})
    return f"{visit.root}/{visit.path}" + (f"?{query}" if query else "")
