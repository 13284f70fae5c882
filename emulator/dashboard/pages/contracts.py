"""Contracts: what each API takes and answers, how sure we are of it, and what of it this server has seen."""

from collections.abc import Mapping
from typing import Any

from emulator.control.overview import directory
from emulator.core.errors import NotFound
from emulator.dashboard.examples import examples_of
from emulator.dashboard.frame import framed
from emulator.dashboard.reference import (
    Brief,
    as_curl,
    find_operations,
    operation_sheet,
    operations_of,
    schemes_of,
    webhook_sheet,
    webhooks_of,
)
from emulator.dashboard.visit import Visit
from emulator.server.contract import Contract
from emulator.server.dialect import Reply

MOST_FOUND = 100

_FORMS = {"yaml": b"application/yaml", "json": b"application/json"}


async def show(visit: Visit) -> Reply:
    """The contracts, how much of each was exercised, and a search through all of them."""
    contracts, asked = _contracts(visit), visit.query.get("q", "").strip()
    found = [(each, brief) for each in contracts.values() for brief in find_operations(each, asked)] if asked else []
    return await framed(
        visit,
        "contracts.html",
        contracts=[(each, visit.seen.coverage(each), len(webhooks_of(each))) for each in contracts.values()],
        control=visit.server.contract.name,
        asked=asked,
        found=found[:MOST_FOUND],
        unlisted=max(0, len(found) - MOST_FOUND),
    )


async def show_one(visit: Visit) -> Reply:
    """One contract: its operations by tag, its webhooks, what is not emulated."""
    contract = _contract(visit)
    info: Mapping[str, Any] = contract.document["info"]
    tags: list[Mapping[str, str]] = contract.document.get("tags", [])
    return await framed(
        visit,
        "contract.html",
        contract=contract,
        info=info,
        api=_api(visit, contract),
        groups=_grouped(operations_of(contract), tags),
        webhooks=webhooks_of(contract),
        schemes=schemes_of(contract),
        seen=visit.seen.of_api(contract.name),
        coverage=visit.seen.coverage(contract),
        is_control=contract is visit.server.contract,
    )


async def show_operation(visit: Visit) -> Reply:
    """One operation, with a request that works, and the statuses that it answered here."""
    contract, id = _contract(visit), visit.parts["operation"]
    sheet = operation_sheet(contract, id) if id in contract.operation_ids else None
    if sheet is None:
        raise NotFound("operation", id)
    api = _api(visit, contract)
    account = next(iter(api["accounts"]), None) if api is not None else None
    return await framed(
        visit,
        "operation.html",
        contract=contract,
        sheet=sheet,
        command=as_curl(contract, sheet, api["base_url"] if api is not None else visit.address, account),
        composed={each.key for each in examples_of(contract)} if api is not None else set[str](),
        seen=visit.seen.of_api(contract.name).get(id, {}),
        is_webhook=False,
        is_control=contract is visit.server.contract,
    )


async def show_webhook(visit: Visit) -> Reply:
    """One webhook or callback."""
    contract, name = _contract(visit), visit.parts["webhook"]
    sheet = webhook_sheet(contract, name)
    if sheet is None:
        raise NotFound("webhook", name)
    return await framed(
        visit,
        "operation.html",
        contract=contract,
        sheet=sheet,
        command=None,
        composed=set[str](),
        seen={},
        is_webhook=True,
        is_control=False,
    )


async def download(visit: Visit) -> Reply:
    """The document itself."""
    contract, form = _contract(visit), visit.parts["form"]
    if form not in _FORMS:
        raise NotFound("file", form)
    body = contract.as_yaml() if form == "yaml" else contract.as_json()
    disposition = f'attachment; filename="{contract.name}.{form}"'.encode()
    return Reply(200, body, ((b"content-disposition", disposition),), _FORMS[form])


def _contracts(visit: Visit) -> dict[str, Contract]:
    """All contracts of this server: the APIs', and the control API's own."""
    served = [each for each in visit.server.apis.values() if visit.server.only in (None, each.dialect.name)]
    control = visit.server.contract
    return {**{each.contract.name: each.contract for each in served}, control.name: control}


def _contract(visit: Visit) -> Contract:
    """The contract that the path names. Raises `NotFound`."""
    found = _contracts(visit).get(visit.parts["api"])
    if found is None:
        raise NotFound("contract", visit.parts["api"])
    return found


def _api(visit: Visit, contract: Contract) -> dict[str, Any] | None:
    """The API with its base URL and accounts in this world; None for the control API. Looking signs nobody in."""
    dialects = [each.dialect for each in visit.server.apis.values() if each.contract is contract]
    found: Any = directory(dialects, visit.world, visit.address, only=visit.server.only, sessions=False)["apis"]
    return next(iter(found), None)


def _grouped(briefs: tuple[Brief, ...], tags: list[Mapping[str, str]]) -> list[tuple[str, str, list[Brief]]]:
    """The operations by tag, in the order of the tags, each with the tag's description."""
    said = {tag["name"]: tag.get("description", "") for tag in tags}
    names = dict.fromkeys((*said, *(brief.tag for brief in briefs)))
    groups = [(name, said.get(name, ""), [brief for brief in briefs if brief.tag == name]) for name in names]
    return [group for group in groups if group[2]]
