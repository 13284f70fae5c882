"""Contacts: made, read, changed, deleted."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core.errors import AlreadyExists, FieldProblem, InvalidFields, Json, NotFound
from emulator.core.moments import iso_seconds
from emulator.core.records import Channel, Contact
from emulator.dialects.tripdesk import contacts
from emulator.dialects.tripdesk.addresses import comparable, tidy, tidy_phone
from emulator.dialects.tripdesk.render import render_page
from emulator.server.dialect import Call, Handler, Reply, json_reply

_KNOWN_BY = ("external_id", "phone", "email", "channels")
_CONTENT = ("phone", "email", "language", "channels", "attributes")


def create_contact(call: Call) -> Reply:
    """Make a contact."""
    members = call.members
    content = _content({}, members)
    _require_known(members.get("external_id"), content)
    _require_free(call, members.get("external_id"))
    contact = contacts.create(
        call.world, call.owner.id, content, external_id=members.get("external_id"), name=members.get("name")
    )
    return json_reply(201, render_contact(contact))


def get_contact(call: Call) -> Reply:
    """One contact."""
    return json_reply(200, render_contact(_find(call)))


def update_contact(call: Call) -> Reply:
    """Change what is sent; null clears."""
    members = call.members
    checked = _content({}, members)
    contact = _find(call)
    content = {**contact.content, **checked}
    external_id = members.get("external_id", contact.external_id)
    _require_known(external_id, content)
    _require_free(call, external_id, contact)
    changed = replace(
        contact,
        external_id=external_id,
        name=members.get("name", contact.name),
        content=content,
        addresses=contacts.addresses_of(content),
        updated_at=call.now,
    )
    return json_reply(200, render_contact(call.world.store.contacts.put(changed)))


def delete_contact(call: Call) -> Reply:
    """Forget a contact; what was written stays."""
    call.world.store.contacts.delete(_find(call).id)
    return Reply(204, content_type=None)


def list_contacts(call: Call) -> Reply:
    """The contacts, newest first."""
    store, owner_id, external_id = call.world.store, call.owner.id, call.query.get("external_id")
    ids = store.contacts_by_account.ids(owner_id)
    if external_id is not None:
        known = people.of_external_id(store, owner_id, str(external_id))
        ids = [known.id] if known is not None else []
    return render_page(call, store.contacts, ids, render_contact, keep=_filter(call.query))


def render_contact(contact: Contact) -> dict[str, Json]:
    """A contact as the API shows it."""
    content = contact.content
    return {
        "id": contact.id,
        "external_id": contact.external_id,
        "name": contact.name,
        "phone": content.get("phone"),
        "email": content.get("email"),
        "language": content.get("language"),
        "channels": contacts.as_json(contacts.channels_of(content)),
        "attributes": content.get("attributes") or {},
        "created_at": iso_seconds(contact.created_at),
        "updated_at": iso_seconds(contact.updated_at),
    }


def _find(call: Call) -> Contact:
    id = call.parameters["id"]
    contact = people.of_account(call.world.store, call.owner.id, id)
    if contact is None:
        raise NotFound("contact", id)
    return contact


def _content(content: Mapping[str, Json], members: Mapping[str, Any]) -> dict[str, Json]:
    """A contact's content with the members that are sent, addresses tidied up. Raises `InvalidFields`."""
    changed: dict[str, Json] = {**content, **{name: members[name] for name in _CONTENT if name in members}}
    if isinstance(members.get("phone"), str):
        changed["phone"] = tidy_phone(members["phone"])
    if members.get("channels") is not None:
        changed["channels"] = _channels(members["channels"])
    return changed


def _channels(asked: list[dict[str, str]]) -> list[Json]:
    problems: list[FieldProblem] = []
    channels: list[Json] = []
    for place, each in enumerate(asked):
        address = tidy(Channel(each["channel"]), each["address"])
        if address is None:
            problems.append(FieldProblem(("channels", place, "address"), "address"))
        channels.append({"channel": each["channel"], "address": address})
    if problems:
        raise InvalidFields(problems)
    return channels


def _require_known(external_id: str | None, content: Mapping[str, Json]) -> None:
    """Somebody of whom nothing is known is no contact."""
    if external_id is None and not contacts.addresses_of(content):
        raise InvalidFields([FieldProblem((), "any_of", expected=_KNOWN_BY)])


def _require_free(call: Call, external_id: str | None, contact: Contact | None = None) -> None:
    known = people.of_external_id(call.world.store, call.owner.id, external_id)
    if known is not None and (contact is None or known.id != contact.id):
        raise AlreadyExists("contact", known.id)


def _filter(query: Mapping[str, Json]) -> Callable[[Contact], bool] | None:
    tests: list[Callable[[Contact], bool]] = []
    if "phone" in query:
        phone = tidy_phone(str(query["phone"]))
        tests.append(lambda contact: phone is not None and contact.content.get("phone") == phone)
    if "email" in query:
        email = comparable("email", str(query["email"]))
        tests.append(lambda contact: comparable("email", str(contact.content.get("email") or "")) == email)
    if "q" in query:
        part = str(query["q"]).casefold()
        tests.append(lambda contact: any(part in text.casefold() for text in _searched(contact)))
    return (lambda contact: all(test(contact) for test in tests)) if tests else None


def _searched(contact: Contact) -> list[str]:
    content = contact.content
    texts = (contact.name, content.get("phone"), content.get("email"), contact.external_id)
    return [cast("str", text) for text in texts if text]


HANDLERS: Mapping[str, Handler] = {
    "createContact": create_contact,
    "listContacts": list_contacts,
    "getContact": get_contact,
    "updateContact": update_contact,
    "deleteContact": delete_contact,
}
