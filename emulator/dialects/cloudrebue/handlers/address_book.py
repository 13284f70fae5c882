"""Contacts and groups: resources of the account, numbered from 1, as the address book shows them."""

from collections.abc import Mapping

from emulator.core.errors import AlreadyExists, Json, NotFound
from emulator.core.records import Resource
from emulator.dialects.cloudrebue import render
from emulator.dialects.cloudrebue.parse import parse_contact
from emulator.server.dialect import Call, Reply, json_reply

CONTACT = "contact"
GROUP = "group"


def list_contacts(call: Call) -> Reply:
    """All contacts, oldest first."""
    contacts = call.world.store.resources_by_kind.get((call.owner.id, CONTACT))
    return json_reply(200, {"status": True, "data": [render.contact_body(each) for each in contacts]})


def add_contact(call: Call) -> Reply:
    """Add a contact with a number that is new to the account. Raises `AlreadyExists`."""
    contact = parse_contact(call.members)
    known = call.world.store.resources_by_key.get((call.owner.id, CONTACT, contact.phone))
    if known is not None:
        raise AlreadyExists(CONTACT, known.id)
    added = _add(call, CONTACT, contact.content, key=contact.phone)
    body = {"status": True, "message": "Contact added successfully", "data": render.contact_body(added)}
    return json_reply(200, body)


def delete_contact(call: Call) -> Reply:
    """Delete a contact for good. Raises `NotFound`."""
    _delete(call, CONTACT, call.parameters["contact_id"])
    return json_reply(200, {"status": True, "message": "Contact deleted successfully."})


def list_groups(call: Call) -> Reply:
    """All groups, oldest first."""
    groups = call.world.store.resources_by_kind.get((call.owner.id, GROUP))
    return json_reply(200, {"status": True, "data": [render.group_body(each) for each in groups]})


def create_group(call: Call) -> Reply:
    """Create an empty group; names may repeat."""
    added = _add(call, GROUP, {"name": call.members["name"]})
    return json_reply(200, {"status": True, "message": "Group added successfully", "data": render.group_body(added)})


def delete_group(call: Call) -> Reply:
    """Delete a group and leave the contacts. Raises `NotFound`."""
    _delete(call, GROUP, call.parameters["id"])
    return json_reply(200, {"status": True, "message": "Group deleted successfully."})


def _add(call: Call, kind: str, content: Mapping[str, Json], *, key: str | None = None) -> Resource:
    number = call.world.ids.number(f"{kind} of {call.owner.id}")
    resource = Resource(
        id=_resource_id(call, kind, str(number)),
        account_id=call.owner.id,
        kind=kind,
        key=key,
        created_at=call.now,
        content={"id": number, **content},
    )
    return call.world.store.resources.put(resource)


def _delete(call: Call, kind: str, number: str) -> None:
    id = _resource_id(call, kind, number)
    resource = call.world.store.resources[id]
    if resource.account_id != call.owner.id:
        raise NotFound(kind, number)
    call.world.store.resources.delete(id)


def _resource_id(call: Call, kind: str, number: str) -> str:
    return f"{kind}-{call.owner.id}-{number}"
