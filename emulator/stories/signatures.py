"""Verifies the signature of a webhook, from its description in the API's contract and from nothing else.

The description stands under `x-signature` at the header parameter that carries the signature:

    value             the header's form; `{signature}` is the digest, `{timestamp}` a time that is signed
    signs             what is signed: `{timestamp}`, `{body}`, `{sha256(body)}` (its 32 raw bytes), `{url}`
    encoding          `hex` or `base64`; HMAC-SHA256 with the whole secret as key
    timestamp_header  where the time stands, if it is not in the value
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

_TOKEN = re.compile(r"\{([a-z0-9()]+)\}")


class SignatureRule(NamedTuple):
    """How an API signs. `header` is in lower case."""

    header: str
    value: str
    signs: str
    encoding: str
    timestamp_header: str | None = None


class Signed(NamedTuple):
    """What came. Names of headers are in lower case; `url` is the address as it was subscribed."""

    headers: Mapping[str, str]
    body: bytes
    url: str


def rule_of(header: str, written: Mapping[str, str]) -> SignatureRule:
    """Read a description."""
    timestamp_header = written.get("timestamp_header")
    return SignatureRule(
        header=header.lower(),
        value=written["value"],
        signs=written["signs"],
        encoding=written["encoding"],
        timestamp_header=timestamp_header.lower() if timestamp_header else None,
    )


def judge(rule: SignatureRule | None, signed: Signed, secret: str | None) -> str:
    """`valid`, `invalid`, `absent`, or `unknown` when there is a signature and no secret to hold it against."""
    if rule is None or rule.header not in signed.headers:
        return "absent"
    if secret is None:
        return "unknown"
    return "valid" if _holds(rule, signed, secret) else "invalid"


def _holds(rule: SignatureRule, signed: Signed, secret: str) -> bool:
    parts = _pattern(rule.value).fullmatch(signed.headers[rule.header].strip())
    if parts is None:
        return False
    found = parts.groupdict()
    timestamp = signed.headers.get(rule.timestamp_header, "") if rule.timestamp_header else found.get("timestamp", "")
    digest = hmac.digest(secret.encode(), _signed_bytes(rule.signs, signed, timestamp), "sha256")
    wanted = digest.hex() if rule.encoding == "hex" else base64.b64encode(digest).decode()
    return hmac.compare_digest(wanted.encode(), found["signature"].encode())


def _pattern(value: str) -> re.Pattern[str]:
    """The header's form as an expression with a group for each token."""
    pieces = _TOKEN.split(value)
    return re.compile(
        "".join(f"(?P<{piece}>[^,\\s]+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    )


def _signed_bytes(signs: str, signed: Signed, timestamp: str) -> bytes:
    values = {
        "timestamp": timestamp.encode(),
        "body": signed.body,
        "sha256(body)": hashlib.sha256(signed.body).digest(),
        "url": signed.url.encode(),
    }
    pieces = _TOKEN.split(signs)
    return b"".join(values[piece] if place % 2 else piece.encode() for place, piece in enumerate(pieces))
