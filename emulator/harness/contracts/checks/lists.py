# pyright: basic, reportDeprecated=false
"""Lists that are read page by page."""

from typing import TYPE_CHECKING, Any

from emulator.harness.contracts.conventions import Paging, paging
from emulator.harness.contracts.exchange import Exchange

if TYPE_CHECKING:
    from schemathesis import Case

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
    if len(items) < _ENOUGH:
        return
    scene.count("each_item_once", operation)
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
        if how.next is not None:
            following = (page.json() or {}).get(how.next)
            if following in (None, "") or (following == onward and not found):
                break
            onward = following
        elif not found:
            break
        else:
            onward += len(found)
    _compare(whole, items, seen)


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


def _page(how: Paging, *, size: int, onward: object = None) -> "Any":  # noqa: ANN401 - a change of a case
    def change(case: "Case[Any]") -> None:
        # Without filters: what they let through is nothing that paging is about.
        case.query = {how.limit: size}
        if onward is not None:
            case.query[how.onward] = onward

    return change


def _items(exchange: Exchange, how: Paging) -> list[object]:
    body = exchange.json()
    found: list[Any] = body.get(how.items) or [] if isinstance(body, dict) else []
    return [item.get(how.id) if how.id is not None and isinstance(item, dict) else item for item in found]
