"""The state of one world: one attribute for each table and index. To reset is to make a new one."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Any, TypeAlias, cast

from emulator.core.failures import Fault, ProviderRule
from emulator.core.records import (
    Account,
    AuditEntry,
    Connection,
    Consent,
    Contact,
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
    Sink,
    SinkPost,
    SoftBounces,
    Suppression,
    Template,
    User,
    Wallet,
    WebhookEndpoint,
    WebhookEvent,
)
from emulator.core.table import Joined, Table

# The words of `wallet.LedgerKind`, which stands above this module. The two move a wallet's held part alone.
_REFUND = "refund"
_HOLDING = frozenset({"hold", "release"})


StateCopy: TypeAlias = Mapping[str, Mapping[Any, Any]]
"""All state of a store, by the name of each of its parts."""


class Store:
    """Tables by the plural of what they hold; an index is named `<table>_by_<key>`."""

    def __init__(self) -> None:  # noqa: PLR0915 - the whole state on one page
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

        self.contacts = Table[Contact]("contact", attrgetter("id"))
        self.contacts_by_account = self.contacts.index(attrgetter("account_id"))
        self.contacts_by_address = self.contacts.index_each(
            lambda r: tuple((r.account_id, kind, address) for kind, address in r.addresses)
        )
        self.contacts_by_external_id = self.contacts.unique(lambda r: r.external_id and (r.account_id, r.external_id))
        self.consents = Table[Consent]("consent record", attrgetter("id"))
        self.consents_by_contact = self.consents.index(attrgetter("contact_id"))
        self.consents_by_account = self.consents.index(attrgetter("account_id"))

        self.messages = Table[Message]("message", attrgetter("id"))
        self.messages_by_account = self.messages.index(attrgetter("account_id"))
        self.messages_by_environment = self.messages.index(attrgetter("account_id", "environment"))
        self.messages_in_order = self.messages.index(lambda _: "all")
        self.recipients = Table[Recipient]("recipient", attrgetter("id"))
        self.recipients_by_provider_id = self.recipients.unique(attrgetter("provider_message_id"))
        self.inbound = Table[InboundMessage]("inbound message", attrgetter("id"))
        self.conversations = Table[Conversation]("conversation", attrgetter("id"))
        self.conversations_by_account = self.conversations.index(attrgetter("account_id"))
        self.conversations_by_change = self.conversations.changes(attrgetter("account_id"))
        self.conversations_by_pair = self.conversations.unique(
            lambda r: None if r.status == "closed" else (r.account_id, r.channel, r.sender, r.person)
        )

        # Both directions in one order, of the APIs that keep contacts: their lists and conversations read it.
        self.log = Joined[Message | InboundMessage]("message", self.messages, self.inbound)
        self.log_by_account = self.log.index()
        self.log_by_sender = self.log.index()
        self.log_by_contact = self.log.index()
        self.log_by_conversation = self.log.index()
        self.messages.enter_into(self.log_by_account, lambda r: r.contact_id and r.account_id)
        self.messages.enter_into(self.log_by_sender, lambda r: r.contact_id and (r.account_id, r.channel, r.sender))
        self.inbound.enter_into(self.log_by_account, attrgetter("account_id"))
        self.inbound.enter_into(self.log_by_sender, attrgetter("account_id", "channel", "recipient"))
        for index, key_of in (
            (self.log_by_contact, attrgetter("contact_id")),
            (self.log_by_conversation, attrgetter("conversation_id")),
        ):
            self.messages.enter_into(index, key_of)
            self.inbound.enter_into(index, key_of)

        self.wallets = Table[Wallet]("wallet", attrgetter("id"))
        self.ledger = Table[LedgerEntry]("ledger entry", attrgetter("id"))
        self.ledger_by_account = self.ledger.index(attrgetter("account_id"))
        self.refunds_by_subject = self.ledger.unique(lambda r: r.subject if r.kind == _REFUND else None)
        self.ledger_by_kind = self.ledger.index(attrgetter("account_id", "kind"))
        self.ledger_by_balance = self.ledger.index(lambda r: None if r.kind in _HOLDING else r.account_id)
        self.suppressions = Table[Suppression]("suppression", attrgetter("id"))
        self.suppressions_by_account = self.suppressions.index(attrgetter("account_id"))
        self.suppressions_by_address = self.suppressions.index(attrgetter("account_id", "channel", "address"))
        self.soft_bounces = Table[SoftBounces]("soft bounces", attrgetter("id"))

        self.endpoints = Table[WebhookEndpoint]("webhook endpoint", attrgetter("id"))
        self.endpoints_by_account = self.endpoints.index(attrgetter("account_id"))
        self.webhook_events = Table[WebhookEvent]("webhook event", attrgetter("id"))
        self.webhook_events_in_order = self.webhook_events.index(lambda _: "all")
        self.webhook_events_by_message = self.webhook_events.index(attrgetter("message_id"))
        # What an endpoint did not take at once, in the order in which that was noticed.
        self.webhook_troubles_by_endpoint = self.webhook_events.index(
            lambda r: r.endpoint_id if r.attempts and (r.state != "delivered" or len(r.attempts) > 1) else None
        )

        self.sinks = Table[Sink]("sink", attrgetter("name"))
        self.sink_posts = Table[SinkPost]("post", attrgetter("id"))
        self.sink_posts_by_sink = self.sink_posts.index(attrgetter("sink"))

        self.audit = Table[AuditEntry]("audit entry", attrgetter("id"))
        self.audit_by_account = self.audit.index(attrgetter("account_id"))
        self.rate_windows = Table[RateWindow]("rate window", attrgetter("key"))
        self.remembered = Table[RememberedReply]("idempotency key", attrgetter("key"))

        self.rules = Table[ProviderRule]("provider rule", attrgetter("id"))
        self.faults = Table[Fault]("fault", attrgetter("id"))

    def copy(self) -> StateCopy:
        """All state as it is now. Records never change, so only the tables' own dicts and lists are copied."""
        return {name: {key: _copied(value) for key, value in state.items()} for name, state in self._state()}

    def load(self, copy: StateCopy) -> None:
        """Put all state back; the copy can be loaded again."""
        for name, state in self._state():
            state.clear()
            state.update((key, _copied(value)) for key, value in copy[name].items())

    def _state(self) -> Iterator[tuple[str, dict[Any, Any]]]:
        """Everything that changes: dicts of the tables and of their indexes, each under a name."""
        yield "counters", self.counters
        for name, part in vars(self).items():
            for slot in cast("tuple[str, ...]", getattr(part, "__slots__", ())):
                held: Any = getattr(part, slot)
                # An index sees its table's rows, but they are the table's.
                if isinstance(held, dict) and slot != "_rows":
                    yield f"{name}.{slot}", cast("dict[Any, Any]", held)


def _copied(value: Any) -> Any:  # noqa: ANN401 - a record, an id, a number, or a group of ids
    return cast("Any", value).copy() if isinstance(value, list | dict) else value
