"""The people of a workspace, and the lists that they are on."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core.errors import AlreadyExists, FieldProblem, InvalidFields, Json, NotFound
from emulator.core.records import Contact, Resource
from emulator.dialects.bird.contacts import comparable, find
from emulator.dialects.bird.pages import render_page
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import IDENTIFIER_KEYS
from emulator.gateway.world import World
from emulator.server.dialect import Call, Handler, Reply, json_reply

_LIST = "list"
_NAME = "displayName"

_LONGEST_KEY = 250
_LONGEST_VALUE = 500

Addresses = tuple[tuple[str, str], ...]


def create_contact(call: Call) -> Reply:
    """Make a contact. Raises `AlreadyExists` for an identifier that belongs to another."""
    members = call.members
    given = members.get("identifiers", ())
    addresses = tuple(dict.fromkeys((each["key"], comparable(each["key"], each["value"])) for each in given))
    _check_attributes(members, addresses)
    for key, value in addresses:
        if find(call.world.store, call.owner.id, key, value) is not None:
            raise AlreadyExists("contact")
    return json_reply(201, _render(_change(call, _new(call, addresses), members)))


def list_contacts(call: Call) -> Reply:
    """The contacts of the workspace, with those that sending and receiving made."""
    store = call.world.store
    return render_page(call, store.contacts, store.contacts_by_account.ids(call.owner.id), _render)


def get_contact(call: Call) -> Reply:
    """One contact."""
    return json_reply(200, _render(_contact(call)))


def update_contact(call: Call) -> Reply:
    """Change what is given."""
    contact = _contact(call)
    _check_attributes(call.members, contact.addresses)
    return json_reply(200, _render(_change(call, contact, call.members)))


def delete_contact(call: Call) -> Reply:
    """Forget a contact; its identifiers are free again."""
    call.world.store.contacts.delete(_contact(call).id)
    return Reply(204, content_type=None)


def upsert_contact_by_identifier(call: Call) -> Reply:
    """Change the contact that has an identifier; make it if there is none."""
    names = call.parameters
    key, value = names["identifierKey"], names["identifierValue"]
    _check_length(identifierKey=(key, _LONGEST_KEY), identifierValue=(value, _LONGEST_VALUE))
    contact = find(call.world.store, call.owner.id, key, value) or _new(call, ((key, comparable(key, value)),))
    _check_attributes(call.members, contact.addresses)
    return json_reply(200, _render(_change(call, contact, call.members)))


def list_list_contacts(call: Call) -> Reply:
    """The contacts of a list, which is there once a contact has named it."""
    store, id = call.world.store, call.parameters["listId"]
    if store.resources_by_key.get((call.owner.id, _LIST, id)) is None:
        raise NotFound(_LIST, id)
    ids = store.contacts_by_account.ids(call.owner.id)
    return render_page(call, store.contacts, ids, _render, keep=lambda contact: id in _ids(contact, "listIds"))


def _contact(call: Call) -> Contact:
    id = call.parameters["contactId"]
    contact = people.of_account(call.world.store, call.owner.id, id)
    if contact is None:
        raise NotFound("contact", id)
    return contact


def _check_attributes(members: Mapping[str, Any], addresses: Addresses) -> None:
    """Refuse to write attributes that hold identifiers. Raises `InvalidFields`.

    Source: recorded answers to changes, read 2026-11; that creating is no different is assumed.
    """
    read_only = IDENTIFIER_KEYS.union(key for key, _ in addresses)
    problems = [
        FieldProblem(("attributes", name), "not_allowed", value)
        for name, value in members.get("attributes", {}).items()
        if name in read_only
    ]
    if problems:
        raise InvalidFields(problems)


def _check_length(**given: tuple[str, int]) -> None:
    """Refuse parts of the path that are too long. Raises `InvalidFields`."""
    problems = [
        FieldProblem((name,), "max_length", value, longest, place="path")
        for name, (value, longest) in given.items()
        if len(value) > longest
    ]
    if problems:
        raise InvalidFields(problems)


def _new(call: Call, addresses: Addresses) -> Contact:
    """A contact that is not yet in the table."""
    id = call.world.ids.uuid("contact")
    return Contact(id=id, account_id=call.owner.id, created_at=call.now, updated_at=call.now, addresses=addresses)


def _change(call: Call, contact: Contact, members: Mapping[str, Any]) -> Contact:
    """Put the contact with what is given of it; an attribute that is null is taken away."""
    given = dict(members.get("attributes", {}))
    name = members.get(_NAME, given.pop(_NAME, contact.name))
    before = contact.content.get("attributes")
    attributes = {**(before if isinstance(before, dict) else {}), **given}
    content = {
        **contact.content,
        "attributes": {name: value for name, value in attributes.items() if value is not None},
        **{name: list[Json](_distinct(members[name])) for name in ("listIds", "accountIds") if name in members},
    }
    for list_id in _distinct(members.get("listIds", ())):
        _note_list(call.world, call.owner.id, list_id)
    changed = replace(contact, name=None if name is None else str(name), content=content, updated_at=call.now)
    return call.world.store.contacts.put(changed)


def _distinct(ids: Iterable[str]) -> dict[str, None]:
    """Ids as this API writes them, each once and in order."""
    return dict.fromkeys(id.lower() for id in ids)


def _note_list(world: World, workspace_id: str, list_id: str) -> None:
    """Lists are made elsewhere; here one is there as soon as a contact names it."""
    if world.store.resources_by_key.get((workspace_id, _LIST, list_id)) is None:
        id = world.ids.uuid(_LIST)
        world.store.resources.put(
            Resource(id=id, account_id=workspace_id, kind=_LIST, key=list_id, created_at=world.clock.now)
        )


def _render(contact: Contact) -> dict[str, Json]:
    """A contact as the API shows it. That the first identifier of each kind is featured is assumed."""
    by_key = _by_key(contact.addresses)
    first = next((value for _, value in contact.addresses), "")
    own = contact.content.get("attributes")
    return {
        "id": contact.id,
        "computedDisplayName": contact.name or first,
        "featuredIdentifiers": [{"key": key, "value": values[0]} for key, values in by_key.items()],
        "identifierCount": len(contact.addresses),
        "attributes": {
            **({_NAME: contact.name} if contact.name is not None else {}),
            **by_key,
            **(own if isinstance(own, dict) else {}),
        },
        "accountIds": _ids(contact, "accountIds"),
        "listIds": _ids(contact, "listIds"),
        "workspaceId": contact.account_id,
        "createdAt": timestamp(contact.created_at),
        "updatedAt": timestamp(contact.updated_at),
    }


def _by_key(addresses: Addresses) -> dict[str, list[Json]]:
    values: dict[str, list[Json]] = {}
    for key, value in addresses:
        values.setdefault(key, []).append(value)
    return values


def _ids(contact: Contact, name: str) -> list[Json]:
    ids = contact.content.get(name)
    return ids if isinstance(ids, list) else []


HANDLERS: Mapping[str, Handler] = {
    "createContact": create_contact,
    "listContacts": list_contacts,
    "getContact": get_contact,
    "updateContact": update_contact,
    "deleteContact": delete_contact,
    "upsertContactByIdentifier": upsert_contact_by_identifier,
    "listListContacts": list_list_contacts,
}
