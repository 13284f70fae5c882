"""What an API chooses where the gateway offers a mechanism. A dialect fills one in; the gateway reads it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from emulator.core import conversations
from emulator.core.errors import Json
from emulator.core.lifecycle import COMMON, Lifecycle
from emulator.core.outbox import Announcement, WebhookRules
from emulator.core.records import Channel, Event, EventType, InboundMessage, Message, Recipient, Record
from emulator.providers.script import Script

if TYPE_CHECKING:
    from emulator.gateway.world import World


class Screening(StrEnum):
    """When a suppressed recipient is found out."""

    AT_SEND = "at_send"  # the request is refused
    AT_HANDOVER = "at_handover"  # accepted; the recipient ends suppressed, no provider is called
    BY_PROVIDER = "by_provider"  # accepted; the provider refuses it


class Charging(Record, frozen=True, kw_only=True):
    """What an accepted recipient costs, and when a hold on it ends.

    Events that are in none of the sets move no money. `on_accept` takes the money at once instead of holding it.
    """

    on_accept: bool = False
    capture: frozenset[EventType] = frozenset()
    release: frozenset[EventType] = frozenset()
    refund: frozenset[EventType] = frozenset()


_NO_SCRIPTS: Mapping[str, Script] = MappingProxyType({})
_NO_VALIDITY: Mapping[Channel, timedelta] = MappingProxyType({})
_NO_RATES: Mapping[Channel, int] = MappingProxyType({})
_NO_REPORTS: Mapping[Channel, frozenset[EventType]] = MappingProxyType({})
_NO_SUPPRESSIONS: Mapping[EventType, str] = MappingProxyType({})


def _nothing(*_: object) -> Iterable[Announcement]:
    return ()


def _none(*_: object) -> None:
    return None


def _uuid(world: "World") -> str:
    return world.ids.uuid("message")


def _uuid_of_inbound(world: "World") -> str:
    return world.ids.uuid("inbound")


def _into_conversation(world: "World", message: InboundMessage) -> InboundMessage:
    return conversations.assign(world.store, world.ids, message)


def _as_written(_channel: Channel, address: str) -> str:
    return address


def _never(*_: object) -> bool:
    return False


class Policy(Record, frozen=True, kw_only=True):
    """One API's choices.

    `choose_provider` gives the name of the provider's voice and the id of the account's connection, if it has one.
    `choose_script` names a script that the account's own state calls for (an unverified sender, say), before magic
    recipients and `default_script` are looked at; `scripts` are those that the catalogue does not have.
    An accepted message waits `pick_up_after`, then its provider is given `provider_timeout` to answer and is called
    again after each of `provider_retries`. `rates` are micros a segment, or a message on channels without segments.
    `reports` are the events that can be reported on a channel, `own_reports` those of them that the API's own software
    at the person's end reports where the provider has no such report. `announce` and `announce_inbound` turn what
    happened into what customers are told; a status is told once, one of `tells_each` at each event. `receives` and
    `opt_outs` tell whether a person can write back to an account's sender, and whether a STOP to it enters a
    suppression; both get (world, account id, channel, sender). `normal_address` is the form in which the API keeps
    addresses.
    `suppress_on` maps an event to the suppression that it enters (of bounces, the hard ones); `soft_bounces` within
    `soft_bounce_window` count as a hard one, and so does an expiry that is named, on a channel that bounces.
    `held_back` says of a message why the API itself keeps it from everybody; other blocked recipients have opted out,
    which is the `opt_out_reason`.
    `on_resource` is what a timer of the kind `resource` does, with the resource's id and the timer's step;
    `on_conversation` the same for a timer of the kind `conversation`.

    `new_message_id` and `new_inbound_id` give ids in the API's form. `take_message` is the last to see a message before
    it is written, when nothing can refuse it any more: contacts and conversations are made there. `take_inbound` is the
    same for a message from a person. `on_event` sees each event of a recipient once it is written and before anybody is
    told. `charging_of` chooses by message what ends a hold, where `charging` does not hold for all; whether the money
    is taken at once is said by `charging` alone.
    `default_validity` ends a message whose caller gave no validity; on a channel that it does not name no message
    expires by our clock, only by a provider's report. `retry_soft_bounces` calls the provider again for a temporary
    bounce, within `provider_retries`; with `waits_out_soft_bounces` the provider itself goes on trying. Either way the
    bounce leaves status and money alone.
    `first_suggestion` finds in a message what a person may tap, in the form in which `take_inbound` gets it as
    `rich["suggestion"]`; None if there is nothing to tap.
    """

    api: str
    webhooks: WebhookRules
    choose_provider: Callable[["World", Message, Recipient], tuple[str, str | None]]
    choose_script: Callable[["World", Message, Recipient], str | None] = _none
    scripts: Mapping[str, Script] = _NO_SCRIPTS
    default_script: str = "deliver"
    pick_up_after: timedelta = timedelta(milliseconds=50)
    provider_timeout: timedelta = timedelta(seconds=15)
    provider_retries: tuple[timedelta, ...] = (timedelta(seconds=1), timedelta(seconds=5))
    lifecycle: Lifecycle = COMMON
    screening: Screening = Screening.AT_HANDOVER
    charging: Charging | None = None
    charging_of: Callable[[Message], Charging] | None = None
    rates: Mapping[Channel, int] = _NO_RATES
    reports: Mapping[Channel, frozenset[EventType]] = _NO_REPORTS
    own_reports: Mapping[Channel, frozenset[EventType]] = _NO_REPORTS
    announce: Callable[["World", Message, Recipient, Event], Iterable[Announcement]] = _nothing
    tells_each: frozenset[EventType] = frozenset()
    announce_inbound: Callable[["World", InboundMessage], Iterable[Announcement]] = _nothing
    receives: Callable[["World", str, Channel, str | None], bool] = _never
    opt_outs: Callable[["World", str, Channel, str | None], bool] = _never
    suppress_on: Mapping[EventType, str] = _NO_SUPPRESSIONS
    normal_address: Callable[[Channel, str], str] = _as_written
    opt_out_reason: str = "unsubscribed"
    held_back: Callable[[Message], str | None] = _none
    soft_bounces: int | None = None
    soft_bounce_window: timedelta = timedelta(days=7)
    on_resource: Callable[["World", str, int], None] = _none
    on_conversation: Callable[["World", str, int], None] = _none
    new_message_id: Callable[["World"], str] = _uuid
    new_inbound_id: Callable[["World"], str] = _uuid_of_inbound
    take_message: Callable[["World", Message], Message] | None = None
    take_inbound: Callable[["World", InboundMessage], InboundMessage] = _into_conversation
    on_event: Callable[["World", Message, Recipient, Event], None] | None = None
    default_validity: Mapping[Channel, timedelta] = _NO_VALIDITY
    retry_soft_bounces: bool = False
    waits_out_soft_bounces: bool = False
    first_suggestion: Callable[[Message], Json] = _none
