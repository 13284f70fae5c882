"""Templates as the vendor's editor keeps them: each change publishes a version; sends without one take the latest.

A template's key is its id on the wire; its older versions have keys such as `tpl_news01@2`.
"""

from collections.abc import Mapping

from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.records import Account, Template
from emulator.core.store import Store
from emulator.dialects.arowana.vocabulary import CHANNEL_WORDS, EMAIL, RCS
from emulator.gateway.world import World
from emulator.server.editing import Field, Kind, Members, Thing
from emulator.server.usual_templates import HTML, SUBJECT, TEMPLATE_TEXT, put_template

_RCS, _EMAIL = CHANNEL_WORDS[RCS], CHANNEL_WORDS[EMAIL]

_FIELDS = (
    Field(
        name="channel",
        label="Channel",
        schema={"type": "string", "enum": [_RCS, _EMAIL]},
        is_needed=True,
        is_fixed=True,
        usual=_RCS,
    ),
    TEMPLATE_TEXT,
    SUBJECT,
    HTML,
)


def _ids(world: World, account: Account) -> list[str]:
    return [each.key for each in world.store.templates if each.account_id == account.id and "@" not in each.key]


def _find(store: Store, account: Account, id: str) -> Template:
    found = store.templates_by_key.get((account.id, id))
    if found is None or "@" in id:
        raise NotFound("template", id)
    return found


def _channel_of(template: Template) -> str:
    return _EMAIL if template.subject is not None or template.html is not None else _RCS


def _versions(store: Store, account: Account, id: str) -> list[Template]:
    return [each for each in store.templates if each.account_id == account.id and each.key.startswith(f"{id}@")]


def _show(world: World, account: Account, id: str) -> Thing:
    found = _find(world.store, account, id)
    numbers = [int(each.key.rpartition("@")[2]) for each in _versions(world.store, account, id)]
    return Thing(
        id=id,
        title=found.subject or found.text or id,
        members={
            "channel": _channel_of(found),
            "text": found.text,
            "subject": found.subject,
            "html": found.html,
        },
        facts={"Id": id, "Versions": list[Json](sorted(numbers)), "Variables": list(found.variables)},
    )


def _create(world: World, account: Account, members: Members) -> str:
    _check(members, members["channel"])
    return _publish(world, account, f"tpl_{world.ids.hex('template', 32)}", members, world.ids.uuid("template"))


def _update(world: World, account: Account, id: str, members: Members) -> str:
    found = _find(world.store, account, id)
    _check(members, _channel_of(found))
    return _publish(world, account, id, members, found.id)


def _check(members: Members, channel: str) -> None:
    """A template for mail has a subject or HTML, by which it is told from one for RCS."""
    is_mail = "subject" in members or "html" in members
    if channel == _EMAIL and not is_mail:
        raise InvalidFields([FieldProblem(("subject",), "required")])
    if channel == _RCS and is_mail:
        raise InvalidFields([FieldProblem((name,), "not_allowed") for name in ("subject", "html") if name in members])


def _publish(world: World, account: Account, id: str, members: Mapping[str, str], record_id: str) -> str:
    versions = _versions(world.store, account, id)
    number = max((int(each.key.rpartition("@")[2]) for each in versions), default=0) + 1
    put_template(world.store, account, record_id, id, members)
    put_template(world.store, account, world.ids.uuid("template"), f"{id}@{number}", members)
    return id


def _delete(world: World, account: Account, id: str) -> None:
    latest = _find(world.store, account, id)
    for each in (latest, *_versions(world.store, account, id)):
        world.store.templates.delete(each.id)


KIND = Kind(
    name="templates",
    one="template",
    title="Templates",
    hint="Each change publishes a version. A send names the template by `template_id`, and an older version besides.",
    fields=_FIELDS,
    ids=_ids,
    thing=_show,
    create=_create,
    update=_update,
    delete=_delete,
)
