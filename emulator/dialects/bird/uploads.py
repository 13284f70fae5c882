"""Files: prepared by a signed form, uploaded with it, and fetched again; and those that people sent in.

The content of a file: `contentType`; `form`, the signed fields; `channelId` or `messageId`, to which it belongs, if to
any; and, once there are any, its bytes.
"""

import re
from base64 import b64decode

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound
from emulator.core.records import InboundMessage, Resource
from emulator.core.store import Store
from emulator.dialects.bird import bucket
from emulator.gateway.world import World

MEDIA = "media"

# RFC 9110, "Media Type"; whatever else a caller called the file's type stays out of a header.
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+( *; *[\w!#$&^.+-]+=(\"[\w /.+-]*\"|[\w.+-]+))*", re.ASCII)
_VENDOR = "https://media.api.bird.com"
_UNKNOWN_TYPE = "binary/octet-stream"


def prepare(world: World, workspace_id: str, content_type: str, channel_id: str | None = None) -> Resource:
    """Prepare an upload, for one channel or for all of the workspace."""
    id = world.ids.uuid("media")
    content: dict[str, Json] = {"contentType": content_type}
    metadata: dict[str, str] = {}
    if channel_id is not None:
        content["channelId"] = metadata["x-amz-meta-channel-id"] = channel_id
    metadata["x-amz-meta-allowed-paths"] = path_of(workspace_id, id, channel_id)
    form = bucket.sign_form(world, f"{workspace_id}/{id}", content_type, metadata)
    content["form"] = dict[str, Json](form)
    return _put(world, workspace_id, id, content)


def keep_incoming(world: World, inbound: InboundMessage) -> InboundMessage:
    """Keep the file that came with a message from a person, and name its address.

    The file is `media` with `contentType` and `content` (base64). One that has an address already stays where it is.
    """
    rich = inbound.rich if isinstance(inbound.rich, dict) else {}
    media = rich.get("media")
    if not isinstance(media, dict) or media.get("mediaUrl") or media.get("url"):
        return inbound
    id = world.ids.uuid("media")
    facts: dict[str, Json] = {
        "contentType": media.get("contentType", _UNKNOWN_TYPE),
        "messageId": inbound.id,
        "bytes": _packed(_decoded(str(media.get("content", "")))),
    }
    _put(world, inbound.account_id, id, facts)
    path = f"/workspaces/{inbound.account_id}/messages/{inbound.id}/{MEDIA}/{id}"
    described = {name: value for name, value in media.items() if name != "content"}
    address = _address_of(world.store, inbound.account_id)
    return replace(inbound, rich={**rich, "media": {**described, "mediaUrl": f"{address}{path}"}})


def _address_of(store: Store, workspace_id: str) -> str:
    """What an address in a webhook's body begins with: where the workspace subscribed last, else the vendor's host."""
    known = [each.extras.get("address") for each in store.endpoints_by_account.get(workspace_id)]
    return next((address for address in reversed(known) if isinstance(address, str)), _VENDOR)


def _decoded(content: str) -> bytes:
    try:
        return b64decode(content, validate=True)
    except ValueError:
        # Whoever writes a story may write a text as it is.
        return content.encode()


def path_of(workspace_id: str, id: str, channel_id: str | None = None) -> str:
    """The path of the address under which messages link to an uploaded file."""
    channel = "" if channel_id is None else f"/channels/{channel_id}"
    return f"/workspaces/{workspace_id}{channel}/{MEDIA}/{id}"


def of_key(store: Store, key: str) -> Resource | None:
    """The prepared upload whose form has a key; None if there is none."""
    workspace_id, _, id = key.partition("/")
    file = store.resources.get(id)
    return file if file is not None and file.kind == MEDIA and file.account_id == workspace_id else None


def find(
    store: Store, workspace_id: str, id: str, *, channel_id: str | None = None, message_id: str | None = None
) -> Resource:
    """A file with its bytes, which belongs to this channel or message, or to none. Raises `NotFound`."""
    file = of_key(store, f"{workspace_id}/{id}")
    if file is None or "bytes" not in file.content:
        raise NotFound(MEDIA, id)
    if (file.content.get("channelId"), file.content.get("messageId")) != (channel_id, message_id):
        raise NotFound(MEDIA, id)
    return file


def fill(world: World, file: Resource, content: bytes) -> Resource:
    """Put the bytes into a prepared upload, in place of those of an earlier upload."""
    return world.store.resources.put(replace(file, content={**file.content, "bytes": _packed(content)}))


def bytes_of(file: Resource) -> bytes | None:
    """The bytes of a file; None if nothing was uploaded yet."""
    packed = file.content.get("bytes")
    return packed.encode("latin-1") if isinstance(packed, str) else None


def served_type(file: Resource) -> str:
    """The content type that a file is served with: the one it was prepared with, if it can stand in a header."""
    content_type = str(file.content["contentType"])
    return content_type if _MEDIA_TYPE.fullmatch(content_type) else _UNKNOWN_TYPE


def _packed(content: bytes) -> str:
    """Bytes as JSON can hold them; in memory a character below 256 takes one byte, too."""
    return content.decode("latin-1")


def _put(world: World, workspace_id: str, id: str, content: dict[str, Json]) -> Resource:
    return world.store.resources.put(
        Resource(id=id, account_id=workspace_id, kind=MEDIA, created_at=world.clock.now, content=content)
    )
