"""Two-way threads: what went to a person and what came back, over every channel on which people can write.

Few of the APIs keep conversations, so a thread is what passed between one person and one account on one channel. Only
the newest messages are looked at.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from emulator.control.call import account_name
from emulator.core.records import Channel, InboundMessage, Message
from emulator.dashboard.frame import framed
from emulator.dashboard.pages.message import sender_of
from emulator.dashboard.pages.things import editor_of
from emulator.dashboard.visit import Visit
from emulator.gateway.world import World
from emulator.server.dialect import Reply

MOST_LOOKED_AT = 10_000
MOST_THREADS = 100
MOST_SHOWN = 200

# Of conversations that an API keeps, what people edit.
_KIND = "conversations"
_ONE_WAY = frozenset({Channel.BROADCAST, Channel.PUSH, Channel.VOICE})


class Key(NamedTuple):
    """What a thread is known by."""

    account: str
    channel: str
    person: str


class Said(NamedTuple):
    """One message of a thread. `id` is our message's, None for what came in."""

    at: datetime
    text: str
    status: str
    id: str | None
    ours: str
    conversation: str | None


async def show(visit: Visit) -> Reply:
    """The threads, the one with the newest message first."""
    world = visit.world
    threads: dict[Key, Said] = {}
    for key, said in sorted(_all(world), key=lambda each: each[1].at, reverse=True):
        threads.setdefault(key, said)
    shown = list(threads.items())[:MOST_THREADS]
    names = {key: account_name(world, key.account) for key, _ in shown}
    return await framed(
        visit,
        "conversations.html",
        threads=shown,
        names=names,
        looked_at=MOST_LOOKED_AT,
        unlisted=len(threads) - len(shown),
    )


async def thread(visit: Visit) -> Reply:
    """One thread, the newest message last, and a reply as the person."""
    world = visit.world
    key = Key(*(visit.query.get(name, "") for name in Key._fields))
    account = world.store.accounts[key.account]
    said = sorted((said for its, said in _all(world) if its == key), key=lambda each: each.at)[-MOST_SHOWN:]
    ours = next((each.ours for each in reversed(said) if each.ours), "")
    ids = dict.fromkeys(each.conversation for each in said if each.conversation)
    kept = [each for id in ids if (each := world.store.conversations.get(id)) is not None]
    editors = {each.id: editor for each in kept if (editor := editor_of(visit, account, _KIND, each.id)) is not None}
    return await framed(
        visit, "thread.html", key=key, account=account, said=said, ours=ours, kept=kept, editors=editors
    )


async def reply(visit: Visit) -> Reply:
    """The person writes."""
    form = visit.form
    account = visit.world.store.accounts[form.get("account", "")]
    names = ("channel", "from", "to", "text")
    members = {"api": account.api, "account": account.id, **{name: form.get(name, "") for name in names}}
    await visit.ask("receiveInbound", members=members)
    where = {"account": account.id, "channel": members["channel"], "person": members["from"]}
    return visit.go("conversations", "thread", **where, done="replied")


def _all(world: World) -> Iterator[tuple[Key, Said]]:
    store = world.store
    for message in _newest(store.messages.rows.values()):
        if message.channel not in _ONE_WAY:
            yield from _sent(world, message)
    for inbound in _newest(store.inbound.rows.values()):
        key = Key(inbound.account_id, inbound.channel.value, inbound.sender)
        yield key, Said(inbound.created_at, _text_of(inbound), "", None, inbound.recipient, inbound.conversation_id)


def _newest(rows: Any) -> Iterable[Any]:  # noqa: ANN401 - a dict's values, which can be read backwards
    return islice(reversed(rows), MOST_LOOKED_AT)


def _sent(world: World, message: Message) -> Iterator[tuple[Key, Said]]:
    # A batch is told by its first recipient; a thread of each would drown the others.
    recipient = world.store.recipients[message.id]
    text = message.content.text or message.content.subject or message.content.html or "(rich content)"
    key = Key(message.account_id, message.channel.value, recipient.address)
    ours = sender_of(world, message)
    yield key, Said(message.created_at, text, recipient.status.value, message.id, ours, message.conversation_id)


def _text_of(inbound: InboundMessage) -> str:
    if inbound.text:
        return inbound.text
    names = ", ".join(inbound.rich) if isinstance(inbound.rich, dict) else "something"
    return f"({names})"
