"""What this API chooses where the gateway offers a mechanism."""

from datetime import timedelta

from emulator.core.records import Channel, EventType, Message, Recipient
from emulator.dialects.cloudrebue.numbers import can_exist, normalise, operator_of
from emulator.dialects.cloudrebue.on_demand import is_on_demand, lacks_link
from emulator.dialects.cloudrebue.vocabulary import API, INVALID_LINK
from emulator.dialects.cloudrebue.webhooks import WEBHOOKS, announce, announce_inbound
from emulator.gateway.policy import Charging, Policy, Screening
from emulator.gateway.world import World
from emulator.providers.reasons import Reason
from emulator.providers.script import Accept, Refuse, Report, Script, make_script

MICROS_A_UNIT = 1_000_000

_HALF_A_SECOND = timedelta(milliseconds=500)
_OPERATOR_DEFAULT = "operator-default"
_INVALID_LINK = "operator-invalid-link"
_INVALID_NUMBER = "operator-invalid-number"

# Final receipt 1 s after queueing, and what a refusal looks like: assumed.
_SCRIPTS: tuple[Script, ...] = (
    make_script(
        _OPERATOR_DEFAULT,
        Accept(after=_HALF_A_SECOND),
        Report(type=EventType.DELIVERED, after=_HALF_A_SECOND),
    ),
    make_script(_INVALID_LINK, Refuse(after=_HALF_A_SECOND, reason=INVALID_LINK)),
    make_script(_INVALID_NUMBER, Refuse(after=_HALF_A_SECOND, reason=Reason.INVALID_ADDRESS)),
)

_REPORTS = frozenset(
    {EventType.SENT, EventType.DEFERRED, EventType.DELIVERED, EventType.FAILED, EventType.EXPIRED, EventType.UNCERTAIN}
)


def choose_provider(_world: World, _message: Message, recipient: Recipient) -> tuple[str, str | None]:
    """The operator of the number is the voice; accounts connect none of their own."""
    return operator_of(recipient.address), None


def choose_script(world: World, message: Message, recipient: Recipient) -> str | None:
    """What the operator does of itself: refuse a reply without a link, or a number that cannot exist."""
    if lacks_link(world, message):
        return _INVALID_LINK
    return None if can_exist(recipient.address) else _INVALID_NUMBER


def normal_address(_channel: Channel, address: str) -> str:
    """The digits of a number, with its country's; what is no number stays as it is."""
    return normalise(address) or address


POLICY = Policy(
    api=API,
    webhooks=WEBHOOKS,
    choose_provider=choose_provider,
    choose_script=choose_script,
    scripts={script.name: script for script in _SCRIPTS},
    default_script=_OPERATOR_DEFAULT,
    provider_retries=(timedelta(seconds=1), timedelta(seconds=5)),
    # Nobody is told at once that a number opted out; the operator refuses it later.
    screening=Screening.BY_PROVIDER,
    charging=Charging(on_accept=True),
    # A voice message costs one unit whatever its length (assumed); a text one for each segment.
    rates={Channel.SMS: MICROS_A_UNIT, Channel.VOICE: MICROS_A_UNIT},
    reports={Channel.SMS: _REPORTS, Channel.VOICE: _REPORTS},
    tells_each=frozenset({EventType.SENT}),
    announce=announce,
    announce_inbound=announce_inbound,
    receives=is_on_demand,
    opt_outs=is_on_demand,
    normal_address=normal_address,
)
