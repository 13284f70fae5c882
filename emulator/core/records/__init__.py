"""Every record of a world: the data model, one module for each group of nouns.

Records are frozen; to change one is to put a replacement into its table. Moments (`_at`) are aware UTC datetimes,
spans are timedeltas, money is in millionths of the currency's unit (`_micros`).
"""

from emulator.core.records.accounts import Account, Connection, Credential, Membership, Resource, Sender, Template, User
from emulator.core.records.base import EMPTY, Channel, Record
from emulator.core.records.calls import AuditEntry, RateWindow, RememberedReply
from emulator.core.records.messages import (
    Content,
    Conversation,
    Event,
    EventType,
    InboundMessage,
    Message,
    Origin,
    Recipient,
    Status,
    recipient_id,
    recipient_ids,
)
from emulator.core.records.money import LedgerEntry, Wallet
from emulator.core.records.people import Consent, Contact, SoftBounces, Suppression
from emulator.core.records.webhooks import DeliveryAttempt, Sink, SinkPost, WebhookEndpoint, WebhookEvent

__all__ = [
    "EMPTY",
    "Account",
    "AuditEntry",
    "Channel",
    "Connection",
    "Consent",
    "Contact",
    "Content",
    "Conversation",
    "Credential",
    "DeliveryAttempt",
    "Event",
    "EventType",
    "InboundMessage",
    "LedgerEntry",
    "Membership",
    "Message",
    "Origin",
    "RateWindow",
    "Recipient",
    "Record",
    "RememberedReply",
    "Resource",
    "Sender",
    "Sink",
    "SinkPost",
    "SoftBounces",
    "Status",
    "Suppression",
    "Template",
    "User",
    "Wallet",
    "WebhookEndpoint",
    "WebhookEvent",
    "recipient_id",
    "recipient_ids",
]
