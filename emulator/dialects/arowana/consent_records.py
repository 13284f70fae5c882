"""Consent records: who agreed to get which type of message on which channel; at most one record for each pair.

A record is a core `Consent`. Its `purpose` is the type of message, and its `content` has `proof_text`, `enforced_doi`,
`doi_status` and `doi_channel` as the API shows them. `source` says where the consent came from; what changed a record
later is told by its event alone.

Source: Arowana documentation, "Consent", read 2026-11; answers to a repeated grant and to a repeated revocation are
assumed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Channel, Consent, Contact
from emulator.core.store import Store
from emulator.dialects.arowana.vocabulary import CHANNEL_WORDS, CONSENT_WORDS
from emulator.dialects.arowana.webhooks import announce_account_event
from emulator.gateway.world import World

CREATED = "consent.created"
UPDATED = "consent.updated"

# What may stand as the cause of a change; a caller's own words count as the API.
_CAUSES = frozenset({"doi_confirmation", "unsubscribe", "complaint", "api", "crm_sync"})


class Grant(NamedTuple):
    """What a caller says of a contact's consent. `doi_channel` is a word of the API."""

    channel: Channel
    message_type: str
    source: str = "api"
    proof_text: str | None = None
    enforced_doi: bool = False
    doi_channel: str | None = None


def find(store: Store, contact_id: str, channel: Channel, message_type: str) -> Consent | None:
    """The contact's record for a channel and a type of message, or None."""
    for record in store.consents_by_contact.get(contact_id):
        if record.channel is channel and record.purpose == message_type:
            return record
    return None


def statuses(store: Store, contact_ids: Iterable[str], channel: Channel, message_type: str) -> set[str]:
    """What the contacts' records for a channel and a type of message say; nothing for those who have none."""
    found: set[str] = set()
    for contact_id in contact_ids:
        for id in store.consents_by_contact.ids(contact_id):
            record = store.consents.rows[id]
            if record.channel is channel and record.purpose == message_type:
                found.add(record.status)
    return found


def grant(world: World, contact: Contact, asked: Grant) -> tuple[Consent, bool]:
    """Enter a consent; gives the record and whether it is new. With double opt-in it is pending until confirmed."""
    known = find(world.store, contact.id, asked.channel, asked.message_type)
    now = world.clock.now
    granted_at = None if asked.enforced_doi else now
    content: dict[str, Json] = {
        "proof_text": asked.proof_text,
        "enforced_doi": asked.enforced_doi,
        "doi_status": "DOI_SEND" if asked.enforced_doi else None,
        "doi_channel": asked.doi_channel if asked.enforced_doi else None,
    }
    record = Consent(
        id=known.id if known is not None else f"cr_{world.ids.hex('consent', 32)}",
        account_id=contact.account_id,
        contact_id=contact.id,
        channel=asked.channel,
        purpose=asked.message_type,
        status="pending" if asked.enforced_doi else "granted",
        source=asked.source,
        created_at=known.created_at if known is not None else now,
        granted_at=granted_at,
        content=content,
    )
    if known is None:
        _tell(world, world.store.consents.put(record), CREATED, _created(record))
    else:
        _change(world, known, record, asked.source)
    return record, known is None


def confirm(world: World, record: Consent) -> Consent:
    """The person confirms a pending consent; one in another state stays as it is."""
    if record.status != "pending":
        return record
    content: dict[str, Json] = {**record.content, "doi_status": "DOI_ACCEPTED"}
    confirmed = replace(record, status="granted", granted_at=world.clock.now, content=content)
    return _change(world, record, confirmed, "doi_confirmation")


def revoke(world: World, record: Consent, cause: str = "api") -> Consent:
    """Take a consent back; one that is revoked already stays as it is."""
    if record.status == "revoked":
        return record
    return _change(world, record, replace(record, status="revoked", revoked_at=world.clock.now), cause)


def withdraw(world: World, contact_id: str, channel: Channel, message_type: str, cause: str) -> None:
    """Revoke the contact's record for a channel and a type of message, if there is one."""
    record = find(world.store, contact_id, channel, message_type)
    if record is not None:
        revoke(world, record, cause)


def forget(store: Store, contact_id: str) -> None:
    """Delete the records of a contact that is being deleted; nobody is told."""
    for record in store.consents_by_contact.get(contact_id):
        store.consents.delete(record.id)


def render_consent(record: Consent) -> dict[str, Json]:
    """A record as the API shows it."""
    return {
        "id": record.id,
        "contact_id": record.contact_id,
        "channel_type": CHANNEL_WORDS[record.channel],
        "message_type": record.purpose,
        "status": CONSENT_WORDS[record.status],
        "source": record.source,
        "proof_text": record.content.get("proof_text"),
        "enforced_doi": record.content.get("enforced_doi", False),
        "doi_status": record.content.get("doi_status"),
        "doi_channel": record.content.get("doi_channel"),
        "granted_at": None if record.granted_at is None else iso_seconds(record.granted_at),
        "revoked_at": None if record.revoked_at is None else iso_seconds(record.revoked_at),
        "created_at": iso_seconds(record.created_at),
    }


def render_consents(store: Store, contact_id: str) -> list[Json]:
    """A contact's records in the order of their creation."""
    return [render_consent(record) for record in store.consents_by_contact.get(contact_id)]


def _change(world: World, before: Consent, record: Consent, cause: str) -> Consent:
    """Write a changed record; a change of its status is told."""
    world.store.consents.put(record)
    if record.status != before.status:
        facts = _updated(record, before.status, cause if cause in _CAUSES else "api", iso_seconds(world.clock.now))
        _tell(world, record, UPDATED, facts)
    return record


def _tell(world: World, record: Consent, event: str, facts: Mapping[str, Json]) -> None:
    account: Account = world.store.accounts[record.account_id]
    announce_account_event(world, account, event, facts)


def _created(record: Consent) -> dict[str, Json]:
    return {
        **_identity(record),
        "status": CONSENT_WORDS[record.status],
        "source": record.source,
        "enforced_doi": record.content["enforced_doi"],
        "doi_status": record.content["doi_status"],
        "created_at": iso_seconds(record.created_at),
    }


def _updated(record: Consent, previous: str, cause: str, at: str) -> dict[str, Json]:
    return {
        **_identity(record),
        "previous_status": CONSENT_WORDS[previous],
        "status": CONSENT_WORDS[record.status],
        "source": cause,
        "doi_status": record.content.get("doi_status"),
        "updated_at": at,
    }


def _identity(record: Consent) -> dict[str, Json]:
    return {
        "contact_id": record.contact_id,
        "consent_record_id": record.id,
        "channel_type": CHANNEL_WORDS[record.channel],
        "message_type": record.purpose,
    }
