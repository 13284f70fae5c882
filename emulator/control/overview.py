"""What runs here: health, the emulated APIs with credentials that work, and the contracts."""

from collections.abc import Sequence
from pathlib import Path

from emulator.control.call import ControlCall
from emulator.core.errors import Json, NotFound
from emulator.core.moments import iso_milliseconds
from emulator.gateway.world import World
from emulator.server.contract import Contract
from emulator.server.dialect import AccountCard, Dialect, Reply, json_reply

_STORY_SCHEMA = Path(__file__).resolve().parent.parent / "stories" / "story.schema.json"


def get_health(call: ControlCall) -> Reply:
    """It runs."""
    world = call.world
    return json_reply(
        200,
        {
            "status": "ok",
            "version": call.server.version,
            "world": world.name,
            "now": iso_milliseconds(world.clock.now),
            "pace": world.clock.pace.word,
        },
    )


def list_apis(call: ControlCall) -> Reply:
    """The emulated APIs; of a server with one API at the root, that one."""
    dialects = [api.dialect for api in call.server.apis.values()]
    return json_reply(200, directory(dialects, call.world, call.address, only=call.server.only))


def directory(
    dialects: Sequence[Dialect], world: World, address: str, *, only: str | None, sessions: bool = True
) -> dict[str, Json]:
    """The emulated APIs of a world, with fresh `sessions` or without.

    `address` is scheme, host and world; `only` the API that is served at the root.
    """
    served = [dialect for dialect in dialects if only in (None, dialect.name)]
    return {"apis": [_api(d, world, address, is_root=only == d.name, sessions=sessions) for d in served]}


def _api(dialect: Dialect, world: World, address: str, *, is_root: bool, sessions: bool) -> dict[str, Json]:
    return {
        "name": dialect.name,
        "title": dialect.title,
        "base_url": address if is_root else f"{address}/{dialect.name}",
        "openapi_url": f"{address}/_emulator/openapi/{dialect.name}.yaml",
        "hosts": list(dialect.hosts),
        "accounts": [_card(dialect, world, card, sessions=sessions) for card in dialect.describe(world)],
    }


def _card(dialect: Dialect, world: World, card: AccountCard, *, sessions: bool) -> dict[str, Json]:
    credentials: dict[str, Json] = {scheme: {"headers": {**headers}} for scheme, headers in card.credentials.items()}
    if sessions and card.session is not None and dialect.sign_in is not None:
        headers, expires_at = dialect.sign_in(world, world.store.accounts[card.id], None)
        credentials[card.session] = {"headers": {**headers}, "expires_at": iso_milliseconds(expires_at)}
    told = _webhooks(world, card)
    return {
        "name": card.name,
        "id": card.id,
        "environment": card.environment,
        "headers": {**next(iter(card.credentials.values()))},
        "credentials": credentials,
        "parameters": dict(card.parameters),
        "fixtures": dict(card.fixtures),
        "webhooks": [*told],
        "webhook_secret": next((each["secret"] for each in told if each["secret"]), None),
    }


def _webhooks(world: World, card: AccountCard) -> list[dict[str, Json]]:
    """Where an account is told in a card's environment, and with what; None where its API signs nothing."""
    is_signed = world.policies[world.store.accounts[card.id].api].webhooks.verify is not None
    return [
        {"url": each.url, "secret": (each.secret or None) if is_signed else None}
        for each in world.store.endpoints_by_account.get(card.id)
        if each.environment in (None, card.environment)
    ]


def get_contract_yaml(call: ControlCall) -> Reply:
    """A contract as it was written."""
    return Reply(200, _contract(call).as_yaml(), content_type=b"application/yaml")


def get_contract_json(call: ControlCall) -> Reply:
    """A contract as JSON."""
    return Reply(200, _contract(call).as_json())


def _contract(call: ControlCall) -> Contract:
    name = call.parameters["name"]
    if name == call.server.contract.name:
        return call.server.contract
    api = call.server.apis.get(name.encode())
    if api is None:
        raise NotFound("contract", name)
    return api.contract


def get_story_schema(_: ControlCall) -> Reply:
    """The form of stories, for editors."""
    return Reply(200, _STORY_SCHEMA.read_bytes(), content_type=b"application/schema+json")
