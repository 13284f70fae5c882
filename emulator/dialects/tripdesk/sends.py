"""What it takes to send: one function for every surface.

The contract has checked the fields. What it cannot say is checked here, in the order of the API: what is said and from
whom (422), to whom and where (404, 409), WhatsApp's 24 hours (422), the gateway (403), the balance (402). Nothing is
written before all of it holds.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.records import Account, Channel, Contact, Content, Conversation, InboundMessage, Message
from emulator.core.table import owned
from emulator.dialects.tripdesk import contacts, conversations, gateways, templates
from emulator.dialects.tripdesk.addresses import is_mail_address, tidy
from emulator.dialects.tripdesk.problems import SESSION_WINDOW
from emulator.dialects.tripdesk.tenants import environment_of
from emulator.dialects.tripdesk.vocabulary import API, CHANNEL_NAMED, HTML_LIMIT, LONGEST_SMS
from emulator.dialects.tripdesk.vocabulary import SESSION_WINDOW as SESSION_LENGTH
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World
from emulator.server.dialect import Call

Body = Mapping[str, Any]

_CARRIED = frozenset({"template", "variables", "metadata"})

# Before Python 3.12 an enum's member costs as much as a call; these are asked for with each send.
_EMAIL, _WHATSAPP = Channel.EMAIL, Channel.WHATSAPP


Aim = tuple[str, Contact | None, Conversation | None]
"""To whom a message goes: the address, whose it is (None: nobody's yet), and the conversation that the caller named."""


def accept(call: Call, conversation: Conversation | None = None) -> Message:
    """Take the message that a call's body asks for, in a conversation if one is given.

    Raises `InvalidFields`, `NotFound`, `StatusConflict`, `Forbidden`, `NoProvider`, `InsufficientFunds`.
    """
    world, account, body = call.world, call.owner, call.members
    if conversation is None:
        channel = CHANNEL_NAMED[body["channel"]]
    else:
        channel = conversation.channel
        _check_channel_rules(channel, body)
    content = _content(world, account, channel, body)
    sender = body.get("from")
    if sender is not None:
        _check_sender(world, account, channel, sender)
    aim = _aim(world, account, channel, body) if conversation is None else _aim_at(world, conversation)
    address, contact, known = aim
    if known is not None:
        conversations.require_open(known)
    if channel is _WHATSAPP and "template" not in body:
        _require_window(world, aim, body)
    store, account_id = world.store, account.id
    gateway = gateways.route(store, account_id, channel, body.get("gateway_id"))
    contact_id = contact.id if contact is not None else None
    if known is None and contact_id is not None:
        known = conversations.find_ready(store, account_id, channel, contact_id, address)
    request = SendRequest(
        api=API,
        account_id=account_id,
        environment=environment_of(account),
        channel=channel,
        sender=sender or gateways.sender_of(gateway),
        addresses=(address,),
        content=content,
        external_id=body.get("external_id"),
        rates={channel: gateways.rate_micros(gateway, channel, template="template" in body)},
        contact_id=contact_id,
        conversation_id=known.id if known is not None else None,
        extras=_extras(account, body, gateway.id, address if known is None else None),
    )
    return send(world, request)


def _extras(account: Account, body: Body, gateway_id: str, address: str | None) -> Mapping[str, Json]:
    """What is carried with a message; its address where contact or conversation have yet to be made."""
    if address is None and _CARRIED.isdisjoint(body):
        return _only_gateway(gateway_id)
    extras: dict[str, Json] = {"gateway_id": gateway_id}
    if address is not None:
        extras["to"] = address
    for name in _CARRIED:
        value = body.get(name)
        if value:
            extras[name] = value
    if "template" in body:
        extras["language"] = body.get("language", templates.language_of(account))
    return extras


# Most messages carry nothing else: they share it.
@lru_cache(maxsize=1024)
def _only_gateway(gateway_id: str) -> Mapping[str, Json]:
    return MappingProxyType({"gateway_id": gateway_id})


def _check_channel_rules(channel: Channel, body: Body) -> None:
    """What the contract says of a channel, where the channel is not in the body."""
    problems: list[FieldProblem] = []
    text = body.get("text")
    if channel is Channel.SMS and isinstance(text, str) and len(text) > LONGEST_SMS:
        problems.append(FieldProblem(("text",), "max_length", text, LONGEST_SMS))
    if channel is Channel.EMAIL and "subject" not in body:
        problems.append(FieldProblem(("subject",), "required"))
    if channel is not Channel.EMAIL and "html" in body:
        problems.append(FieldProblem(("html",), "not_allowed"))
    if problems:
        raise InvalidFields(problems)


def _content(world: World, account: Account, channel: Channel, body: Body) -> Content:
    if "template" in body:
        return templates.fill(world.store, account, channel, body)
    if "variables" in body:
        templates.refuse_variables(body)
    html = body.get("html")
    if html is not None and len(html.encode()) > HTML_LIMIT:
        raise InvalidFields([FieldProblem(("html",), "max_length", None, HTML_LIMIT)])
    media = body.get("media")
    return Content(
        text=body.get("text"),
        subject=body.get("subject") if channel is _EMAIL else None,
        html=html,
        rich=None if media is None else {"media": media},
    )


def _check_sender(world: World, account: Account, channel: Channel, sender: str) -> None:
    """Whoever is named as the sender is approved: any mail address, else one of a gateway or of the tenant's own."""
    if channel is Channel.EMAIL and is_mail_address(sender):
        return
    store = world.store
    if store.senders_by_address.get((account.id, channel, sender.lower())) is not None:
        return
    serving = (each for each in gateways.gateways(store, account.id) if gateways.channel_of(each) is channel)
    if all(gateways.sender_of(each) != sender for each in serving):
        raise InvalidFields([FieldProblem(("from",), "exists", sender)])


def _aim(world: World, account: Account, channel: Channel, body: Body) -> Aim:
    if "contact_id" in body:
        contact = _contact(world, account, body["contact_id"])
        address = contacts.address_on(contact, channel)
        if address is None:
            raise InvalidFields([FieldProblem(("contact_id",), "address")])
    else:
        address = tidy(channel, body["to"])
        if address is None:
            raise InvalidFields([FieldProblem(("to",), "address")])
        contact = contacts.find(world, account.id, channel, address)
    id = body.get("conversation_id")
    if id is None:
        return address, contact, None
    conversation = find_conversation(world, account, id)
    if conversation.channel is not channel or contact is None or contact.id != conversation.contact_id:
        raise InvalidFields([FieldProblem(("conversation_id",), "exists", id)])
    return address, contact, conversation


def _aim_at(world: World, conversation: Conversation) -> Aim:
    contact = people.of_account(world.store, conversation.account_id, str(conversation.contact_id))
    return str(conversation.extras["address"]), contact, conversation


def _contact(world: World, account: Account, id: str) -> Contact:
    contact = people.of_account(world.store, account.id, id)
    if contact is None:
        raise NotFound("contact", id)
    return contact


def find_conversation(world: World, account: Account, id: str) -> Conversation:
    """The account's conversation with an id. Raises `NotFound`, also for another account's."""
    return owned(world.store.conversations, account.id, id)


def _require_window(world: World, aim: Aim, body: Body) -> None:
    """WhatsApp takes free content only for a day after the person's last message. Raises `InvalidFields`.

    Source: Meta, "WhatsApp Business Platform: customer service windows", read 2026-11; that this API refuses at once is
    assumed.
    """
    _, contact, conversation = aim
    if conversation is not None and _is_fresh(world, conversation):
        return
    if contact is None or not _wrote_of_late(world, contact):
        field = next(name for name in ("text", "html", "media") if name in body)
        raise InvalidFields([FieldProblem((field,), "not_allowed", expected=SESSION_WINDOW)])


def _is_fresh(world: World, conversation: Conversation) -> bool:
    at = conversation.last_inbound_at
    return at is not None and world.clock.now - at <= SESSION_LENGTH


def _wrote_of_late(world: World, contact: Contact) -> bool:
    """Look through the messages of the last day for one from the person, in whatever conversation."""
    store = world.store
    known = conversations.find_open(store, contact.account_id, Channel.WHATSAPP, contact.id)
    if known is not None and _is_fresh(world, known):
        return True
    oldest = world.clock.now - SESSION_LENGTH
    for id in reversed(store.log_by_contact.ids(contact.id)):
        message = store.log[id]
        if message.created_at < oldest:
            return False
        if isinstance(message, InboundMessage) and message.channel is Channel.WHATSAPP:
            return True
    return False


def take_message(world: World, message: Message) -> Message:
    """Enter an accepted message into the conversation with its contact; make what is not there yet."""
    contact_id = message.contact_id
    if message.conversation_id is not None:
        conversation = world.store.conversations.rows[message.conversation_id]
        if contact_id is not None:
            conversations.note_sent(world, conversation)
            return message
        contact_id = conversation.contact_id
    else:
        address = str(message.extras["to"])
        if contact_id is None:
            contact_id = contacts.create_of_address(world, message.account_id, message.channel, address).id
        conversation = conversations.open_or_find(world, message.account_id, message.channel, contact_id, address)
    conversations.note_sent(world, conversation)
    return replace(message, contact_id=contact_id, conversation_id=conversation.id)
