"""What this API chooses where the gateway offers a mechanism."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import cast

from emulator.core.errors import Json
from emulator.core.lifecycle import Lifecycle
from emulator.core.records import Channel, EventType, Message, Recipient, Status
from emulator.dialects.bird import connectors, people, webhooks
from emulator.dialects.bird.bodies import carries
from emulator.dialects.bird.channels import channel_at, platform_of, sends_mms
from emulator.dialects.bird.failures import INVALID_ENTRY, UNSUPPORTED_TYPE
from emulator.dialects.bird.holding_back import ENFORCE_WINDOW, NO_BALANCE
from emulator.dialects.bird.vocabulary import API, MEDIA_BODIES, PLATFORM_OF_CHANNEL, PLATFORMS, SMS
from emulator.gateway.policy import Policy, Screening
from emulator.gateway.world import World
from emulator.providers.reasons import Reason
from emulator.providers.script import Accept, Refuse, Report, Script, make_script

_PICKED_UP_AFTER = timedelta(milliseconds=50)

_USUAL, _SKIPPED, _OUT_OF_MONEY, _CLOSED = "bird-usual", "bird-skipped", "bird-no-balance", "bird-window-closed"

# The usual times: assumed.
_SCRIPTS: tuple[Script, ...] = (
    make_script(
        _USUAL,
        Accept(after=_PICKED_UP_AFTER),
        Report(type=EventType.DELIVERED, after=timedelta(milliseconds=100)),
    ),
    make_script(INVALID_ENTRY, Refuse(after=_PICKED_UP_AFTER, reason=INVALID_ENTRY)),
    make_script(UNSUPPORTED_TYPE, Refuse(after=_PICKED_UP_AFTER, reason=UNSUPPORTED_TYPE)),
    make_script(_OUT_OF_MONEY, Refuse(after=_PICKED_UP_AFTER, reason=Reason.INSUFFICIENT_CREDIT)),
    make_script(_CLOSED, Refuse(after=_PICKED_UP_AFTER, reason=Reason.WINDOW_CLOSED)),
    make_script(_SKIPPED, Refuse(reason=Reason.BLOCKED), blocks=True),
)

_E, _S = EventType, Status
_ENDS = frozenset({_E.DELIVERED, _E.FAILED, _E.EXPIRED})
_REPORTS: Mapping[Channel, frozenset[EventType]] = MappingProxyType(
    {
        **{platform.channel: _ENDS for platform in PLATFORMS.values()},
        Channel.SMS: _ENDS | {_E.DEFERRED},
        Channel.EMAIL: _ENDS | {_E.DEFERRED, _E.BOUNCED, _E.OPENED, _E.CLICKED, _E.COMPLAINED, _E.UNSUBSCRIBED},
        Channel.WHATSAPP: _ENDS | {_E.READ, _E.CLICKED, _E.UNSUBSCRIBED},
        **{
            channel: _ENDS | {_E.READ, _E.CLICKED}
            for channel in (Channel.FACEBOOK, Channel.INSTAGRAM, Channel.TELEGRAM, Channel.LINE)
        },
    }
)

# What is read was delivered: reading is an interaction here, and no status.
_LIFECYCLE: Lifecycle = MappingProxyType(
    {
        _S.SCHEDULED: frozenset({_S.QUEUED, _S.SENDING, _S.SUPPRESSED, _S.EXPIRED, _S.CANCELED}),
        _S.QUEUED: frozenset({_S.SENDING, _S.SUPPRESSED, _S.FAILED, _S.EXPIRED}),
        _S.SENDING: frozenset({_S.SENT, _S.DELIVERED, _S.FAILED, _S.BOUNCED, _S.EXPIRED}),
        _S.SENT: frozenset({_S.DELIVERED, _S.FAILED, _S.BOUNCED, _S.EXPIRED}),
    }
)


def choose_provider(_world: World, message: Message, _recipient: Recipient) -> tuple[str, str | None]:
    """The platform of the channel speaks; workspaces connect no providers of their own."""
    return PLATFORMS[PLATFORM_OF_CHANNEL[message.channel]].voice, None


def choose_script(world: World, message: Message, recipient: Recipient) -> str | None:
    """What the message, the channel or the workspace calls for, whatever the recipient's own."""
    if "rejection" in message.extras:
        return INVALID_ENTRY
    if "skip" in message.extras:
        return _SKIPPED
    if not _carries(world, message):
        return UNSUPPORTED_TYPE
    settings = world.store.accounts.rows[message.account_id].extras
    return _chosen_by_workspace(world, settings, message, recipient) if settings else None


def _chosen_by_workspace(
    world: World, settings: Mapping[str, Json], message: Message, recipient: Recipient
) -> str | None:
    if settings.get(NO_BALANCE) is True:
        return _OUT_OF_MONEY
    if settings.get(ENFORCE_WINDOW) is True and _is_closed(world, message, recipient):
        return _CLOSED
    return None


def _carries(world: World, message: Message) -> bool:
    """Whether the channel can carry the body; a template is its own affair."""
    body = message.extras.get("body")
    if not isinstance(body, dict):
        return True
    platform_id = PLATFORM_OF_CHANNEL[message.channel]
    if body["type"] in MEDIA_BODIES and platform_id == SMS:
        channel = channel_at(world.store, message.account_id, message.channel, message.sender)
        if channel is None or not sends_mms(channel):
            return False
    return carries(platform_id, body)


def _is_closed(world: World, message: Message, recipient: Recipient) -> bool:
    """Whether only a template could be sent on WhatsApp now."""
    if message.channel is not Channel.WHATSAPP or "template" in message.extras:
        return False
    ends_at = people.window_ends_at(world, message.account_id, message.sender, recipient.address)
    return ends_at is None or ends_at <= world.clock.now


def receives(world: World, account_id: str, channel: Channel, sender: str | None) -> bool:
    """Whether people can write to a channel: to an active one, of a platform that has a name for it."""
    found = channel_at(world.store, account_id, channel, sender)
    return found is not None and found.content["status"] == "active" and bool(platform_of(found).event)


def normal_address(channel: Channel, address: str) -> str:
    """E-mail addresses are compared in lower case; the rest stays as it is."""
    return address.lower() if channel is Channel.EMAIL else address


def _held_back(message: Message) -> str | None:
    """Why a message is skipped, as its `details` say; None if it is not."""
    return cast("str | None", message.extras.get("skip"))


POLICY = Policy(
    api=API,
    webhooks=webhooks.RULES,
    choose_provider=choose_provider,
    choose_script=choose_script,
    scripts=MappingProxyType({script.name: script for script in _SCRIPTS}),
    default_script=_USUAL,
    pick_up_after=_PICKED_UP_AFTER,
    lifecycle=_LIFECYCLE,
    screening=Screening.AT_HANDOVER,
    held_back=_held_back,
    reports=_REPORTS,
    announce=webhooks.announce,
    announce_inbound=webhooks.announce_inbound,
    on_resource=connectors.finish,
    receives=receives,
    opt_outs=receives,
    suppress_on=MappingProxyType({EventType.UNSUBSCRIBED: "unsubscribed"}),
    normal_address=normal_address,
    take_inbound=people.take_inbound,
)
