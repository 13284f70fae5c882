"""Phone numbers, bought and released in the vendor's dashboard although nothing can be sent from them yet.

A number is a `Resource` of the kind `phone-number`; its content has `number`, `type`, `status` (`ACTIVE` or
`RELEASED`), `price` as text, and `released_at`.

Source: Arowana documentation, the messages overview, read 2026-11: numbers of the types Mobile and Landline can be
bought. Its page on SMS, which has the prices, is not public: what one costs, once, is assumed.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from emulator.core import wallet
from emulator.core.errors import Json, NotFound
from emulator.core.moments import iso_seconds
from emulator.core.pricing import decimal_text
from emulator.core.records import Account, Resource
from emulator.dialects.arowana import topups
from emulator.gateway.world import World
from emulator.server.editing import Field, Kind, Members, Thing

NUMBER = "phone-number"

PRICES_MICROS: Mapping[str, int] = {"Mobile": 5_000_000, "Landline": 3_000_000}

_PREFIXES = {"Mobile": "+49151", "Landline": "+4930"}
_RELEASE = "Release"


def _find(world: World, account: Account, id: str) -> Resource:
    found = world.store.resources.get(id)
    if found is None or found.account_id != account.id or found.kind != NUMBER:
        raise NotFound("phone number", id)
    return found


def _show(world: World, account: Account, id: str) -> Thing:
    number = _find(world, account, id)
    content = number.content
    return Thing(
        id=id,
        title=str(content["number"]),
        status=str(content["status"]),
        members={"type": content["type"]},
        facts={
            "Number": content["number"],
            "Price": f"{content['price']} {account.currency}",
            "Bought": iso_seconds(number.created_at),
            "Released": content["released_at"],
        },
        steps=(_RELEASE,) if content["status"] == "ACTIVE" else (),
    )


def _buy(world: World, account: Account, members: Members) -> str:
    """Take the price, and give a number. Raises `InsufficientFunds`."""
    type, id = str(members["type"]), f"pn_{world.ids.hex('phone number id', 32)}"
    price = PRICES_MICROS[type]
    wallet.charge(world.store, world.ids, account.id, price, subject=id, at=world.clock.now)
    content: dict[str, Json] = {
        "number": f"{_PREFIXES[type]}{world.ids.digits('phone number', 8)}",
        "type": type,
        "status": "ACTIVE",
        "price": decimal_text(price),
        "released_at": None,
    }
    world.store.resources.put(
        Resource(id=id, account_id=account.id, kind=NUMBER, created_at=world.clock.now, content=content)
    )
    topups.after_balance_change(world, account.id)
    return id


def _release(world: World, account: Account, id: str) -> None:
    number = _find(world, account, id)
    content: dict[str, Json] = {**number.content, "status": "RELEASED", "released_at": iso_seconds(world.clock.now)}
    world.store.resources.put(replace(number, content=content))


KIND = Kind(
    name="numbers",
    one="phone number",
    title="Phone numbers",
    hint="A number costs {Mobile} EUR (Mobile) or {Landline} EUR (Landline), once; these prices are assumed.".format(
        **{type: decimal_text(price) for type, price in PRICES_MICROS.items()}
    ),
    fields=(
        Field(
            name="type",
            label="Type",
            schema={"type": "string", "enum": list(PRICES_MICROS)},
            is_needed=True,
            is_fixed=True,
            usual="Mobile",
        ),
    ),
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, NUMBER)),
    thing=_show,
    create=_buy,
    steps={_RELEASE: _release},
)
