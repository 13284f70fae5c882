"""What keeps a workspace from sending: settings of its own, which the vendor's dashboard has.

A message that is held back is accepted, and ends `skipped`. All of it is assumed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from emulator.core.errors import Json
from emulator.core.records import Account
from emulator.dialects.bird import contacts
from emulator.dialects.bird.auth import BEARER
from emulator.dialects.bird.parse import BOTH_CONTENTS
from emulator.dialects.bird.people import messages_of_late
from emulator.gateway.sending import SendRequest
from emulator.gateway.world import World

QUIET_HOURS, FREQUENCY_CAP, HOLDOUT = "quiet_hours", "frequency_cap", "global_holdout"
ENFORCE_WINDOW, NO_BALANCE = "enforce_service_window", "no_balance"

_REASONS = frozenset({QUIET_HOURS, FREQUENCY_CAP, HOLDOUT})

_HOUR = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_DAY = timedelta(days=1)

SETTINGS: Mapping[str, Mapping[str, Json]] = MappingProxyType(
    {
        BEARER: {"description": "Whether `Bearer <access key>` is taken as well; true by default.", "type": "boolean"},
        BOTH_CONTENTS: {"description": "Whether `body` and `template` are taken together.", "type": "boolean"},
        ENFORCE_WINDOW: {
            "description": "Whether WhatsApp refuses anything but templates outside the service window.",
            "type": "boolean",
        },
        NO_BALANCE: {"description": "Whether the account is out of money, so that nothing is sent.", "type": "boolean"},
        QUIET_HOURS: {
            "description": "Hours in UTC in which messages are skipped, unless they ignore quiet hours.",
            "type": ["object", "null"],
            "required": ["from", "to"],
            "additionalProperties": False,
            "properties": {"from": dict[str, Json](_HOUR), "to": dict[str, Json](_HOUR)},
        },
        FREQUENCY_CAP: {
            "description": "How many messages with `capFrequency` a contact gets within 24 hours.",
            "type": ["integer", "null"],
            "minimum": 0,
        },
        HOLDOUT: {
            "description": "Addresses that get nothing, unless a message ignores the global holdout.",
            "type": "array",
            "items": {"type": "string"},
        },
    }
)
"""What can be chosen for a workspace; each is a member of its `extras`."""


def skip_reason(world: World, account: Account, asked: Mapping[str, Json], request: SendRequest) -> str | None:
    """Why a message will be skipped, as a slug; None if it will not."""
    settings = account.extras
    if _REASONS.isdisjoint(settings):
        return None
    hours, held_out, cap = settings.get(QUIET_HOURS), settings.get(HOLDOUT), settings.get(FREQUENCY_CAP)
    if isinstance(hours, dict) and not asked.get("ignoreQuietHours"):
        moment = request.scheduled_at or world.clock.now
        if _are_quiet(hours, moment):
            return "quiet_hours"
    if (
        isinstance(held_out, list)
        and not asked.get("ignoreGlobalHoldout")
        and any(each in held_out for each in request.addresses)
    ):
        return "global_holdout"
    if isinstance(cap, int) and asked.get("capFrequency") and _had_enough(world, account, request, cap):
        return "frequency_cap"
    return None


def _are_quiet(hours: Mapping[str, Json], moment: datetime) -> bool:
    begin, end, now = str(hours["from"]), str(hours["to"]), f"{moment:%H:%M}"
    return begin <= now < end if begin <= end else now >= begin or now < end


def _had_enough(world: World, account: Account, request: SendRequest, cap: int) -> bool:
    listed = request.extras["contacts"]
    for each in listed if isinstance(listed, list) else ():
        assert isinstance(each, dict)
        known = contacts.find(world.store, account.id, str(each["identifierKey"]), str(each["identifierValue"]))
        if known is not None and messages_of_late(world, known.id, _DAY) >= cap:
            return True
    return cap == 0
