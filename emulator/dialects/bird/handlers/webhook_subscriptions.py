"""Who is told about events, and the log of what could not be told at once."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.records import WebhookEndpoint, WebhookEvent
from emulator.dialects.bird import subscriptions
from emulator.dialects.bird.pages import render_page
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import API, CHANNEL_CREATED, CHANNEL_UPDATED, FILTER_KEYS, PLATFORMS
from emulator.dialects.bird.webhooks import SERVICE
from emulator.server.dialect import Call, Handler, Reply, json_reply

_KEYS = tuple(dict.fromkeys(key for keys in FILTER_KEYS.values() for key in keys))
_LOG_ENTRY = "webhook subscription log"


def create_webhook_subscription(call: Call) -> Reply:
    """Subscribe to an event, and show the key for the only time."""
    members, now = call.members, call.now
    _check_filters(members, members["service"])
    made = WebhookEndpoint(
        id=call.world.ids.uuid("webhook subscription"),
        api=API,
        account_id=call.owner.id,
        url=members["url"],
        secret=members.get("signingKey", ""),
        event_types=(members["event"],),
        created_at=now,
        extras={
            "service": members["service"],
            **_kept(members),
            "address": call.address,
            "updatedAt": timestamp(now),
        },
    )
    subscriptions.require_room(call.world.store, made)
    call.world.store.endpoints.put(made)
    shown = _render(call, made)
    return json_reply(201, {**shown, "signingKey": made.secret} if "signingKey" in members else shown)


def list_webhook_subscriptions(call: Call) -> Reply:
    """The subscriptions of the workspace, without their keys."""
    store = call.world.store
    ids = store.endpoints_by_account.ids(call.owner.id)
    return render_page(call, store.endpoints, ids, lambda each: _render(call, each))


def get_webhook_subscription(call: Call) -> Reply:
    """One subscription, without its key."""
    return json_reply(200, _render(call, _subscription(call)))


def update_webhook_subscription(call: Call) -> Reply:
    """Change what is given."""
    before, members = _subscription(call), call.members
    _check_filters(members, subscriptions.service_of(before))
    changed = replace(
        before,
        url=members.get("url", before.url),
        secret=members.get("signingKey", before.secret),
        extras={**before.extras, **_kept(members), "updatedAt": timestamp(call.now)},
    )
    if subscriptions.filters_of(changed) != subscriptions.filters_of(before):
        subscriptions.require_room(call.world.store, changed)
    return json_reply(200, _render(call, call.world.store.endpoints.put(changed)))


def delete_webhook_subscription(call: Call) -> Reply:
    """Unsubscribe: nothing more is sent, not even what is to be repeated."""
    call.world.store.endpoints.delete(_subscription(call).id)
    return Reply(204, content_type=None)


def list_webhook_subscription_logs(call: Call) -> Reply:
    """Events of the last seven days that at least one attempt could not tell, newest first."""
    store, endpoint = call.world.store, _subscription(call)
    ids = store.webhook_troubles_by_endpoint.ids(endpoint.id)
    return render_page(call, store.webhook_events, ids, _render_log, keep=_log_filter(call))


def get_webhook_subscription_log_details(call: Call) -> Reply:
    """One of them, with what was sent and what came back."""
    endpoint, id = _subscription(call), str(call.query["requestId"])
    event = call.world.store.webhook_events.get(id)
    if event is None or event.endpoint_id != endpoint.id or not _in_log(call, event):
        raise NotFound(_LOG_ENTRY, id)
    bodies: dict[str, Json] = {
        "requestBody": event.body.decode(),
        "responseBody": event.attempts[-1].response_body or "",
    }
    return json_reply(200, {**_render_log(event), **bodies})


def list_available_webhooks(_: Call) -> Reply:
    """The events that happen here, and what filters of each can compare."""
    names = [f"{platform.event}.{kind}" for platform in PLATFORMS.values() if platform.event for kind in _MESSAGE_KINDS]
    events = [{"name": name, "filterKeys": FILTER_KEYS[name.rpartition(".")[2]]} for name in names]
    events += [{"name": name, "filterKeys": FILTER_KEYS["channel"]} for name in (CHANNEL_CREATED, CHANNEL_UPDATED)]
    return json_reply(200, {"results": [{"service": SERVICE, "events": events}]})


_MESSAGE_KINDS = ("inbound", "outbound", "interaction")


def _check_filters(members: Mapping[str, Any], service: str) -> None:
    """What the schema cannot say of filters. Raises `InvalidFields`."""
    filters: list[dict[str, str]] = members.get("eventFilters") or []
    problems = [
        FieldProblem(("eventFilters", place, "key"), "enum", each["key"], _KEYS)
        for place, each in enumerate(filters)
        if service == SERVICE and each["key"] not in _KEYS
    ]
    if sum(each["key"] == "channelId" for each in filters) > 1:
        problems.append(FieldProblem(("eventFilters",), "unique_items"))
    if problems:
        raise InvalidFields(problems)


def _kept(members: Mapping[str, Any]) -> dict[str, Json]:
    """What is kept as it was given."""
    return {name: members[name] for name in ("eventFilters", "template") if name in members}


def _subscription(call: Call) -> WebhookEndpoint:
    return subscriptions.find(call.world.store, call.owner.id, call.parameters["webhookSubscriptionId"])


def _render(call: Call, subscription: WebhookEndpoint) -> dict[str, Json]:
    extras = subscription.extras
    optional = {name: extras[name] for name in ("eventFilters", "template") if extras.get(name) is not None}
    return {
        "id": subscription.id,
        "organizationId": call.owner.parent_id,
        "workspaceId": subscription.account_id,
        "service": subscriptions.service_of(subscription),
        # One that the control API made may hear several, or all.
        "event": ", ".join(subscription.event_types) or "*",
        **optional,
        "url": subscription.url,
        "status": subscription.status,
        "createdAt": timestamp(subscription.created_at),
        "updatedAt": extras.get("updatedAt", timestamp(subscription.created_at)),
    }


def _in_log(call: Call, event: WebhookEvent) -> bool:
    return subscriptions.has_failed(event) and call.now - event.created_at <= subscriptions.LOG_KEPT_FOR


def _log_filter(call: Call) -> Callable[[WebhookEvent], bool]:
    wanted = call.query.get("executionStatus")
    return lambda event: _in_log(call, event) and wanted in (None, _execution_status(event))


def _execution_status(event: WebhookEvent) -> str:
    """How the attempts so far ended."""
    return "succeeded" if event.state == "delivered" else "failed"


def _render_log(event: WebhookEvent) -> dict[str, Json]:
    status = event.attempts[-1].response_status
    answered: dict[str, Json] = {} if status is None else {"httpStatusCode": status}
    return {
        "requestId": event.id,
        "attemptCount": len(event.attempts),
        **answered,
        "executionStatus": _execution_status(event),
        "createdAt": timestamp(event.created_at),
    }


HANDLERS: Mapping[str, Handler] = {
    "createWebhookSubscription": create_webhook_subscription,
    "listWebhookSubscriptions": list_webhook_subscriptions,
    "getWebhookSubscription": get_webhook_subscription,
    "updateWebhookSubscription": update_webhook_subscription,
    "deleteWebhookSubscription": delete_webhook_subscription,
    "listWebhookSubscriptionLogs": list_webhook_subscription_logs,
    "getWebhookSubscriptionLogDetails": get_webhook_subscription_log_details,
    "listAvailableWebhooks": list_available_webhooks,
    "listWorkspaceWebhookSubscriptions": list_webhook_subscriptions,
    "getWorkspaceWebhookSubscription": get_webhook_subscription,
}
