"""Where a tenant wants to be told what became of its messages. Off unless enabled for the tenant."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import WebhookEndpoint
from emulator.core.table import owned
from emulator.dialects.raven.vocabulary import ANNOUNCED, API
from emulator.dialects.raven.webhooks import new_secret
from emulator.server.dialect import Call, Handler, Reply, json_reply


def create_outbound_webhook(call: Call) -> Reply:
    """Register an address, and show its signing secret for the only time."""
    endpoint = call.world.store.endpoints.put(_new_endpoint(call))
    return json_reply(201, {**_render(endpoint), "secret": endpoint.secret})


def list_outbound_webhooks(call: Call) -> Reply:
    """List the tenant's webhooks, without their secrets."""
    every = call.world.store.endpoints_by_account.get(call.owner.id)
    return json_reply(200, [_render(endpoint) for endpoint in every])


def get_outbound_webhook(call: Call) -> Reply:
    """Read one webhook, without its secret."""
    return json_reply(200, _render(_endpoint(call)))


def delete_outbound_webhook(call: Call) -> Reply:
    """Remove a webhook: nothing more is sent to its address."""
    call.world.store.endpoints.delete(_endpoint(call).id)
    return Reply(204, content_type=None)


def _new_endpoint(call: Call) -> WebhookEndpoint:
    ids, members = call.world.ids, call.members
    return WebhookEndpoint(
        id=ids.uuid("webhook endpoint"),
        api=API,
        account_id=call.owner.id,
        url=members["url"],
        secret=new_secret(ids),
        created_at=call.now,
        event_types=tuple(dict.fromkeys(members["events"])),
        extras={"description": members.get("description")},
    )


def _endpoint(call: Call) -> WebhookEndpoint:
    id = call.parameters["id"]
    return owned(call.world.store.endpoints, call.owner.id, id)


def _render(endpoint: WebhookEndpoint) -> dict[str, Json]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        # None chosen, as the control API allows: all.
        "events": [*(endpoint.event_types or sorted(f"message.{word}" for word in ANNOUNCED))],
        "description": endpoint.extras.get("description"),
        "createdAt": iso_milliseconds(endpoint.created_at),
    }


HANDLERS: Mapping[str, Handler] = {
    "createOutboundWebhook": create_outbound_webhook,
    "listOutboundWebhooks": list_outbound_webhooks,
    "getOutboundWebhook": get_outbound_webhook,
    "deleteOutboundWebhook": delete_outbound_webhook,
}
