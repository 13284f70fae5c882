"""Webhook attempts over all APIs."""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.dashboard.frame import framed
from emulator.dashboard.reference import webhooks_of
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

_FILTERS = ("api", "account", "type", "state", "message", "cursor")


async def show(visit: Visit) -> Reply:
    """A page of attempts, and the endpoints."""
    asked = {name: visit.query[name].strip() for name in _FILTERS if visit.query.get(name, "").strip()}
    found = await visit.ask("listAttempts", query=asked)
    kept = {name: value for name, value in asked.items() if name != "cursor"}
    return await framed(
        visit,
        "webhooks.html",
        attempts=found["attempts"],
        described=described(visit, found["attempts"]),
        older=visit.to("webhooks", **kept, cursor=found["next"]) if found["next"] else None,
        asked=asked,
        apis=[api.dialect for api in visit.server.apis.values()],
        endpoints=list(visit.world.store.endpoints),
        names={account.id: account.name for account in visit.world.store.accounts},
    )


async def retry(visit: Visit) -> Reply:
    """One more attempt, due now."""
    await visit.ask("retryAttempt", {"id": visit.form.get("id", "")})
    return visit.go("webhooks", done="retried")


def described(visit: Visit, attempts: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """The events of some attempts that have a page in their API's contract: API and name."""
    apis = {each["api"] for each in attempts} & {name.decode() for name in visit.server.apis}
    return {(api, each.id) for api in apis for each in webhooks_of(visit.server.apis[api.encode()].contract)}
