"""A call as one line for a shell, exactly as it was sent."""

from collections.abc import Callable, Mapping
from shlex import quote

# What clients add by themselves, and only in so far as they do: a value that was generated is part of the call.
_USUAL: Mapping[str, Callable[[str, bytes | None], bool]] = {
    "accept": lambda value, _: value == "*/*",
    "accept-encoding": lambda value, _: value.startswith("gzip, deflate"),
    "connection": lambda value, _: value == "keep-alive",
    "content-length": lambda value, body: value == str(len(body or b"")),
    "user-agent": lambda value, _: value.startswith(("schemathesis/", "python-requests/", "testclient")),
    # Only tells test cases apart.
    "x-schemathesis-testcaseid": lambda _value, _body: True,
}


def as_curl(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> str:
    """Write the call. Bytes that are no plain text are written as `$'…'`, which bash, zsh and ksh read."""
    parts = ["curl", "-i"]
    if method != ("GET" if body is None else "POST"):
        parts.append("--head" if method == "HEAD" else f"-X {quote(method)}")
    if any(sign in url for sign in "[]{}"):
        parts.append("--globoff")
    if "/./" in url or "/../" in url or url.endswith(("/.", "/..")):
        parts.append("--path-as-is")
    parts += [
        f"-H {_word(_header(name, value))}" for name, value in headers.items() if not _is_usual(name, value, body)
    ]
    if body is not None:
        if not any(name.lower() == "content-type" for name in headers):
            # Else curl names a form.
            parts.append("-H Content-Type:")
        parts.append("--data-binary @-" if b"\0" in body else f"--data-raw {_word(body)}")
    parts.append(quote(url))
    # No argument can hold a zero byte.
    before = f"printf '{_for_printf(body)}' | " if body is not None and b"\0" in body else ""
    return before + " ".join(parts)


def _is_usual(name: str, value: str, body: bytes | None) -> bool:
    is_usual = _USUAL.get(name.lower())
    return is_usual is not None and is_usual(value, body)


def _header(name: str, value: str) -> bytes:
    # A header without a value ends with a semicolon, or curl leaves it out. Headers travel as latin-1.
    return f"{name}: {value}".encode("latin-1", "replace") if value else f"{name};".encode("latin-1", "replace")


def _word(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and text.isprintable():
        return quote(text)
    return "$'" + "".join(_escaped(byte) for byte in raw) + "'"


def _escaped(byte: int) -> str:
    sign = chr(byte)
    if sign in "\\'":
        return "\\" + sign
    return sign if " " <= sign <= "~" else f"\\x{byte:02x}"


def _for_printf(raw: bytes) -> str:
    return "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03o}" for byte in raw)
