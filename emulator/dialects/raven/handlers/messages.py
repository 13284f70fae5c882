"""Sending and reading messages, with a key and from the dashboard."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from emulator.core.errors import NoProvider, NotFound
from emulator.core.records import Message
from emulator.core.store import Store
from emulator.dialects.raven import audit
from emulator.dialects.raven.auth import environment_of
from emulator.dialects.raven.parse import parse_send
from emulator.dialects.raven.policy import connection_for
from emulator.dialects.raven.render import render_accepted, render_message, render_page, render_summary
from emulator.dialects.raven.statuses import status_of
from emulator.gateway.sending import send
from emulator.server.dialect import Call, Handler, Reply, json_reply


def send_message(call: Call) -> Reply:
    """Take a message that a service sends."""
    return _send(call, "api")


def send_dashboard_message(call: Call) -> Reply:
    """Take a message that a person sends: same payload, same log, same provider."""
    return _send(call, "dashboard")


def _send(call: Call, source: str) -> Reply:
    world, tenant = call.world, call.owner
    environment = environment_of(call)
    request = parse_send(world.store, call.members, account_id=tenant.id, environment=environment, source=source)
    # The sandbox is always there; a provider is needed only where messages leave.
    if environment != "test" and connection_for(world.store, tenant.id, request.channel) is None:
        raise NoProvider(request.channel)
    message = send(world, request)
    audit.record(call, "message.send", "message", message.id)
    return render_accepted(call, message, request.addresses[0])


def list_messages(call: Call) -> Reply:
    """The messages of the key's tenant and environment, newest first."""
    return _list(call, call.world.store.messages_by_environment.ids((call.owner.id, environment_of(call))))


def list_dashboard_messages(call: Call) -> Reply:
    """The tenant's messages of both environments; to a key, of its own."""
    if call.credential is not None:
        return list_messages(call)
    return _list(call, call.world.store.messages_by_account.ids(call.owner.id))


def _list(call: Call, ids: list[str]) -> Reply:
    store = call.world.store
    keep = _filter(call, store)
    return render_page(call, store.messages, ids, lambda message: render_summary(store, message), keep=keep)


# What each query parameter compares.
_FACTS: Mapping[str, Callable[[Store, Message], object]] = MappingProxyType(
    {
        "channel": lambda _, message: message.channel,
        "status": lambda store, message: status_of(message, store.recipients[message.id]),
        "to": lambda store, message: store.recipients[message.id].address,
        "externalId": lambda _, message: message.external_id,
        "source": lambda _, message: message.extras["source"],
    }
)


def _filter(call: Call, store: Store) -> Callable[[Message], bool] | None:
    wanted = [(fact, call.query[name]) for name, fact in _FACTS.items() if name in call.query]
    if not wanted:
        return None
    return lambda message: all(fact(store, message) == value for fact, value in wanted)


def get_message(call: Call) -> Reply:
    """One message of the key's tenant and environment, with its events."""
    message = _find(call)
    if message.environment != environment_of(call):
        raise NotFound("message", message.id)
    return json_reply(200, render_message(call.world.store, message))


def get_dashboard_message(call: Call) -> Reply:
    """One message of the tenant, of either environment; to a key, of its own."""
    if call.credential is not None:
        return get_message(call)
    return json_reply(200, render_message(call.world.store, _find(call)))


def _find(call: Call) -> Message:
    id = call.parameters["id"]
    message = call.world.store.messages[id]
    if message.account_id != call.owner.id:
        raise NotFound("message", id)
    return message


def get_openapi(call: Call) -> Reply:
    """This contract."""
    return Reply(200, call.contract.as_json())


HANDLERS: Mapping[str, Handler] = {
    "sendMessage": send_message,
    "sendDashboardMessage": send_dashboard_message,
    "listMessages": list_messages,
    "getMessage": get_message,
    "listDashboardMessages": list_dashboard_messages,
    "getDashboardMessage": get_dashboard_message,
    "getOpenapi": get_openapi,
}
