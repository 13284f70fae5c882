"""Lists that are read page by page."""

from collections.abc import Callable
from typing import Any

from emulator.harness.contracts.conventions import Paging, paging
from emulator.harness.contracts.exchange import Exchange
from emulator.harness.contracts.library import Call, as_members

_PAGE = 2
_ENOUGH = 3
_MOST_PAGES = 60


def each_item_once(exchange: Exchange) -> None:
    """Read in pages of two, a list shows each of its elements once, in the order of the whole list."""
    scene, operation = exchange.scene, exchange.operation
    how = paging(scene.document, operation) if exchange.is_ok else None
    if how is None or not scene.may("each_item_once", operation):
        return
    whole = exchange.ask(exchange.derive(_page(how, size=min(how.most, 100))))
    items = _items(whole, how)
    if len(items) >= _ENOUGH:
        scene.count("each_item_once", operation)
        _compare(whole, items, _in_pages(exchange, how))


def _in_pages(exchange: Exchange, how: Paging) -> list[object]:
    """Every element, read page by page; each page must be one, and show nothing that came before."""
    seen: list[object] = []
    onward: Any = None if how.next is not None else 0
    for _ in range(_MOST_PAGES):
        page = exchange.ask(exchange.derive(_page(how, size=_PAGE, onward=onward)))
        if not page.is_ok:
            page.fail("A page cannot be read", f"after {len(seen)} elements: {page.said()}")
        found = _items(page, how)
        if len(found) > _PAGE:
            page.fail("A page is longer than asked for", f"{len(found)} elements in place of {_PAGE}")
        twice = [item for item in found if item in seen]
        if twice:
            page.fail("A list shows an element twice", f"{twice[0]} came before")
        seen += found
        following = _following(page, how, onward, len(found))
        if following in (None, "") or (following == onward and not found):
            break
        onward = following
    return seen


def _following(page: Exchange, how: Paging, onward: Any, found: int) -> Any:  # noqa: ANN401 - a value of the API's own
    """What leads to the next page; None after the last one."""
    if how.next is not None:
        return page.members().get(how.next)
    return onward + found if found else None


def _compare(whole: Exchange, items: list[object], seen: list[object]) -> None:
    """Hold what came in pages against the whole list; both may be cut off at their end."""
    was_cut = len(seen) >= _MOST_PAGES * _PAGE
    missing = [item for item in (items[: len(seen)] if was_cut else items) if item not in seen]
    if missing:
        whole.fail(
            "A list leaves elements out",
            f"in pages of {_PAGE} {len(missing)} of {len(items)} do not come, as {missing[0]}",
        )
    if seen[: len(items)] != items[: len(seen)]:
        whole.fail("A list has another order in pages", f"in pages {seen[:6]}, whole {items[:6]}")


def _page(how: Paging, *, size: int, onward: object = None) -> Callable[[Call], None]:
    def change(case: Call) -> None:
        # Without filters: what they let through is nothing that paging is about.
        case.query = {how.limit: size}
        if onward is not None:
            case.query[how.onward] = onward

    return change


def _items(exchange: Exchange, how: Paging) -> list[object]:
    found: list[Any] = exchange.members().get(how.items) or []
    return [_id(item, how.id) for item in found]


def _id(item: object, name: str | None) -> object:
    members = as_members(item)
    return members.get(name) if name is not None and members is not None else item
