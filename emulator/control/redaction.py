"""Takes secrets out of what is shown of a call. What is stored stays as it was.

Structure decides, not the look of a value: headers, query parameters and members are redacted by their names. So the
same call always reads the same.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

import msgspec

from emulator.core.errors import Json

REDACTED = "[redacted]"

_SHOWN = 4
# Of a short secret, four characters would be too much.
_LONG_ENOUGH = 12

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET_ENDINGS = ("-key", "-token", "-secret")
# An idempotency key proves nothing, and whoever reads the journal looks for it.
_HARMLESS = "idempotency"

# Names in lower case, without what different spellings put between the words.
_SECRET_NAMES = frozenset(
    {
        "accesstoken",
        "apikey",
        "apisecret",
        "authtoken",
        "clientsecret",
        "password",
        "plaintext",
        "privatekey",
        "refreshtoken",
        "secret",
        "secretaccesskey",
        "secretconfig",
        "signingkey",
        "signingsecret",
        "token",
        "webhooksecret",
    }
)
_BETWEEN = str.maketrans("", "", "-_. ")
# In a query string this is a credential; in a body it can be anything's name, as of a template.
_KEY = "key"
# For a body that was cut, and so is no JSON any more.
_MEMBER = re.compile(r'("((?:[^"\\]|\\.){1,64})"\s*:\s*)(\{[^{}]*\}?|\[[^\[\]]*\]?|"(?:[^"\\]|\\.)*"?|[^\s,}\]]+)')


def redact_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers as text, by name in lower case; those that came several times in one line."""
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        value = redact_header(name, raw_value.decode("latin-1"))
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


def redact_header(name: str, value: str) -> str:
    """The value of a header; of a credential its scheme and its end."""
    return _redact_credential(value) if _is_secret_header(name.lower()) else value


def redact_query(raw_query: bytes) -> str:
    """A query string, or a form, as it was sent, without the values of secrets."""
    parts = raw_query.decode("utf-8", "replace").split("&")
    return "&".join(_redact_pair(part) for part in parts)


def redact_body(raw: bytes) -> str:
    """A body as text. JSON without secrets stays as it was written; with secrets it is written anew."""
    text = raw.decode("utf-8", "replace")
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return redact_query(raw) if _is_form(text) else text
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _MEMBER.sub(_redact_member, text)
    cleaned, changed = _clean(value)
    return msgspec.json.encode(cleaned).decode() if changed else text


def _is_secret_header(name: str) -> bool:
    return (name in _SECRET_HEADERS or name.endswith(_SECRET_ENDINGS)) and _HARMLESS not in name


def _is_secret(name: str) -> bool:
    return name.lower().translate(_BETWEEN) in _SECRET_NAMES


def _redact_credential(value: str) -> str:
    """A credential's scheme and its last characters, by which people tell one from another."""
    scheme, space, secret = value.rpartition(" ")
    return f"{scheme}{space}{REDACTED}{_end(secret)}"


def _end(secret: str) -> str:
    return secret[-_SHOWN:] if len(secret) >= _LONG_ENOUGH else ""


def _is_form(text: str) -> bool:
    return "=" in text and "\n" not in text and " " not in text


def _redact_pair(part: str) -> str:
    name, equals, value = part.partition("=")
    plain = unquote_plus(name)
    hide = equals and (_is_secret(plain) or plain.lower() == _KEY)
    return f"{name}{equals}{REDACTED}{_end(value)}" if hide else part


def _clean(value: Json) -> tuple[Json, bool]:
    """A copy without secrets, and whether there were any."""
    if isinstance(value, dict):
        cleaned = {name: _clean_member(name, member) for name, member in value.items()}
        return {name: each for name, (each, _) in cleaned.items()}, any(changed for _, changed in cleaned.values())
    if isinstance(value, list):
        pairs = [_clean(item) for item in value]
        return [each for each, _ in pairs], any(changed for _, changed in pairs)
    return value, False


def _clean_member(name: str, member: Json) -> tuple[Json, bool]:
    if not _is_secret(name):
        return _clean(member)
    if isinstance(member, str):
        return REDACTED + _end(member), True
    return (REDACTED, True) if isinstance(member, dict | list) and member else (member, False)


def _redact_member(match: re.Match[str]) -> str:
    return f'{match[1]}"{REDACTED}"' if _is_secret(match[2]) else match[0]
