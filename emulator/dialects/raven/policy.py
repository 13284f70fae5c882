"""What this API chooses where the gateway offers a mechanism."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from emulator.core.records import Channel, Connection, EventType, Message, Recipient
from emulator.core.store import Store
from emulator.dialects.raven import domains, webhooks
from emulator.dialects.raven.vocabulary import API, NO_PROVIDER
from emulator.gateway.policy import Policy, Screening
from emulator.gateway.speaking import SANDBOX
from emulator.gateway.world import World
from emulator.providers.reasons import Reason
from emulator.providers.script import Refuse, make_script

SENDER_REFUSED = "sender-refused"

_E = EventType
_MAIL_EVENTS = frozenset(
    {
        _E.DEFERRED,
        _E.DELIVERED,
        _E.BOUNCED,
        _E.FAILED,
        _E.EXPIRED,
        _E.OPENED,
        _E.CLICKED,
        _E.COMPLAINED,
        _E.UNSUBSCRIBED,
    }
)
_REPORTS: Mapping[Channel, frozenset[EventType]] = MappingProxyType(
    {
        Channel.SMS: frozenset({_E.DEFERRED, _E.DELIVERED, _E.FAILED, _E.EXPIRED}),
        Channel.EMAIL: _MAIL_EVENTS,
        Channel.WHATSAPP: frozenset({_E.DELIVERED, _E.READ, _E.FAILED, _E.EXPIRED}),
        Channel.PUSH: frozenset({_E.DELIVERED, _E.READ, _E.FAILED, _E.EXPIRED}),
    }
)


def connection_for(store: Store, account_id: str, channel: Channel) -> Connection | None:
    """The provider a channel's messages go to: the oldest connected one that is not in error."""
    connections = store.connections.rows
    for id in store.connections_by_account.ids(account_id):
        connection = connections[id]
        if connection.channel is channel and connection.status != "error":
            return connection
    return None


def choose_provider(world: World, message: Message, _: Recipient) -> tuple[str, str | None]:
    """Messages of the test environment never reach a provider; the others go to the tenant's own."""
    if message.environment == "test":
        return SANDBOX, None
    connection = connection_for(world.store, message.account_id, message.channel)
    return (connection.provider, connection.id) if connection is not None else (SANDBOX, None)


def choose_script(world: World, message: Message, _: Recipient) -> str | None:
    """What the tenant's state calls for: a provider that was taken away, a sender that the provider refuses."""
    if message.environment == "test":
        return None
    connection = connection_for(world.store, message.account_id, message.channel)
    if connection is None:
        return NO_PROVIDER
    if message.channel is Channel.EMAIL and _is_unverified(world.store, message, connection):
        return SENDER_REFUSED
    return None


def _is_unverified(store: Store, message: Message, connection: Connection) -> bool:
    """Whether the sender's domain is registered, and not verified at this provider. Any other is left to the provider.

    Source: Raven documentation, "Sending domains", read 2026-11; what an unverified domain leads to is assumed.
    """
    domain = (message.sender or "").rpartition("@")[2].rstrip("> ").lower()
    known = store.resources_by_key.get((message.account_id, domains.KIND, domain))
    if known is None:
        return False
    return not any(
        each["provider_config_id"] == connection.id and each["verification_state"] == "verified"
        for each in domains.verifications(known)
    )


def _can_opt_out(*_: object) -> bool:
    """A person can opt out of SMS by STOP; nothing else that people write reaches a tenant."""
    return True


POLICY = Policy(
    api=API,
    webhooks=webhooks.RULES,
    choose_provider=choose_provider,
    choose_script=choose_script,
    scripts={
        SENDER_REFUSED: make_script(SENDER_REFUSED, Refuse(status=422, reason=Reason.SENDER_REFUSED)),
        NO_PROVIDER: make_script(NO_PROVIDER, Refuse(reason=NO_PROVIDER)),
    },
    # Source: Raven documentation, "Send a message", read 2026-11: "within ~50ms". Time-out and retries are assumed.
    pick_up_after=timedelta(milliseconds=50),
    provider_timeout=timedelta(seconds=15),
    provider_retries=(timedelta(seconds=1), timedelta(seconds=5)),
    screening=Screening.AT_HANDOVER,
    # Source: the documentation's example of a cost, KES 0.80 for one segment; that it is the price is assumed.
    rates={Channel.SMS: 800_000},
    reports=_REPORTS,
    announce=webhooks.announce,
    on_resource=domains.settle_rechecks,
    opt_outs=_can_opt_out,
    suppress_on={
        EventType.BOUNCED: "hard_bounce",
        EventType.EXPIRED: "hard_bounce",  # the last of many soft bounces: mail whose retries ran out is one here
        EventType.COMPLAINED: "spam_complaint",
        EventType.UNSUBSCRIBED: "unsubscribed",
    },
    opt_out_reason="unsubscribed",
    soft_bounces=5,
    soft_bounce_window=timedelta(days=7),
)
