"""Contacts, through the API; and consent records, which people confirm and take back."""

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Consent, Contact
from emulator.core.table import owned
from emulator.dialects.arowana import consent_records
from emulator.dialects.arowana.vocabulary import (
    ACTIVE,
    BLOCKED,
    BOUNCED,
    CHANNEL_TYPES,
    CHANNEL_WORDS,
    CONSENT_WORDS,
    EMAIL,
    MESSAGE,
    NEWSLETTER,
    UNSUBSCRIBED,
)
from emulator.gateway.world import World
from emulator.server.editing import ApiCall, Field, Kind, Members, Thing

_TIMES = (
    ("Double opt-in", "doi_status"),
    ("Granted", "granted_at"),
    ("Revoked", "revoked_at"),
    ("Since", "created_at"),
)
_CONFIRM, _REVOKE = "Confirm as the contact", "Revoke"


def _contact_of(world: World, account: Account, id: str) -> Contact:
    return owned(world.store.contacts, account.id, id)


def _show_contact(world: World, account: Account, id: str) -> Thing:
    contact = _contact_of(world, account, id)
    content, addresses = contact.content, dict(contact.addresses)
    names = ("first_name", "last_name", "tags", "custom_fields")
    return Thing(
        id=id,
        title=addresses.get(EMAIL.value) or addresses.get("phone") or id,
        status=contact.status,
        members={
            "email": addresses.get("email"),
            "phone": addresses.get("phone"),
            "external_id": contact.external_id,
            "status": contact.status,
            **{name: content.get(name) for name in names},
        },
        facts={
            "Source": content["source"],
            "Since": iso_seconds(contact.created_at),
            "Consents": [
                f"{CHANNEL_WORDS[each.channel]} {each.purpose} {CONSENT_WORDS[each.status]}"
                for each in world.store.consents_by_contact.get(id)
            ],
        },
    )


CONTACTS = Kind(
    name="contacts",
    one="contact",
    title="Contacts",
    fields=(
        Field(name="email", label="E-mail"),
        Field(name="phone", label="Phone"),
        Field(name="first_name", label="First name"),
        Field(name="last_name", label="Last name"),
        Field(name="external_id", label="External id"),
        Field(name="tags", label="Tags, one a line", schema={"type": "array", "items": {"type": "string"}}),
        Field(
            name="custom_fields",
            label="Custom fields, as JSON",
            schema={"type": "object"},
            is_merged=True,
            hint="The API forgets no field: one that is taken out becomes null.",
        ),
        Field(
            name="status",
            label="Status",
            schema={"type": "string", "enum": [ACTIVE, UNSUBSCRIBED, BOUNCED, BLOCKED]},
            is_needed=True,
            is_later=True,
        ),
    ),
    ids=lambda world, account: world.store.contacts_by_account.ids(account.id),
    thing=_show_contact,
    create=ApiCall(operation="createContact", body=lambda members: {"source": "MANUAL", **members}),
    update=ApiCall(operation="updateContact"),
    delete=ApiCall(operation="deleteContact"),
)


def _people(world: World, account: Account) -> list[tuple[str, str]]:
    contacts = world.store.contacts_by_account.get(account.id)
    return [(each.id, ", ".join(address for _, address in each.addresses) or each.id) for each in contacts]


def _consent_of(world: World, account: Account, id: str) -> Consent:
    return owned(world.store.consents, account.id, id)


def _show_consent(world: World, account: Account, id: str) -> Thing:
    record = _consent_of(world, account, id)
    contact = world.store.contacts.get(record.contact_id)
    who = contact.addresses[0][1] if contact is not None and contact.addresses else record.contact_id
    steps = {"pending": (_CONFIRM, _REVOKE), "granted": (_REVOKE,)}.get(record.status, ())
    shown: dict[str, Json] = consent_records.render_consent(record)
    return Thing(
        id=id,
        title=f"{who}: {CHANNEL_WORDS[record.channel]} {record.purpose}",
        status=CONSENT_WORDS[record.status],
        members={**shown, "contact": record.contact_id},
        facts={label: shown[name] for label, name in _TIMES},
        steps=steps,
    )


def _grant(world: World, account: Account, members: Members) -> str:
    contact = _contact_of(world, account, members["contact"])
    asked = consent_records.Grant(
        channel=CHANNEL_TYPES[members["channel_type"]],
        message_type=members["message_type"],
        source=members.get("source", "api"),
        proof_text=members.get("proof_text"),
        enforced_doi=members["enforced_doi"],
        doi_channel=members["channel_type"] if members["enforced_doi"] else None,
    )
    return consent_records.grant(world, contact, asked)[0].id


def _confirm(world: World, account: Account, id: str) -> None:
    consent_records.confirm(world, _consent_of(world, account, id))


def _revoke(world: World, account: Account, id: str) -> None:
    consent_records.revoke(world, _consent_of(world, account, id))


CONSENTS = Kind(
    name="consents",
    one="consent",
    title="Consents",
    fields=(
        Field(name="contact", label="Contact", options=_people, is_needed=True),
        Field(
            name="channel_type",
            label="Channel",
            schema={"type": "string", "enum": list(CHANNEL_TYPES)},
            is_needed=True,
            usual=CHANNEL_WORDS[EMAIL],
        ),
        Field(
            name="message_type",
            label="For",
            schema={"type": "string", "enum": [MESSAGE, NEWSLETTER]},
            is_needed=True,
            usual=NEWSLETTER,
        ),
        Field(name="source", label="Source", schema={"type": "string", "minLength": 1}, usual="crm_sync"),
        Field(name="proof_text", label="Proof", schema={"type": "string", "maxLength": 5000}, is_long=True),
        Field(name="enforced_doi", label="The contact must confirm it first", schema={"type": "boolean"}),
    ),
    ids=lambda world, account: world.store.consents_by_account.ids(account.id),
    thing=_show_consent,
    create=_grant,
    steps={
        _CONFIRM: _confirm,
        _REVOKE: _revoke,
    },
)
