"""What happens when a call is made again: a read changes nothing, a repetition gives the first answer, once."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from emulator.harness.contracts.conventions import paging, replay_headers
from emulator.harness.contracts.exchange import Exchange
from emulator.harness.contracts.library import Call, as_members

_CONFLICTS = (409, 422)


def idempotent_replay(exchange: Exchange) -> None:
    """The same call with the same key gives the first answer again, says so, and does nothing twice."""
    scene, operation = exchange.scene, exchange.operation
    if not exchange.is_ok or not scene.freshness.places(operation) or not scene.may("idempotent_replay", operation):
        return
    first = exchange.ask(exchange.derive(_with_key(exchange, scene.freshness.key())))
    if not first.is_ok:
        # The state is another one by now, as with what can only be done once.
        return
    scene.count("idempotent_replay", operation)
    before = _sibling_list(first)
    again = first.ask(first.derive())
    if again.status != first.status:
        again.fail("A repetition gets another status", f"first {first.status}, then {again.said()}")
    if (again.json(), again.response.content == b"") != (first.json(), first.response.content == b""):
        again.fail("A repetition gets another answer", f"first {first.said()}\nthen {again.said()}")
    for name in replay_headers(scene.document, operation):
        if first.header(name) is not None:
            first.fail("A first call is called a repetition", f"{name}: {first.header(name)}")
        if again.header(name) is None:
            again.fail("A repetition does not say that it is one", f"{name} is missing")
    after = _sibling_list(first)
    if before != after:
        again.fail("A repetition is done twice", "the list of what there is differs before and after it")


def idempotent_conflict(exchange: Exchange) -> None:
    """Another call with a used key is refused with 409 or 422."""
    scene, operation = exchange.scene, exchange.operation
    body = as_members(exchange.case.body)
    if not exchange.is_ok or not scene.freshness.places(operation) or body is None:
        return
    # The body of an earlier call that was good as well: only the key can be what is wrong with it.
    kept = scene.kept.setdefault("bodies", {})
    earlier = kept.get(operation.label)
    kept[operation.label] = deepcopy(_without_key(exchange, body))
    if earlier is None or earlier == kept[operation.label] or not scene.may("idempotent_conflict", operation):
        return
    key = scene.freshness.key()
    first = exchange.ask(exchange.derive(_with_key(exchange, key)))
    if not first.is_ok:
        return
    scene.count("idempotent_conflict", operation)
    other = exchange.derive()
    other.body = deepcopy(earlier)
    scene.freshness.put_key(operation, other, key)
    second = exchange.ask(other)
    if second.status not in _CONFLICTS:
        second.fail("A used key is taken for another call", f"expected 409 or 422: {second.said()}")


def reading_changes_nothing(exchange: Exchange) -> None:
    """Reading twice gives the same twice."""
    scene, operation = exchange.scene, exchange.operation
    if operation.method != "get" or not exchange.is_ok or not scene.may("reading_changes_nothing", operation):
        return
    first_time = exchange.json()
    if first_time is None:
        return
    scene.count("reading_changes_nothing", operation)
    again = exchange.ask(exchange.derive())
    if again.status != exchange.status:
        again.fail("A second reading gets another status", f"first {exchange.status}, then {again.said()}")
    if again.json() != first_time:
        again.fail("A second reading shows something else", f"first {exchange.said()}\nthen {again.said()}")


def _with_key(exchange: Exchange, key: str) -> Callable[[Call], None]:
    def change(case: Call) -> None:
        case.body = deepcopy(case.body)
        exchange.scene.freshness.put_key(exchange.operation, case, key)

    return change


def _without_key(exchange: Exchange, body: dict[str, Any]) -> dict[str, Any]:
    names = {name for place in exchange.scene.freshness.places(exchange.operation) for name in place.names}
    return {name: value for name, value in body.items() if name not in names}


def _sibling_list(exchange: Exchange) -> object:
    """What the list at the same path shows, if there is one."""
    scene = exchange.scene
    sibling = scene.document.operations.get(f"GET {exchange.operation.path}")
    if sibling is None:
        return None
    how = paging(scene.document, sibling)
    listing = exchange.case.operation.schema[sibling.path]["GET"].Case(
        path_parameters=dict(exchange.case.path_parameters),
        headers=scene.keyring.headers(sibling) or {},
        query={how.limit: min(how.most, 100)} if how is not None else {},
    )
    shown = exchange.ask(listing)
    return shown.json() if shown.is_ok else None
