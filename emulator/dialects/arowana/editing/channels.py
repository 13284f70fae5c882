"""Channels for e-mail and SMS with their sending domains: the vendor's dashboard has them, the API only names them."""

from collections.abc import Callable

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Resource
from emulator.dialects.arowana import senders
from emulator.dialects.arowana.vocabulary import CHANNEL_TYPES, CHANNEL_WORDS, EMAIL, MESSAGE, NEWSLETTER, SMS
from emulator.gateway.world import World
from emulator.server.editing import Field, Kind, Members, Thing

_VERIFY, _FORGET = "Verify the domain", "Make the domain unverified"

_TYPES = [(MESSAGE, MESSAGE), (NEWSLETTER, NEWSLETTER)]


def _show(world: World, account: Account, id: str) -> Thing:
    channel = senders.find_channel(world.store, account.id, id)
    content = channel.content
    steps: tuple[str, ...] = ()
    if _is_mail(channel):
        steps = (_FORGET if content.get("verified") is True else _VERIFY,)
    names = ("type", "from", "reply_to", "message_types")
    facts: dict[str, Json] = {"Id": id, "Since": iso_seconds(channel.created_at)}
    return Thing(
        id=id,
        title=str(content.get("from") or content["type"]),
        status=senders.obstacle_of(channel) or "ready",
        members={**{name: content.get(name) for name in names}, "active": content.get("active") is not False},
        facts={**facts, "Domain verified": content.get("verified")},
        steps=steps,
    )


def _is_mail(channel: Resource) -> bool:
    return CHANNEL_TYPES[str(channel.content["type"])] is EMAIL


def _create(world: World, account: Account, members: Members) -> str:
    content: dict[str, Json] = {"type": members["type"], **_content(members, members["type"])}
    if members["type"] == CHANNEL_WORDS[EMAIL]:
        content["verified"] = False
    channel = Resource(
        id=f"ch_{world.ids.hex('channel', 32)}",
        account_id=account.id,
        kind=senders.KIND,
        created_at=world.clock.now,
        content=content,
    )
    return world.store.resources.put(channel).id


def _update(world: World, account: Account, id: str, members: Members) -> str:
    channel = senders.find_channel(world.store, account.id, id)
    content = _content(members, str(channel.content["type"]))
    return world.store.resources.put(replace(channel, content={**channel.content, **content})).id


def _content(members: Members, type: str) -> dict[str, Json]:
    content: dict[str, Json] = {"active": members["active"], "message_types": members["message_types"]}
    if type != CHANNEL_WORDS[EMAIL]:
        return content
    if "from" not in members:
        raise InvalidFields([FieldProblem(("from",), "required")])
    return {**content, "from": members["from"], "reply_to": members.get("reply_to", members["from"])}


def _set_verified(*, verified: bool) -> Callable[[World, Account, str], None]:
    def do(world: World, account: Account, id: str) -> None:
        channel = senders.find_channel(world.store, account.id, id)
        world.store.resources.put(replace(channel, content={**channel.content, "verified": verified}))

    return do


def _delete(world: World, account: Account, id: str) -> None:
    world.store.resources.delete(senders.find_channel(world.store, account.id, id).id)


_MAIL_ADDRESS = {"type": "string", "pattern": "^[^\\s@]+@[^\\s@]+$", "maxLength": 254}

KIND = Kind(
    name="channels",
    one="channel",
    title="Channels",
    fields=(
        Field(
            name="type",
            label="Type",
            schema={"type": "string", "enum": [CHANNEL_WORDS[EMAIL], CHANNEL_WORDS[SMS]]},
            is_needed=True,
            is_fixed=True,
            usual=CHANNEL_WORDS[EMAIL],
        ),
        Field(
            name="from", label="From", schema=_MAIL_ADDRESS, hint="Of an e-mail channel; its domain is verified below."
        ),
        Field(name="reply_to", label="Reply to", schema=_MAIL_ADDRESS),
        Field(
            name="message_types",
            label="May send",
            schema={"type": "array"},
            options=lambda _world, _account: _TYPES,
            usual=[MESSAGE],
        ),
        Field(name="active", label="Active", schema={"type": "boolean"}, usual=True),
    ),
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, senders.KIND)),
    thing=_show,
    create=_create,
    update=_update,
    delete=_delete,
    steps={_VERIFY: _set_verified(verified=True), _FORGET: _set_verified(verified=False)},
)
