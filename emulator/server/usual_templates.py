"""Templates that the core keeps, as a kind that several APIs have: texts with `{{name}}` places, by key."""

import re
from collections.abc import Callable, Mapping, Sequence

from emulator.core.errors import AlreadyExists, Json
from emulator.core.records import EMPTY, Account, Template
from emulator.core.store import Store
from emulator.core.table import owned
from emulator.gateway.world import World
from emulator.server.editing import Field, Kind, Members, Thing
from emulator.server.usual_kinds import NAME

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")

KEY = Field(
    name="key",
    label="Key",
    schema={"type": "string", "pattern": "^[A-Za-z0-9_.-]+$", "maxLength": 100},
    is_needed=True,
    is_fixed=True,
)
TEMPLATE_TEXT = Field(
    name="text",
    label="Text",
    schema={**NAME, "maxLength": 100_000},
    is_long=True,
    is_needed=True,
    hint="{{name}} is a place.",
)
SUBJECT = Field(name="subject", label="Subject", schema={**NAME, "maxLength": 998}, hint="Of a mail.")
HTML = Field(
    name="html", label="HTML", schema={"type": "string", "maxLength": 500_000}, is_long=True, hint="Of a mail."
)


def templates(
    more: Sequence[Field] = (),
    *,
    keep: Callable[[World, Account, str, Members], None] | None = None,
    details: Callable[[World, Account, Template], tuple[str, Mapping[str, Json]]] | None = None,
) -> Kind:
    """Texts with places, by key. `more` are fields of the API's own, which `keep` keeps, by the template's key.

    `details` gives a template's status and the values of those fields.
    """

    def show(world: World, account: Account, id: str) -> Thing:
        found = template_of(world.store, account, id)
        status, own = details(world, account, found) if details is not None else ("", EMPTY)
        names = ("key", "text", "subject", "html")
        return Thing(
            id=id,
            title=found.key,
            status=status,
            members={**{name: getattr(found, name) for name in names}, **own},
            facts={"Variables": list(found.variables)},
        )

    def create(world: World, account: Account, members: Members) -> str:
        if world.store.templates_by_key.get((account.id, members["key"])) is not None:
            raise AlreadyExists("template", members["key"])
        return write(world, account, world.ids.uuid("template"), members["key"], members)

    def update(world: World, account: Account, id: str, members: Members) -> str:
        return write(world, account, id, template_of(world.store, account, id).key, members)

    def write(world: World, account: Account, id: str, key: str, members: Members) -> str:
        put_template(world.store, account, id, key, members)
        if keep is not None:
            keep(world, account, key, members)
        return id

    return Kind(
        name="templates",
        one="template",
        title="Templates",
        fields=(KEY, *more, TEMPLATE_TEXT, SUBJECT, HTML),
        ids=lambda world, account: [each.id for each in world.store.templates if each.account_id == account.id],
        thing=show,
        create=create,
        update=update,
        delete=lambda world, account, one: world.store.templates.delete(template_of(world.store, account, one).id),
    )


def template_of(store: Store, account: Account, id: str) -> Template:
    """An account's template by the id of its record. Raises `NotFound`."""
    return owned(store.templates, account.id, id)


def put_template(store: Store, account: Account, id: str, key: str, members: Members) -> Template:
    """Write a template; its variables are the places of its texts."""
    texts = [members.get(name) or "" for name in ("text", "subject", "html")]
    return store.templates.put(
        Template(
            id=id,
            account_id=account.id,
            key=key,
            variables=tuple(dict.fromkeys(name for text in texts for name in _PLACE.findall(text))),
            text=members.get("text", ""),
            subject=members.get("subject"),
            html=members.get("html"),
        )
    )
