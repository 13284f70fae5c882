"""Webhook subscriptions: one event each, narrowed by filters; and what of their deliveries is kept in a log.

What a subscription has beyond an endpoint's URL, event and key stands in its extras: `service`, `eventFilters`,
`template` and `updatedAt`, in the API's own words, and `address`, with which addresses in its bodies begin.
"""

from datetime import timedelta

from emulator.core.errors import Json, NotFound, StatusConflict
from emulator.core.records import WebhookEndpoint, WebhookEvent
from emulator.core.store import Store
from emulator.dialects.bird.webhooks import SERVICE

# Source: Bird documentation, "Webhook subscriptions", read 2026-11.
MOST_ALIKE = 5
LOG_KEPT_FOR = timedelta(days=7)


def find(store: Store, workspace_id: str, id: str) -> WebhookEndpoint:
    """A subscription of a workspace. Raises `NotFound`."""
    endpoint = store.endpoints.get(id)
    if endpoint is None or endpoint.account_id != workspace_id:
        raise NotFound(store.endpoints.kind, id)
    return endpoint


def service_of(subscription: WebhookEndpoint) -> str:
    """The service whose events it is to."""
    return str(subscription.extras.get("service", SERVICE))


def filters_of(subscription: WebhookEndpoint) -> frozenset[tuple[Json, Json]]:
    """Key and value of each filter."""
    filters = subscription.extras.get("eventFilters")
    each = filters if isinstance(filters, list) else []
    return frozenset((str(one["key"]), str(one["value"])) for one in each if isinstance(one, dict))


def require_room(store: Store, wanted: WebhookEndpoint) -> None:
    """Refuse a new or changed subscription if five have its event and filters already. Raises `StatusConflict`."""
    if sum(_alike(each) == _alike(wanted) for each in store.endpoints_by_account.get(wanted.account_id)) >= MOST_ALIKE:
        raise StatusConflict(store.endpoints.kind, "five of them", "one more")


def _alike(subscription: WebhookEndpoint) -> tuple[object, ...]:
    return service_of(subscription), subscription.event_types, filters_of(subscription)


def has_failed(event: WebhookEvent) -> bool:
    """Whether an attempt to tell an event was not taken."""
    return any(each.response_status is None or not 200 <= each.response_status < 300 for each in event.attempts)
