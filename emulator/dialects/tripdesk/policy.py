"""What this API chooses where the gateway offers a mechanism."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from emulator.core.records import Channel, EventType, Message, Recipient
from emulator.dialects.tripdesk import gateways, templates, webhooks
from emulator.dialects.tripdesk.addresses import normal
from emulator.dialects.tripdesk.identifiers import new_message_id
from emulator.dialects.tripdesk.inbound import announce_inbound, receives, take_inbound
from emulator.dialects.tripdesk.sends import take_message
from emulator.dialects.tripdesk.vocabulary import (
    API,
    CHANNELS,
    GATEWAY_DOWN,
    GATEWAYS,
    TEMPLATE_PAUSED,
)
from emulator.gateway.policy import Charging, Policy, Screening
from emulator.gateway.world import World
from emulator.providers.outcomes import DELIVER
from emulator.providers.script import Refuse, ServerError, make_script

_E = EventType
_CONFIRMED = frozenset({_E.DELIVERED, _E.FAILED, _E.EXPIRED})

# Source: the vendor's page, read 2026-11: e-mail and SMS confirm delivery, broadcasts do not, mail bounces. The rest is
# assumed, `read` after what each channel has.
REPORTS: Mapping[Channel, frozenset[EventType]] = MappingProxyType(
    {
        **dict.fromkeys(CHANNELS, _CONFIRMED),
        **dict.fromkeys((Channel.MESSENGER, Channel.INSTAGRAM, Channel.VIBER), _CONFIRMED | {_E.READ}),
        **dict.fromkeys((Channel.WHATSAPP, Channel.RCS), _CONFIRMED | {_E.READ, _E.UNSUBSCRIBED}),
        Channel.EMAIL: frozenset({_E.DELIVERED, _E.BOUNCED, _E.UNSUBSCRIBED}),
        Channel.BROADCAST: frozenset(),
    }
)


def choose_provider(_world: World, message: Message, _recipient: Recipient) -> tuple[str, str | None]:
    """Both environments speak with the same provider's voice: the sandbox must not read differently."""
    return GATEWAYS[message.channel].voice, None


def choose_script(world: World, message: Message, _: Recipient) -> str | None:
    """What was taken away since the message was accepted: its gateway, or the approval of its template."""
    store = world.store
    gateway = store.resources.rows.get(str(message.extras["gateway_id"]))
    if gateway is None or gateway.content["status"] == gateways.DOWN:
        return GATEWAY_DOWN
    template = message.extras.get("template")
    if template is None:
        return None
    account = store.accounts[message.account_id]
    return None if templates.is_approved(store, account, message.channel, str(template)) else TEMPLATE_PAUSED


def _on_resource(world: World, resource_id: str, step: int) -> None:
    """The only resources that wait for a moment are evaluations."""
    from emulator.dialects.tripdesk import evaluation  # noqa: PLC0415 - a send needs no evaluation

    evaluation.settle(world, resource_id, step)


POLICY = Policy(
    api=API,
    webhooks=webhooks.RULES,
    choose_provider=choose_provider,
    choose_script=choose_script,
    scripts={
        GATEWAY_DOWN: make_script(GATEWAY_DOWN, Refuse(reason=GATEWAY_DOWN)),
        TEMPLATE_PAUSED: make_script(TEMPLATE_PAUSED, Refuse(reason=TEMPLATE_PAUSED)),
        # Here a delay is a failed call, which the retries below take care of. Opens and clicks are unknown.
        "soft-then-deliver": make_script("soft-then-deliver", ServerError(), ServerError(), *DELIVER),
        "expired": make_script("expired", ServerError()),
        "open-click": make_script("open-click", *DELIVER),
    },
    # The spans are assumed; that there is a retry budget, for transient bounces too, stands on the vendor's page.
    provider_timeout=timedelta(seconds=15),
    provider_retries=(timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
    retry_soft_bounces=True,
    screening=Screening.BY_PROVIDER,
    charging=Charging(on_accept=True, refund=frozenset({_E.FAILED, _E.EXPIRED})),
    reports=REPORTS,
    # FCM reports nothing of a single message; that the app on the device does is assumed.
    own_reports={Channel.PUSH: frozenset({_E.DELIVERED})},
    announce=webhooks.announce,
    announce_inbound=announce_inbound,
    receives=receives,
    opt_outs=receives,
    suppress_on={_E.UNSUBSCRIBED: "unsubscribed"},
    normal_address=normal,
    on_resource=_on_resource,
    new_message_id=new_message_id,
    new_inbound_id=new_message_id,
    take_message=take_message,
    take_inbound=take_inbound,
)
