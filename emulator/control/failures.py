"""What goes wrong on purpose: provider rules and faults, entered, listed, withdrawn."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from emulator.control.call import ControlCall
from emulator.control.problems import BadInput, Impossible
from emulator.core.errors import Json
from emulator.core.failures import Fault, ProviderRule
from emulator.core.moments import iso_milliseconds
from emulator.failures import Known, Unusable, read_faults, read_rules
from emulator.failures.members import spoken
from emulator.gateway import faults, rules
from emulator.server.dialect import Reply, json_reply
from emulator.server.knowing import known_in
from emulator.server.stages import read_json


def list_rules(call: ControlCall) -> Reply:
    """The rules in force, the newest first, which is the order in which they are looked at."""
    return json_reply(200, {"rules": [_rule(rule) for rule in rules.in_force(call.world)]})


def create_rules(call: ControlCall) -> Reply:
    """Enter one rule or a list; all of them or none."""
    drafts = _read(call, read_rules)
    return json_reply(201, {"rules": [_rule(rules.enter(call.world, draft)) for draft in drafts]})


def delete_rules(call: ControlCall) -> Reply:
    """Withdraw all rules."""
    for rule in rules.in_force(call.world):
        rules.withdraw(call.world, rule.id)
    return Reply(204, content_type=None)


def delete_rule(call: ControlCall) -> Reply:
    """Withdraw one rule. Raises `NotFound`."""
    rules.withdraw(call.world, call.parameters["id"])
    return Reply(204, content_type=None)


def list_faults(call: ControlCall) -> Reply:
    """The faults, the newest first, which is the order in which they are looked at."""
    return json_reply(200, {"faults": [_fault(fault) for fault in faults.newest_first(call.world)]})


def create_faults(call: ControlCall) -> Reply:
    """Enter one fault or a list; all of them or none."""
    drafts = _read(call, read_faults)
    return json_reply(201, {"faults": [_fault(faults.enter(call.world, draft)) for draft in drafts]})


def delete_faults(call: ControlCall) -> Reply:
    """Withdraw all faults."""
    for fault in faults.newest_first(call.world):
        faults.withdraw(call.world, fault.id)
    return Reply(204, content_type=None)


def delete_fault(call: ControlCall) -> Reply:
    """Withdraw one fault. Raises `NotFound`."""
    faults.withdraw(call.world, call.parameters["id"])
    return Reply(204, content_type=None)


@contextmanager
def refusing_unusable(*below: str) -> Generator[None]:
    """Say what cannot be used as the control API does; paths begin with `below`.

    Raises `BadInput`, and `Impossible` for what there is not.
    """
    try:
        yield
    except Unusable as error:
        name = spoken((*below, *error.path))
        if error.is_conflict:
            raise Impossible(f"{name}: {error.detail}." if name else error.detail) from None
        raise BadInput("body", name, error.detail) from None


def _read(call: ControlCall, read: Callable[[Json, Known], list[Any]]) -> list[Any]:
    with refusing_unusable():
        return read(read_json(call.raw_body), known_in(call.world, call.server.apis.values()))


def _rule(rule: ProviderRule) -> dict[str, Json]:
    return {**_entered(rule), "match": rule.written.get("match", {}), "script": rule.written["script"]}


def _fault(fault: Fault) -> dict[str, Json]:
    """A fault as it was written; what goes wrong always stands in `fault`."""
    written = dict(fault.written)
    if "fault" not in written:
        word = next(name for name in ("webhook", fault.kind.value) if name in written)
        written["fault"] = {word: written.pop(word)}
    return {**_entered(fault), **written}


def _entered(entered: ProviderRule | Fault) -> dict[str, Json]:
    common: Mapping[str, Json] = {
        "id": entered.id,
        "name": entered.name,
        "created_at": iso_milliseconds(entered.created_at),
        "seen": entered.seen,
        "used": entered.used,
    }
    times = entered.times if isinstance(entered, ProviderRule) else entered.scope.times
    return {**common, "times": times}
