"""The kinds of steps: one function each, and the table that names them. A test holds it against the schema.

A function gets the play, the step's value with its variables filled in, and the variables, to which it adds what the
step captures. It raises `Failed` or `Skipped`.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from emulator.stories.play import Play, Scope
from emulator.stories.steps import calls, messages, money, timing, webhooks

StepFunction = Callable[[Play, Any, Scope], Awaitable[None]]

STEPS: Mapping[str, StepFunction] = MappingProxyType(
    {
        "call": calls.call,
        "request": calls.request,
        "advance": timing.advance,
        "await": messages.await_message,
        "inbound": messages.inbound,
        "receipt": messages.receipt,
        "webhook": webhooks.webhook,
        "wallet": money.wallet,
        "timeline": messages.timeline,
        "suppression": money.suppression,
        "attempts": webhooks.attempts,
        "snapshot": timing.snapshot,
        "restore": timing.restore,
    }
)
