"""The object store beside the API: what it signs, and how it refuses.

At the vendor it is a bucket of Amazon's S3. Forms and addresses are signed as there, in S3's words; an address is
signed over path, time and lifetime only. All values that nobody publishes are assumed.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import msgspec

from emulator.core.errors import Json
from emulator.core.ids import derived_secret
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import API
from emulator.gateway.world import World
from emulator.server.dialect import Reply

PATH = "/_media-bucket"
NAME = "emulator"
LARGEST_FILE = 100 * 1024 * 1024
"""Bytes. Source: Bird documentation, uploads of the conversations API, read 2026-11; that it holds here is assumed."""

# Source: recorded addresses, read 2026-11, of which the time is assumed.
GOOD_FOR = timedelta(minutes=15)

# Clients leave the key out of a redirect only if it leads to another host, as the vendor's does. So it does here, if
# the emulator is asked by a name that has a second one.
_OTHER_NAMES: Mapping[str, str] = {
    "127.0.0.1": "localhost",
    "localhost": "127.0.0.1",
    "[::1]": "localhost",
    "api.bird.com": "media.api.bird.com",
    "media.api.bird.com": "api.bird.com",
}
_ORIGIN = re.compile(r"(https?://)(.+?)((?::[0-9]+)?)")

_ALGORITHM = "AWS4-HMAC-SHA256"
_REGION = "eu-west-1"
_XML = b"application/xml"

_encode = msgspec.json.Encoder().encode


class Refusal(NamedTuple):
    """How the store says no."""

    status: int
    code: str
    message: str


class Refused(Exception):
    """The store does not do it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


# Source: Amazon S3 API reference, "Error responses", read 2026-11; that the vendor's answers are the same is assumed.
MALFORMED = Refusal(
    400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."
)
NOT_ONE_FILE = Refusal(400, "InvalidArgument", "POST requires exactly one file upload per request.")
TOO_LARGE = Refusal(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
TWO_CREDENTIALS = Refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
DENIED = Refusal(403, "AccessDenied", "Access Denied")
POLICY_EXPIRED = Refusal(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
EXPIRED = Refusal(403, "AccessDenied", "Request has expired")
NO_KEY = Refusal(404, "NoSuchKey", "The specified key does not exist.")


def refuse(refusal: Refusal) -> Reply:
    """The store's answer to what it does not do."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refusal.code}</Code><Message>{refusal.message}</Message></Error>"
    )
    return Reply(refusal.status, body.encode(), content_type=_XML)


def other_origin(origin: str) -> str | None:
    """Scheme and host under another name of the same machine; None if there is no other name."""
    parts = _ORIGIN.fullmatch(origin)
    name = _OTHER_NAMES.get(parts[2].lower()) if parts is not None else None
    return None if parts is None or name is None else f"{parts[1]}{name}{parts[3]}"


def sign_form(world: World, key: str, content_type: str, metadata: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form that lets its holder upload one file under a key, in the order of the documentation.

    `metadata` are the fields named `x-amz-meta-…`.
    """
    now = world.clock.now
    fields = {
        "Content-Type": content_type,
        "acl": "private",
        "bucket": NAME,
        "key": key,
        "x-amz-algorithm": _ALGORITHM,
        "x-amz-credential": f"{NAME}/{_scope(now)}",
        "x-amz-date": _stamp(now),
        **metadata,
        "x-amz-security-token": "emulator-session",
    }
    fields["policy"] = _policy(fields, now + GOOD_FOR)
    fields["x-amz-signature"] = _signature(world, now, fields["policy"])
    return dict(sorted(fields.items()))


def sign_address(world: World, path: str) -> str:
    """The query with which a path of the store can be fetched."""
    now = world.clock.now
    stamp, seconds = _stamp(now), str(int(GOOD_FOR.total_seconds()))
    query = {"X-Amz-Algorithm": _ALGORITHM, "X-Amz-Date": stamp, "X-Amz-Expires": seconds}
    return urlencode({**query, "X-Amz-Signature": _signature(world, now, f"{path}\n{stamp}\n{seconds}")})


def check_address(world: World, path: str, raw_query: bytes) -> None:
    """Refuse a path whose query was not signed for it, or too long ago. Raises `Refused`."""
    query = dict(parse_qsl(raw_query.decode("latin-1")))
    stamp, seconds = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
    signed_at = _read_stamp(stamp)
    if signed_at is None:
        raise Refused(DENIED)
    signature = _signature(world, signed_at, f"{path}\n{stamp}\n{seconds}")
    if not hmac.compare_digest(signature.encode(), query.get("X-Amz-Signature", "").encode()):
        raise Refused(DENIED)
    if world.clock.now >= signed_at + timedelta(seconds=int(seconds)):
        raise Refused(EXPIRED)


def _policy(fields: Mapping[str, str], expires_at: datetime) -> str:
    """What the form allows, as S3 has it: JSON in base64."""
    conditions: list[Json] = [{name: value} for name, value in fields.items()]
    conditions.append(["content-length-range", 0, LARGEST_FILE])
    return b64encode(_encode({"expiration": timestamp(expires_at), "conditions": conditions})).decode()


def _signature(world: World, at: datetime, text: str) -> str:
    """AWS signature, version 4. The secret is the world's own: a form that another world signed opens nothing here."""
    key = f"AWS4{derived_secret(API, world.name, 'bucket')}".encode()
    for part in _scope(at).split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _scope(at: datetime) -> str:
    return f"{at:%Y%m%d}/{_REGION}/s3/aws4_request"


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _read_stamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
