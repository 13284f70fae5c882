"""Webhook endpoints: where a workspace wants to be told.

Source: Arowana documentation, "Webhooks, overview", read 2026-11; the answers but the new endpoint's id are assumed.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.paging import oldest_first
from emulator.core.records import WebhookEndpoint
from emulator.core.table import owned
from emulator.dialects.arowana import samples
from emulator.dialects.arowana.render import render_endpoint, render_page
from emulator.dialects.arowana.vocabulary import API, EVENT_NAMES, WEBHOOK_TIMEOUT
from emulator.dialects.arowana.webhooks import make_announcement, new_secret
from emulator.gateway import telling
from emulator.server.dialect import Call, Handler, Reply, Wait, json_reply


def create_webhook(call: Call) -> Reply:
    """Register an endpoint; a secret that was made for it is shown for the only time."""
    ids, members = call.world.ids, call.members
    given = members.get("secret")
    endpoint = call.world.store.endpoints.put(
        WebhookEndpoint(
            id=ids.uuid("webhook endpoint"),
            api=API,
            account_id=call.owner.id,
            url=members["url"],
            secret=given if given is not None else new_secret(ids),
            created_at=call.now,
            event_types=_names(members["events"]),
        )
    )
    body = render_endpoint(endpoint)
    if given is None:
        body["secret"] = endpoint.secret
    location = f"{call.base_path}{call.path}/{endpoint.id}".encode("latin-1")
    return json_reply(201, body, ((b"location", location),))


def list_webhooks(call: Call) -> Reply:
    """List the endpoints in the order of their registration, without their secrets."""
    store = call.world.store
    ids = store.endpoints_by_account.ids(call.owner.id)
    return render_page(call, "webhooks", store.endpoints, ids, render_endpoint, order=oldest_first)


def update_webhook(call: Call) -> Reply:
    """Change what is given. A new secret signs from the next attempt on."""
    endpoint, members = _endpoint(call), call.members
    changed = call.world.store.endpoints.put(
        replace(
            endpoint,
            url=members.get("url", endpoint.url),
            secret=members.get("secret", endpoint.secret),
            event_types=_names(members["events"]) if "events" in members else endpoint.event_types,
            extras={**endpoint.extras, "updated_at": iso_seconds(call.now)},
        )
    )
    return json_reply(200, render_endpoint(changed))


def delete_webhook(call: Call) -> Reply:
    """Remove an endpoint. Deliveries that wait for their next attempt are dropped."""
    call.world.store.endpoints.delete(_endpoint(call).id)
    return json_reply(200, {"success": True})


def test_webhook(call: Call) -> Wait:
    """Send the first event that the endpoint is subscribed to, once and now, and wait for what comes of it."""
    world, endpoint = call.world, _endpoint(call)
    name = (endpoint.event_types or EVENT_NAMES)[0]
    announcement = make_announcement(world, endpoint, name, samples.data_of(name, world.clock.now))
    event = telling.enqueue(world, announcement, api=API, account_id=call.owner.id, once=True)

    def answer(_: Call) -> Reply:
        told = world.store.webhook_events[event.id]
        attempt = told.attempts[-1] if told.attempts else None
        body: dict[str, Json] = {
            "event_id": told.wire_id,
            "event": told.type,
            "delivered": told.state == "delivered",
            "response_status": attempt.response_status if attempt is not None else None,
        }
        return json_reply(200, body)

    return Wait(
        until=lambda: bool(world.store.webhook_events[event.id].attempts),
        at_most=WEBHOOK_TIMEOUT,
        then=answer,
        told=event.id,
    )


def _names(events: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(events))


def _endpoint(call: Call) -> WebhookEndpoint:
    id = call.parameters["id"]
    return owned(call.world.store.endpoints, call.owner.id, id)


HANDLERS: Mapping[str, Handler] = {
    "createWebhook": create_webhook,
    "listWebhooks": list_webhooks,
    "updateWebhook": update_webhook,
    "deleteWebhook": delete_webhook,
    "testWebhook": test_webhook,
}
