"""Text and voice messages: one object, or a batch whose objects are judged one by one."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from emulator.core.errors import Json, MessagingError
from emulator.core.pricing import price
from emulator.core.records import Account, Channel, Message
from emulator.core.wallet import require
from emulator.dialects.cloudrebue import render
from emulator.dialects.cloudrebue.auth import profile_of
from emulator.dialects.cloudrebue.on_demand import claim_link
from emulator.dialects.cloudrebue.parse import Members, parse_sms, parse_voice
from emulator.dialects.cloudrebue.refusals import failed_element
from emulator.dialects.cloudrebue.vocabulary import API, LEGACY
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World
from emulator.server.dialect import Call, Reply, json_reply

Parse: TypeAlias = Callable[[World, Account, Members, str], tuple[SendRequest, ...]]
Show: TypeAlias = Callable[[SendRequest, Message, int], Json]


def send_sms(call: Call) -> Reply:
    """Queue one text message, or each of a batch."""
    if profile_of(call.owner) != LEGACY:
        return _answer(call, parse_sms, render.queued_rebuetext)
    return _answer(call, parse_sms, render.queued_short if isinstance(call.body, list) else render.queued_full)


def send_voice_sms(call: Call) -> Reply:
    """Queue one voice message, or each of a batch."""
    return _answer(call, parse_voice, render.queued_voice)


def _answer(call: Call, parse: Parse, show: Show) -> Reply:
    batch_id = call.world.ids.uuid("batch")
    if not isinstance(call.body, list):
        return json_reply(200, _queue(call, parse(call.world, call.owner, call.members, batch_id), show))
    elements: list[Json] = []
    for item in call.body:
        elements.extend(_judge(call, item, batch_id, parse, show))
    return json_reply(200, elements)


def _judge(call: Call, item: Json, batch_id: str, parse: Parse, show: Show) -> list[Json]:
    """Queue one object of a batch; what would refuse it alone becomes its element and stops no other."""
    assert call.operation is not None
    try:
        call.operation.check_item(item)
        assert isinstance(item, dict)
        return _queue(call, parse(call.world, call.owner, item, batch_id), show)
    except MessagingError as error:
        return [failed_element(error, item)]


def _queue(call: Call, requests: Sequence[SendRequest], show: Show) -> list[Json]:
    """Accept all messages of one object, or none. Raises `InsufficientFunds`."""
    world = call.world
    if len(requests) > 1:
        _cover(world, requests)
    elements: list[Json] = []
    for request in requests:
        message = send(world, request)
        if "link_id" in request.extras:
            claim_link(world, message)
        elements.append(show(request, message, _units(world, message)))
    return elements


def _cover(world: World, requests: Sequence[SendRequest]) -> None:
    first = requests[0]
    each_micros = price(world.policies[API].rates, first.channel, first.content).micros
    require(world.store, first.account_id, len(requests) * each_micros)


def _units(world: World, message: Message) -> int:
    """What one recipient of a message costs in units: its segments; a voice message has none and costs one."""
    return world.store.recipients[message.id].segments if message.channel is Channel.SMS else 1
