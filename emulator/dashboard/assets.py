"""The style sheet, the script and the picture: files of ours, by name, from no other place."""

from collections.abc import Mapping
from types import MappingProxyType

from emulator.core.errors import NotFound
from emulator.dashboard.templates import FOLDER
from emulator.server.dialect import Reply

_TYPES: Mapping[str, bytes] = MappingProxyType(
    {
        "style.css": b"text/css; charset=utf-8",
        "live.js": b"text/javascript; charset=utf-8",
        "mark.svg": b"image/svg+xml",
    }
)


def asset(name: str) -> Reply:
    """A file. Raises `NotFound`."""
    content_type = _TYPES.get(name)
    if content_type is None:
        raise NotFound("file", name)
    body = (FOLDER / "static" / name).read_bytes()
    return Reply(200, body, ((b"cache-control", b"no-cache"),), content_type)
