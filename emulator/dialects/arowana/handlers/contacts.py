"""Contacts: made, read, changed, deleted and imported.

Source: Arowana documentation, "Contacts", read 2026-11; the refusal of an address or external id that another contact
has is assumed.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from emulator.core import contacts as known_contacts
from emulator.core.errors import AlreadyExists, FieldProblem, Forbidden, InvalidFields, Json, NotFound
from emulator.core.moments import iso_seconds
from emulator.core.records import Contact
from emulator.core.store import Store
from emulator.core.suppressions import comparable_address
from emulator.dialects.arowana import consent_records
from emulator.dialects.arowana.auth import permit
from emulator.dialects.arowana.vocabulary import ACTIVE, CHANNEL_WORDS, EMAIL
from emulator.server.dialect import Call, Handler, Reply, json_reply

MOST_ROWS = 10_000

_NAMES = ("first_name", "last_name")


def create_contact(call: Call) -> Reply:
    """Make a contact, or update the one that has the e-mail address."""
    permit(call)
    members = call.members
    known = _with_email(call, members.get("email"))
    if known is not None:
        return json_reply(200, render_contact(_write(call, known, members)))
    contact = _write(call, _new(call, str(members["source"])), members)
    location = f"{call.base_path}{call.path}/{contact.id}".encode("latin-1")
    return json_reply(201, render_contact(contact), ((b"location", location),))


def get_contact(call: Call) -> Reply:
    """Show a contact with its consent records."""
    contact = find_contact(call)
    body = render_contact(contact)
    records = consent_records.render_consents(call.world.store, contact.id)
    times = {name: body.pop(name) for name in ("created_at", "updated_at")}
    return json_reply(200, {**body, "consent_records": records, **times})


def update_contact(call: Call) -> Reply:
    """Change what is given; `tags` is replaced, `custom_fields` merged."""
    contact, members = find_contact(call), call.members
    if not _addresses(contact, members):
        raise InvalidFields([FieldProblem((), "any_of", None, ("email", "phone"))])
    permit(call)
    holder = _with_email(call, members.get("email"))
    if holder is not None and holder.id != contact.id:
        raise AlreadyExists("email", holder.id)
    changed = _write(call, contact, members, status=members.get("status"))
    if members.get("status") == ACTIVE:
        # Whoever calls a contact active again wants to write to it (assumed).
        _lift_suppressions(call.world.store, changed)
    return json_reply(200, render_contact(changed))


def delete_contact(call: Call) -> Reply:
    """Forget a contact with its consent records and suppressions; messages stay in the log."""
    contact = find_contact(call)
    permit(call)
    store = call.world.store
    consent_records.forget(store, contact.id)
    _lift_suppressions(store, contact)
    store.contacts.delete(contact.id)
    return json_reply(200, {"success": True})


def import_contacts(call: Call) -> Reply:
    """Make a contact of each row that is valid and whose e-mail address is new."""
    permit(call)
    rows = call.members["contacts"]
    if len(rows) > MOST_ROWS:
        raise Forbidden("import-limit")
    imported = 0
    for row in rows:
        if _is_valid(call, row) and _with_email(call, row.get("email")) is None:
            given = {name: row[name] for name in ("email", "phone", *_NAMES) if name in row}
            _write(call, _new(call, "IMPORT"), given)
            imported += 1
    return json_reply(200, {"imported": imported})


def find_contact(call: Call) -> Contact:
    """The contact that the path names. Raises `NotFound`."""
    contact = known_contacts.of_account(call.world.store, call.owner.id, call.parameters["id"])
    if contact is None:
        raise NotFound("contact", call.parameters["id"])
    return contact


def render_contact(contact: Contact) -> dict[str, Json]:
    """A contact as the API shows it, without its consent records."""
    addresses, content = dict(contact.addresses), contact.content
    return {
        "id": contact.id,
        "external_id": contact.external_id,
        "email": addresses.get("email"),
        "phone": addresses.get("phone"),
        "first_name": content.get("first_name"),
        "last_name": content.get("last_name"),
        "source": content["source"],
        "status": contact.status,
        "tags": content.get("tags", []),
        "custom_fields": content.get("custom_fields", {}),
        "created_at": iso_seconds(contact.created_at),
        "updated_at": iso_seconds(contact.updated_at),
    }


def _new(call: Call, source: str) -> Contact:
    return Contact(
        id=f"c_{call.world.ids.hex('contact', 32)}",
        account_id=call.owner.id,
        created_at=call.now,
        updated_at=call.now,
        status=ACTIVE,
        content={"source": source},
    )


def _write(call: Call, contact: Contact, members: Mapping[str, Any], *, status: str | None = None) -> Contact:
    """Put a contact with the members that are given. Raises `AlreadyExists` for an external id that is taken."""
    store = call.world.store
    external_id = members.get("external_id", contact.external_id)
    holder = known_contacts.of_external_id(store, call.owner.id, external_id)
    if holder is not None and holder.id != contact.id:
        raise AlreadyExists("external_id", holder.id)
    return store.contacts.put(
        replace(
            contact,
            addresses=_addresses(contact, members),
            external_id=external_id,
            status=status or contact.status,
            content=_content(contact, members),
            updated_at=call.now,
        )
    )


def _addresses(contact: Contact, members: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    known = dict(contact.addresses)
    wanted = ((kind, members.get(kind, known.get(kind))) for kind in ("email", "phone"))
    return tuple((kind, _comparable(kind, address)) for kind, address in wanted if address)


def _content(contact: Contact, members: Mapping[str, Any]) -> dict[str, Json]:
    content: dict[str, Json] = {**contact.content}
    content |= {name: members[name] for name in ("source", "tags", *_NAMES) if name in members}
    if "custom_fields" in members:
        known = content.get("custom_fields")
        content["custom_fields"] = {**(known if isinstance(known, dict) else {}), **members["custom_fields"]}
    return content


def _comparable(kind: str, address: str) -> str:
    return comparable_address(EMAIL, address) if kind == "email" else address


def _with_email(call: Call, email: str | None) -> Contact | None:
    if not email:
        return None
    return known_contacts.of_address(call.world.store, call.owner.id, "email", _comparable("email", email))


def _is_valid(call: Call, row: Json) -> bool:
    assert call.operation is not None
    try:
        call.operation.check_item(row)
    except InvalidFields:
        return False
    return True


def _lift_suppressions(store: Store, contact: Contact) -> None:
    for channel in CHANNEL_WORDS:
        for _, address in contact.addresses:
            key = (contact.account_id, channel, comparable_address(channel, address))
            for suppression in store.suppressions_by_address.get(key):
                store.suppressions.delete(suppression.id)


HANDLERS: Mapping[str, Handler] = {
    "createContact": create_contact,
    "getContact": get_contact,
    "updateContact": update_contact,
    "deleteContact": delete_contact,
    "importContacts": import_contacts,
}
