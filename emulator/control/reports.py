"""What comes from outside, by hand: a provider's report, a person's message."""

from msgspec.structs import replace

from emulator.control.call import ControlCall, account_called
from emulator.control.problems import BadInput, Impossible
from emulator.control.rendering import timeline_entry
from emulator.core.errors import Json, StatusConflict
from emulator.core.links import first_link
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Account, Channel, EventType, InboundMessage, Message, Recipient, recipient_ids
from emulator.gateway import inbound
from emulator.gateway.life import make_provider_id
from emulator.gateway.retries import report_by_hand
from emulator.providers.script import Report
from emulator.providers.usual import usual_report
from emulator.server.dialect import Dialect, Reply, json_reply

# What a platform concludes, rather than what a provider reports.
_OWN_CONCLUSIONS = frozenset({EventType.UNCERTAIN})
_CONTENT = ("text", "media", "suggestion", "location")
_RICH = ("external_id", "media", "suggestion", "location")


def report_receipt(call: ControlCall) -> Reply:
    """Take a provider's report about one recipient."""
    world = call.world
    message = world.store.messages[call.parameters["id"]]
    step = _report(call)
    _check_report(call, message, step.type)
    recipient = _recipient(call, message)
    if recipient.provider is not None and recipient.provider_message_id is None:
        # A report names the provider's id, even one that overtakes the answer to the call.
        recipient = world.store.recipients.put(
            replace(recipient, provider_message_id=make_provider_id(world, recipient))
        )
    url = first_link(message.content) if step.type is EventType.CLICKED else None
    try:
        changed = report_by_hand(world, recipient.id, step, url=url)
    except StatusConflict:
        raise Impossible(
            f"The message to {recipient.address} is {recipient.status.value}: "
            "no provider has been called, so none can report."
        ) from None
    return json_reply(
        201,
        {
            "message": message.id,
            "recipient": changed.address,
            "status": changed.status.value,
            "event": timeline_entry(world, message, changed, len(recipient.events)),
        },
    )


def receive_inbound(call: ControlCall) -> Reply:
    """Let a person write to an account."""
    members = call.members
    dialect = call.dialect(members["api"], place="body")
    if not any(members.get(name) for name in _CONTENT):
        raise BadInput("body", "", f"expected at least one of {', '.join(_CONTENT)}")
    account = account_called(call, members["account"], dialect.name)
    rich: dict[str, Json] = {name: members[name] for name in _RICH if name in members}
    said = inbound.Inbound(
        api=dialect.name,
        account_id=account.id,
        channel=Channel(members["channel"]),
        person=members["from"],
        sender=members["to"],
        text=members.get("text"),
        environment=_environment(call, dialect, account),
        in_reply_to=members.get("in_reply_to"),
        external_id=members.get("external_id"),
        rich=rich or None,
    )
    try:
        message = inbound.receive(call.world, said)
    except StatusConflict:
        raise Impossible(
            f"{dialect.title} has nobody who receives {said.channel.value} at {said.sender} for {account.name}."
        ) from None
    return json_reply(201, _inbound(account, message))


def _environment(call: ControlCall, dialect: Dialect, account: Account) -> str:
    """The environment that an account is of; the first one of an account that has several."""
    cards = dialect.describe(call.world)
    return next((card.environment for card in cards if card.id == account.id), "live")


def _report(call: ControlCall) -> Report:
    members = call.members
    return usual_report(
        EventType(members["report"]),
        kind=members.get("kind"),
        reason=members.get("reason"),
        code=members.get("code"),
        diagnostic=members.get("diagnostic"),
    )


def _check_report(call: ControlCall, message: Message, type: EventType) -> None:
    reports = call.world.policies[message.api].reports.get(message.channel, frozenset())
    if type not in reports:
        title = call.server.apis[message.api.encode()].dialect.title
        known = ", ".join(sorted(each.value for each in reports - _OWN_CONCLUSIONS)) or "nothing"
        raise Impossible(f"{title} has no report {type.value!r} on {message.channel.value}; it has {known}.")


def _recipient(call: ControlCall, message: Message) -> Recipient:
    recipients = [call.world.store.recipients[id] for id in recipient_ids(message)]
    address = call.members.get("recipient")
    if address is None and len(recipients) == 1:
        return recipients[0]
    found = next((each for each in recipients if each.address == address), None)
    if found is None:
        known = ", ".join(each.address for each in recipients[:10])
        raise BadInput("body", "recipient", f"expected one of {known}")
    return found


def _inbound(account: Account, message: InboundMessage) -> dict[str, Json]:
    return {
        "id": message.id,
        "api": message.api,
        "account": account.name,
        "channel": message.channel.value,
        "from": message.sender,
        "to": message.recipient,
        "text": message.text,
        "rich": message.rich,
        "in_reply_to": message.in_reply_to,
        "conversation": message.conversation_id,
        "created_at": iso_milliseconds(message.created_at),
    }
