"""The state of one world: one attribute for each table and index. To reset is to make a new one."""

from operator import attrgetter

from emulator.core.records import (
    Account,
    AuditEntry,
    Connection,
    Conversation,
    Credential,
    InboundMessage,
    LedgerEntry,
    Membership,
    Message,
    RateWindow,
    Recipient,
    RememberedReply,
    Resource,
    Sender,
    SoftBounces,
    Suppression,
    Template,
    User,
    Wallet,
    WebhookEndpoint,
    WebhookEvent,
)
from emulator.core.table import Table


class Store:
    """Tables by the plural of what they hold; an index is named `<table>_by_<key>`."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}

        self.accounts = Table[Account]("account", attrgetter("id"))
        self.accounts_by_api = self.accounts.index(attrgetter("api"))
        self.credentials = Table[Credential]("credential", attrgetter("id"))
        self.credentials_by_token = self.credentials.unique(attrgetter("api", "token"))
        self.credentials_by_account = self.credentials.index(attrgetter("account_id"))
        self.users = Table[User]("user", attrgetter("id"))
        self.users_by_email = self.users.unique(lambda r: (r.api, r.email.lower()))
        self.memberships = Table[Membership]("membership", attrgetter("id"))
        self.memberships_by_user = self.memberships.index(attrgetter("user_id"))
        self.memberships_by_account = self.memberships.index(attrgetter("account_id"))
        self.connections = Table[Connection]("connection", attrgetter("id"))
        self.connections_by_account = self.connections.index(attrgetter("account_id"))
        self.senders = Table[Sender]("sender", attrgetter("id"))
        self.senders_by_account = self.senders.index(attrgetter("account_id"))
        self.senders_by_address = self.senders.unique(lambda r: (r.account_id, r.channel, r.address.lower()))
        self.templates = Table[Template]("template", attrgetter("id"))
        self.templates_by_key = self.templates.unique(attrgetter("account_id", "key"))
        self.resources = Table[Resource]("resource", attrgetter("id"))
        self.resources_by_kind = self.resources.index(attrgetter("account_id", "kind"))
        self.resources_by_key = self.resources.unique(lambda r: r.key and (r.account_id, r.kind, r.key))

        self.messages = Table[Message]("message", attrgetter("id"))
        self.messages_by_account = self.messages.index(attrgetter("account_id"))
        self.messages_by_environment = self.messages.index(attrgetter("account_id", "environment"))
        self.messages_in_order = self.messages.index(lambda _: "all")
        self.recipients = Table[Recipient]("recipient", attrgetter("id"))
        self.recipients_by_provider_id = self.recipients.unique(attrgetter("provider_message_id"))
        self.inbound = Table[InboundMessage]("inbound message", attrgetter("id"))
        self.inbound_by_account = self.inbound.index(attrgetter("account_id"))
        self.conversations = Table[Conversation]("conversation", attrgetter("id"))
        self.conversations_by_pair = self.conversations.unique(attrgetter("account_id", "channel", "sender", "person"))

        self.wallets = Table[Wallet]("wallet", attrgetter("id"))
        self.ledger = Table[LedgerEntry]("ledger entry", attrgetter("id"))
        self.ledger_by_account = self.ledger.index(attrgetter("account_id"))
        self.suppressions = Table[Suppression]("suppression", attrgetter("id"))
        self.suppressions_by_account = self.suppressions.index(attrgetter("account_id"))
        self.suppressions_by_address = self.suppressions.index(attrgetter("account_id", "channel", "address"))
        self.soft_bounces = Table[SoftBounces]("soft bounces", attrgetter("id"))

        self.endpoints = Table[WebhookEndpoint]("webhook endpoint", attrgetter("id"))
        self.endpoints_by_account = self.endpoints.index(attrgetter("account_id"))
        self.webhook_events = Table[WebhookEvent]("webhook event", attrgetter("id"))
        self.webhook_events_in_order = self.webhook_events.index(lambda _: "all")
        self.webhook_events_by_message = self.webhook_events.index(attrgetter("message_id"))

        self.audit = Table[AuditEntry]("audit entry", lambda r: str(r.number))
        self.audit_by_account = self.audit.index(attrgetter("account_id"))
        self.rate_windows = Table[RateWindow]("rate window", attrgetter("key"))
        self.remembered = Table[RememberedReply]("idempotency key", attrgetter("key"))
