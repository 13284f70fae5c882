"""Which fault touches a call."""

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import parse_qsl

import msgspec

from emulator.core.errors import Json, MessagingError
from emulator.core.failures import Fault, FaultKind
from emulator.core.patterns import Pattern, fits
from emulator.core.records import Channel
from emulator.gateway import faults
from emulator.gateway.scoping import is_address
from emulator.gateway.timers import EndlessLoop, catch_up
from emulator.server.dialect import Call

# Longer texts, and those with spaces, are no addresses.
_LONGEST_ADDRESS = 320


def choose(call: Call) -> Fault | None:
    """The fault that touches a call, if one does. Timers that are due run first, as faults have their times.

    The call then has its operation, unless there is none.
    """
    try:
        catch_up(call.world)
    except EndlessLoop:
        return None  # the pipeline meets it again, and says so
    with suppress(MessagingError):
        call.find_operation()
    return faults.first_in_turn(call.world, lambda fault: isinstance(fault.kind, FaultKind) and _touches(fault, call))


def _touches(fault: Fault, call: Call) -> bool:
    scope = fault.scope
    return (
        fits(scope.api, call.dialect.name)
        and (scope.operation is None or (call.operation_id != "" and fits(scope.operation, call.operation_id)))
        and (scope.credential is None or _is_credential(scope.credential, call))
        and (scope.recipient is None or _names_recipient(scope.recipient, call))
    )


def _is_credential(pattern: Pattern, call: Call) -> bool:
    """Whether a call shows a credential, by its id, its name or itself."""
    token = call.dialect.find_token(call.headers)
    if token is None:
        return False
    credential = call.world.store.credentials_by_token.get((call.dialect.name, token))
    if credential is None:
        return fits(pattern, token)
    return fits(pattern, credential.id, credential.name, token)


def _names_recipient(pattern: Pattern, call: Call) -> bool:
    """Whether an address stands anywhere in what is asked: each API has its own place for it."""
    world, api = call.world, call.dialect.name
    return any(
        is_address(world, pattern, api, Channel.EMAIL if "@" in text else Channel.SMS, text) for text in _words(call)
    )


def _words(call: Call) -> Iterator[str]:
    """What could be an address: texts and numbers of the body, of the query and of the path."""
    texts: list[str] = [*call.parameters.values()]
    texts.extend(value for _, value in parse_qsl(call.raw_query.decode("latin-1")))
    try:
        texts.extend(_texts(msgspec.json.decode(call.raw_body)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        texts.extend(value for _, value in parse_qsl(call.raw_body.decode("latin-1")))
    for text in texts:
        # Some APIs take several addresses in one text.
        for word in (text, *text.split(",")) if "," in text else (text,):
            plain = word.strip()
            if 0 < len(plain) <= _LONGEST_ADDRESS and " " not in plain:
                yield plain


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
