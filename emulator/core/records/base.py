"""What all records share."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from emulator.core.errors import Json

EMPTY: Mapping[str, Json] = MappingProxyType({})


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all records share: frozen, keyword-only, unseen by the garbage collector."""


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    RCS = "rcs"
    VOICE = "voice"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    TELEGRAM = "telegram"
    VIBER = "viber"
    LINE = "line"
    WEBCHAT = "webchat"
    BROADCAST = "broadcast"  # one message to an audience; nobody confirms it
