"""Sending and reading messages."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from emulator.core.errors import NotFound
from emulator.core.records import InboundMessage, Message
from emulator.core.store import Store
from emulator.dialects.tripdesk import sends
from emulator.dialects.tripdesk.queries import moment_of
from emulator.dialects.tripdesk.render import render_accepted, render_message, render_page
from emulator.dialects.tripdesk.vocabulary import STATUS_WORDS
from emulator.server.dialect import Call, Handler, Reply, json_reply

Either = Message | InboundMessage


def send_message(call: Call) -> Reply:
    """Take a message and charge it."""
    return json_reply(202, render_accepted(call.world, sends.accept(call)))


def get_message(call: Call) -> Reply:
    """One message, of either direction."""
    return json_reply(200, render_message(call.world, find_message(call, call.parameters["id"])))


def find_message(call: Call, id: str) -> Either:
    """The caller's message with an id. Raises `NotFound`, also for another account's."""
    store = call.world.store
    message = store.messages.get(id) or store.inbound.get(id)
    if message is None or message.account_id != call.owner.id:
        raise NotFound("message", id)
    return message


def list_messages(call: Call) -> Reply:
    """The messages of both directions, newest first."""
    world = call.world
    return render_page(
        call, world.store.log, _ids(call), lambda message: render_message(world, message), keep=_filter(call)
    )


def _ids(call: Call) -> list[str]:
    """The smallest group of messages that the filters allow."""
    store, query = call.world.store, call.query
    if "conversation_id" in query:
        return store.log_by_conversation.ids(str(query["conversation_id"]))
    if "contact_id" in query:
        return store.log_by_contact.ids(str(query["contact_id"]))
    return store.log_by_account.ids(call.owner.id)


def _status_of(store: Store, message: Either) -> str:
    return "delivered" if isinstance(message, InboundMessage) else STATUS_WORDS[store.recipients[message.id].status]


# What each query parameter compares.
_FACTS: Mapping[str, Callable[[Store, Either], object]] = MappingProxyType(
    {
        "channel": lambda _, message: message.channel,
        "contact_id": lambda _, message: message.contact_id,
        "conversation_id": lambda _, message: message.conversation_id,
        "external_id": lambda _, message: None if isinstance(message, InboundMessage) else message.external_id,
        "status": _status_of,
    }
)


def _filter(call: Call) -> Callable[[Either], bool]:
    store, owner_id = call.world.store, call.owner.id
    wanted = [(fact, call.query[name]) for name, fact in _FACTS.items() if name in call.query]
    after, before = moment_of(call, "created_after"), moment_of(call, "created_before")

    def keeps(message: Either) -> bool:
        return (
            message.account_id == owner_id
            and all(fact(store, message) == value for fact, value in wanted)
            and (after is None or message.created_at > after)
            and (before is None or message.created_at < before)
        )

    return keeps


HANDLERS: Mapping[str, Handler] = {
    "sendMessage": send_message,
    "listMessages": list_messages,
    "getMessage": get_message,
}
