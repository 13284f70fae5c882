"""Every webhook delivery attempt, over all APIs, and one more by hand."""

from collections.abc import Callable, Sequence

from emulator.control.attempts import attempts_of, by_hand
from emulator.control.call import ControlCall, accounts_called
from emulator.control.pages import DEFAULT_LIMIT, page
from emulator.control.problems import Impossible
from emulator.core.errors import Json, StatusConflict
from emulator.core.records import WebhookEvent
from emulator.gateway import telling
from emulator.server.dialect import Reply, json_reply

Keep = Callable[[WebhookEvent], bool]


async def list_attempts(call: ControlCall) -> Reply:
    """A page of attempts, the newest event first."""
    asked = _Question(call)
    found = await page(
        call.world,
        call.world.store.webhook_events,
        _ids(call),
        limit=call.query.get("limit", DEFAULT_LIMIT),
        cursor=call.query.get("cursor"),
        keep=asked.keep,
    )
    attempts = [attempt for event in found.records for attempt in reversed(asked.attempts(event))]
    return json_reply(200, {"attempts": attempts, "next": found.next_cursor})


def retry_attempt(call: ControlCall) -> Reply:
    """Let one more attempt fall due now."""
    event_id = call.parameters["id"].partition(".")[0]
    try:
        event = telling.retry_by_hand(call.world, event_id)
    except StatusConflict:
        raise Impossible("The endpoint was deleted, so the event cannot be posted there again.") from None
    asked = by_hand(call.world)[event.id]
    return json_reply(202, [*attempts_of(call.world, event, asked)][-1])


def _ids(call: ControlCall) -> Sequence[str]:
    message_id = call.query.get("message")
    if message_id is not None:
        return call.world.store.webhook_events_by_message.ids(message_id)
    return call.world.store.webhook_events_in_order.ids("all")


class _Question:
    """Which attempts are asked for."""

    def __init__(self, call: ControlCall) -> None:
        self._world = call.world
        self._by_hand = by_hand(call.world)
        self._state: str | None = call.query.get("state")
        self.keep = self._filter(call)

    def attempts(self, event: WebhookEvent) -> list[dict[str, Json]]:
        """The event's attempts that pass, oldest first."""
        attempts = attempts_of(self._world, event, self._by_hand.get(event.id, ()))
        return [attempt for attempt in attempts if self._state in (None, attempt["state"])]

    def _filter(self, call: ControlCall) -> Keep | None:
        query = call.query
        api = query.get("api")
        keeps: list[Keep] = []
        if api is not None:
            call.dialect(api, place="query")
            keeps.append(lambda event: event.api == api)
        if "account" in query:
            accounts = frozenset(account.id for account in accounts_called(call, query["account"], api))
            keeps.append(lambda event: event.account_id in accounts)
        if "type" in query:
            keeps.append(lambda event: event.type == query["type"])
        if self._state is not None:
            keeps.append(lambda event: bool(self.attempts(event)))
        return (lambda event: all(keep(event) for keep in keeps)) if keeps else None
