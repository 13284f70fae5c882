"""The words of a script: what may stand in a step, and what people may write instead of them."""

from collections.abc import Mapping
from types import MappingProxyType

from emulator.providers.reasons import Reason

SAID = ("reason", "code", "diagnostic")
_HOW = ("duplicate", "reorder", "late", "wrong_id")

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "report": ("kind", *SAID, *_HOW),
        "reply": (),
        "status": ("retry_after", *SAID),
        "timeout": (),
        "silent": (),
        "either": (),
        "accept": (),
        "refuse": ("code", "diagnostic"),
        "defer": (*SAID, *_HOW),
        "rate_limit": (),
        "reset": (),
        "garbage": (),
        "accept_then_drop": (),
        "tap": (),
    }
)
"""The words of a step, and what may stand beside each of them and `after`."""

BESIDE = tuple(dict.fromkeys(name for names in WORDS.values() for name in names))
"""All that stands beside some word."""

SPOKEN: Mapping[str, str] = {
    "deliver": "delivered",
    "delivered": "delivered",
    "bounce": "bounced",
    "bounced": "bounced",
    "fail": "failed",
    "failed": "failed",
    "read": "read",
    "open": "opened",
    "click": "clicked",
    "complain": "complained",
    "unsubscribe": "unsubscribed",
    "expire": "expired",
    "sent": "sent",
}
"""What people may write for a report -> the report."""

REASON_OF_STATUS: Mapping[int, Reason] = MappingProxyType(
    {
        401: Reason.UNAUTHORISED,
        402: Reason.INSUFFICIENT_CREDIT,
        403: Reason.BLOCKED,
        404: Reason.UNKNOWN_SUBSCRIBER,
        406: Reason.BLOCKED,
    }
)
"""Why a recipient is refused with a status, unless the step says it."""
