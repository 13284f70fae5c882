"""One message: what the person sees, what became of it, and the buttons that make the next thing happen."""

from typing import Any

import msgspec

from emulator.control.problems import BadInput
from emulator.core.links import links
from emulator.core.records import Channel, Content, EventType, Message, Sender
from emulator.core.segments import count_segments, split_segments
from emulator.dashboard.frame import HTML, framed
from emulator.dashboard.mail import FRAME_POLICY, LONGEST_SHOWN, Found, as_mime, as_page, found_in, headers_of
from emulator.dashboard.pages.webhooks import described
from emulator.dashboard.rich import Rich, read_rich
from emulator.dashboard.visit import Visit
from emulator.gateway.world import World
from emulator.server.dialect import Reply

MOST_RECIPIENTS = 50
MOST_SEGMENTS = 100

# In the order in which they mostly happen; each with the button's word.
_BUTTONS = {
    EventType.SENT: "Sent",
    EventType.DEFERRED: "Defer",
    EventType.DELIVERED: "Deliver",
    EventType.READ: "Read",
    EventType.OPENED: "Open",
    EventType.CLICKED: "Click",
    EventType.BOUNCED: "Bounce",
    EventType.FAILED: "Fail",
    EventType.EXPIRED: "Expire",
    EventType.COMPLAINED: "Complain",
    EventType.UNSUBSCRIBED: "Unsubscribe",
}


async def show(visit: Visit) -> Reply:
    """The message in full."""
    shown = await _message(visit)
    message = visit.world.store.messages[shown["id"]]
    content = shown["content"]
    return await framed(
        visit,
        "message.html",
        message=shown,
        recipients=shown["recipients"][:MOST_RECIPIENTS],
        timeline=shown["timeline"][: 20 * MOST_RECIPIENTS],
        unlisted=max(0, len(shown["recipients"]) - MOST_RECIPIENTS),
        bubbles=_bubbles(message.channel, content["text"] or ""),
        encoding=count_segments(content["text"] or "") if message.channel is Channel.SMS else None,
        rich=read_rich(content["rich"]) if content["rich"] is not None else Rich([], [], [], []),
        found=_found(content),
        headers=headers_of(message, shown["recipients"][0]["address"], content) if _is_mail(message) else [],
        buttons=_buttons(visit.world, message),
        ours=(ours := sender_of(visit.world, message)),
        receives=_receives(visit.world, message, ours),
        described=described(visit, [each for event in shown["webhooks"] for each in event["attempts"]]),
    )


async def mail_frame(visit: Visit) -> Reply:
    """The HTML part alone, for the frame."""
    html = (await _message(visit))["content"]["html"] or ""
    body = as_page(html).encode("utf-8", "replace")
    return Reply(200, body, ((b"content-security-policy", FRAME_POLICY),), HTML)


async def raw_mail(visit: Visit) -> Reply:
    """The mail as a file."""
    shown = await _message(visit)
    message = visit.world.store.messages[shown["id"]]
    if not _is_mail(message):
        raise BadInput("path", "id", f"a message over {message.channel.value} is no mail")
    body = as_mime(message, shown["recipients"][0]["address"], shown["content"])
    headers = ((b"content-disposition", b'attachment; filename="message.eml"'),)
    return Reply(200, body, headers, b"message/rfc822")


async def report(visit: Visit) -> Reply:
    """A provider's report, by hand."""
    id, form = visit.parts["id"], visit.form
    names = ("report", "recipient", "kind", "reason")
    await visit.ask("reportReceipt", {"id": id}, members={name: form[name] for name in names if form.get(name)})
    return visit.go("messages", id, done="reported")


async def reply(visit: Visit) -> Reply:
    """The person answers, or taps a suggestion."""
    message = visit.world.store.messages[visit.parts["id"]]
    form = visit.form
    members: dict[str, Any] = {
        "api": message.api,
        "account": message.account_id,
        "channel": message.channel.value,
        "from": form.get("from", ""),
        "to": form.get("to", ""),
        "in_reply_to": message.id,
    }
    if form.get("text"):
        members["text"] = form["text"]
    if form.get("suggestion"):
        try:
            members["suggestion"] = msgspec.json.decode(form["suggestion"])
        except (msgspec.DecodeError, RecursionError):
            raise BadInput("body", "suggestion", "expected JSON") from None
    await visit.ask("receiveInbound", members=members)
    return visit.go("messages", message.id, done="replied")


def sender_of(world: World, message: Message) -> str:
    """Where a person would write back to: the message's sender, else one of the account's that takes answers."""
    senders = [each.address for each in world.store.senders_by_account.get(message.account_id) if _fits(each, message)]
    candidates = [message.sender, *senders] if message.sender else senders
    taking = (address for address in candidates if _receives(world, message, address))
    return next(taking, None) or next(iter(candidates), "")


def _receives(world: World, message: Message, address: str) -> bool:
    return world.policies[message.api].receives(world, message.account_id, message.channel, address)


def _fits(sender: Sender, message: Message) -> bool:
    return sender.channel is message.channel


async def _message(visit: Visit) -> dict[str, Any]:
    return await visit.ask("getMessage", {"id": visit.parts["id"]})


def _found(content: dict[str, Any]) -> Found:
    """The links and pictures; of a long text, those of its beginning."""
    if content["html"] is not None:
        return found_in(content["html"])
    return Found(tuple(links(Content(text=(content["text"] or "")[:LONGEST_SHOWN]))), ())


def _is_mail(message: Message) -> bool:
    return message.channel is Channel.EMAIL


def _bubbles(channel: Channel, text: str) -> list[str]:
    """A text as the person's phone shows it; what was split on its way in its parts."""
    if channel is not Channel.SMS:
        return [text] if text else []
    return split_segments(text[: 160 * MOST_SEGMENTS])[:MOST_SEGMENTS]


def _buttons(world: World, message: Message) -> list[tuple[str, str]]:
    reports = world.policies[message.api].reports.get(message.channel, frozenset())
    return [(type.value, word) for type, word in _BUTTONS.items() if type in reports]
