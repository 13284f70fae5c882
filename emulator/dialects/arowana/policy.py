"""What this API chooses where the gateway offers a mechanism.

Source: Arowana documentation and the seed, read 2026-11; what nobody publishes stands in `vocabulary`.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from emulator.core.errors import Json, NotFound
from emulator.core.records import Channel, EventType, Message, Recipient
from emulator.dialects.arowana import agent_life, effects, people, sessions, test_agent, timers, webhooks
from emulator.dialects.arowana.parse import first_suggestion
from emulator.dialects.arowana.vocabulary import (
    ACCOUNT_SUSPENDED,
    API,
    BASIC,
    CARRIER_NOT_LAUNCHED,
    CONVERSATION_UNIT,
    EMAIL,
    LONGEST_TTL,
    MAU,
    RCS,
    SINGLE,
    SMS,
    SMS_VALIDITY,
    TRAFFIC_TYPE_NOT_PERMITTED,
    TRAFFIC_TYPES_OF_USE_CASE,
)
from emulator.gateway.policy import Charging, Policy, Screening
from emulator.gateway.world import World
from emulator.providers.script import Accept, Refuse, Report, Script, make_script

_E = EventType

PROVIDERS: Mapping[Channel, str] = {RCS: "rbm", EMAIL: "sendgrid", SMS: "unknown"}
"""Whose voice is heard. Who carries the vendor's messages is assumed, but for RCS, which is Google's."""

_SECOND = timedelta(seconds=1)
_ORDINARY = "sent-1s-delivered-5s"
_REFUSED = {
    # What the network answers, and what it says.
    CARRIER_NOT_LAUNCHED: ("PERMISSION_DENIED", "The agent is not launched on the recipient's carrier."),
    TRAFFIC_TYPE_NOT_PERMITTED: ("INVALID_ARGUMENT", "The traffic type is not permitted for the agent."),
    ACCOUNT_SUSPENDED: ("PERMISSION_DENIED", "The sender is suspended."),
}


def _scripts() -> dict[str, Script]:
    # Source: the timeline of the seed's sample: sent after one second, delivered after five.
    ordinary = make_script(_ORDINARY, Accept(after=_SECOND), Report(type=_E.DELIVERED, after=4 * _SECOND))
    refused = (
        make_script(reason, Refuse(after=_SECOND, status=403, reason=reason, code=code, diagnostic=text))
        for reason, (code, text) in _REFUSED.items()
    )
    return {script.name: script for script in (ordinary, *refused)}


_ENDED = frozenset({_E.FAILED, _E.EXPIRED, _E.BOUNCED, _E.CANCELED, _E.SUPPRESSED})
# Whoever opened a message has got it, even if nobody confirmed it.
_ARRIVED = frozenset({_E.DELIVERED, _E.READ, _E.OPENED, _E.CLICKED, _E.COMPLAINED, _E.UNSUBSCRIBED})

CHARGING: Mapping[str, Charging] = {
    BASIC: Charging(capture=_ARRIVED, release=_ENDED),
    SINGLE: Charging(capture=_ARRIVED, release=_ENDED),
    # Charged when the network takes it.
    MAU: Charging(capture=_ARRIVED | {_E.SENT}, release=_ENDED),
    # Charged, or given back, when the session ends.
    CONVERSATION_UNIT: Charging(release=_ENDED),
}
"""By billing unit: what ends a hold."""

_REPORTS: Mapping[Channel, frozenset[EventType]] = MappingProxyType(
    {
        RCS: frozenset({_E.DELIVERED, _E.READ, _E.FAILED, _E.EXPIRED, _E.UNSUBSCRIBED}),
        SMS: frozenset({_E.DEFERRED, _E.DELIVERED, _E.FAILED, _E.EXPIRED}),
        EMAIL: frozenset(
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
        ),
    }
)


def charging_of(message: Message) -> Charging:
    """What ends the hold on a message. Nobody asks for one that costs nothing."""
    unit: Any = message.extras["unit"]
    return CHARGING[unit]


def choose_provider(_world: World, message: Message, _recipient: Recipient) -> tuple[str, str | None]:
    """One provider for each channel; workspaces connect none of their own."""
    return PROVIDERS[message.channel], None


def choose_script(world: World, message: Message, recipient: Recipient) -> str | None:
    """What the network does of itself: it refuses a suspended sender, an agent not launched, a wrong traffic type."""
    if message.contact_id is None:
        return None
    account = world.store.accounts.rows[message.account_id]
    if account.status == "suspended":
        return ACCOUNT_SUSPENDED
    if message.channel is not RCS or message.sender == test_agent.AGENT_ID:
        return None
    try:
        agent = agent_life.find(world.store, account.id, message.sender or "")
    except NotFound:
        return None
    if message.extras.get("traffic_type") not in TRAFFIC_TYPES_OF_USE_CASE[str(agent.content["use_case"])]:
        return TRAFFIC_TYPE_NOT_PERMITTED
    carrier = people.carrier_of(account, recipient.address)
    return None if agent_life.is_launched(agent, (carrier,)) else CARRIER_NOT_LAUNCHED


def _receives(world: World, account_id: str, channel: Channel, sender: str | None) -> bool:
    return channel is RCS and sender is not None and effects.receives(world, account_id, sender)


def _new_id(world: World) -> str:
    return f"msg_{world.ids.hex('message', 32)}"


def _first_suggestion(message: Message) -> Json:
    return first_suggestion(message.content)


POLICY = Policy(
    api=API,
    webhooks=webhooks.RULES,
    choose_provider=choose_provider,
    choose_script=choose_script,
    scripts=_scripts(),
    default_script=_ORDINARY,
    provider_retries=(timedelta(seconds=1), timedelta(seconds=5)),
    screening=Screening.AT_SEND,
    charging=CHARGING[BASIC],
    charging_of=charging_of,
    reports=_REPORTS,
    announce=webhooks.announce,
    announce_inbound=webhooks.announce_inbound,
    receives=_receives,
    normal_address=people.normal_address,
    on_resource=timers.run_timer,
    on_conversation=sessions.run_timer,
    new_message_id=_new_id,
    new_inbound_id=_new_id,
    take_inbound=effects.take_inbound,
    on_event=effects.on_event,
    default_validity={RCS: LONGEST_TTL, SMS: SMS_VALIDITY},
    waits_out_soft_bounces=True,
    first_suggestion=_first_suggestion,
)
