"""Consent of a contact: read, granted, revoked."""

from collections.abc import Mapping

from emulator.core.errors import NotFound
from emulator.dialects.arowana import confirmations, consent_records
from emulator.dialects.arowana.consent_records import Grant, render_consent, render_consents
from emulator.dialects.arowana.handlers.contacts import find_contact
from emulator.dialects.arowana.vocabulary import CHANNEL_TYPES
from emulator.server.dialect import Call, Handler, Reply, json_reply


def list_consent(call: Call) -> Reply:
    """Show a contact's records in the order of their creation."""
    contact = find_contact(call)
    return json_reply(200, {"consent_records": render_consents(call.world.store, contact.id)})


def grant_consent(call: Call) -> Reply:
    """Enter a consent, or change the one that there is for the same channel and type of message."""
    contact, members = find_contact(call), call.members
    asked = Grant(
        channel=CHANNEL_TYPES[members["channel_type"]],
        message_type=members["message_type"],
        source=members.get("source", "api"),
        proof_text=members.get("proof_text"),
        enforced_doi=members.get("enforced_doi", False),
        doi_channel=members.get("doi_channel"),
    )
    record, is_new = consent_records.grant(call.world, contact, asked)
    confirmations.ask(call.world, contact, record)
    return json_reply(201 if is_new else 200, render_consent(record))


def revoke_consent(call: Call) -> Reply:
    """Take a consent back; the record stays."""
    contact, id = find_contact(call), call.parameters["record_id"]
    record = call.world.store.consents.get(id)
    if record is None or record.contact_id != contact.id:
        raise NotFound("consent", id)
    return json_reply(200, render_consent(consent_records.revoke(call.world, record)))


HANDLERS: Mapping[str, Handler] = {
    "listConsent": list_consent,
    "grantConsent": grant_consent,
    "revokeConsent": revoke_consent,
}
