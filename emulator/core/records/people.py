"""Whom messages go to: contacts, what they agreed to, and addresses that must not be written to."""

from collections.abc import Mapping
from datetime import datetime

from emulator.core.errors import Json
from emulator.core.records.base import EMPTY, Channel, Record


class Contact(Record, frozen=True, kw_only=True):
    """A person whom an account knows.

    `addresses` are pairs of kind (`phone`, `email`, a channel's name, the dialect's own) and address, each kind as
    often as need be; `external_id` is the account's own name for the person. `status` and `content` are in the
    dialect's words.
    """

    id: str
    account_id: str
    created_at: datetime
    updated_at: datetime
    addresses: tuple[tuple[str, str], ...] = ()
    external_id: str | None = None
    name: str | None = None
    status: str = "active"
    content: Mapping[str, Json] = EMPTY


class Consent(Record, frozen=True, kw_only=True):
    """Whether a contact agreed to be written to on a channel for a purpose.

    `status` is `granted`, `pending` or `revoked`; `purpose`, `source` and `content` are in the dialect's words.
    """

    id: str
    account_id: str
    contact_id: str
    channel: Channel
    purpose: str
    status: str
    source: str
    created_at: datetime
    granted_at: datetime | None = None
    revoked_at: datetime | None = None
    content: Mapping[str, Json] = EMPTY


class Suppression(Record, frozen=True, kw_only=True):
    """An address that must not be written to. `environment` is None when it holds in all of them."""

    id: str
    account_id: str
    channel: Channel
    address: str
    reason: str
    created_at: datetime
    environment: str | None = None


class SoftBounces(Record, frozen=True, kw_only=True):
    """When an address bounced softly of late."""

    id: str
    moments: tuple[datetime, ...]
