"""Who may ask: the names under which the server answers, the control token, and the origin of changes.

A page that a browser shows can send requests to this machine, and a name of its own that leads here makes them look
as if they were its own. So the `Host` must be one that we know, and changes must not come from elsewhere.
"""

from collections.abc import Iterable
from hmac import compare_digest
from ipaddress import ip_address

from emulator.control.problems import CrossOrigin, MisdirectedHost
from emulator.core.errors import Unauthenticated, UnsupportedContentType
from emulator.server.dialect import Headers

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Checks calls before anything else looks at them. `allowed_hosts` are names or addresses, without ports."""

    def __init__(self, allowed_hosts: Iterable[str], token: str | None) -> None:
        self._allowed = frozenset(host_name(host) for host in allowed_hosts)
        self._token = token.encode() if token else None

    def check(self, method: str, headers: Headers, *, is_open: bool) -> None:
        """Let a call pass, or not. One that `is_open` needs no token.

        Raises `Unauthenticated`, `MisdirectedHost`, `CrossOrigin` and `UnsupportedContentType`.
        """
        host = headers.get(b"host", b"").decode("latin-1")
        proved = self._is_proved(headers.get(b"authorization", b""))
        if not proved:
            if not self._answers_for(host_name(host)):
                raise MisdirectedHost(host)
            if self._token is not None and not is_open:
                raise Unauthenticated("missing" if b"authorization" not in headers else "unknown", "controlToken")
        if method not in _READS:
            _check_origin(headers, host)
            _check_type(headers)

    def _is_proved(self, authorization: bytes) -> bool:
        scheme, _, token = authorization.partition(b" ")
        return self._token is not None and scheme.lower() == b"bearer" and compare_digest(token.strip(), self._token)

    def _answers_for(self, name: str) -> bool:
        return name in self._allowed or is_loopback(name)


def host_name(host: str) -> str:
    """A host without its port, in lower case; an IPv6 address without its brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host if host.count(":") > 1 else host.partition(":")[0]


def is_loopback(name: str) -> bool:
    """Whether a name means this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _check_origin(headers: Headers, host: str) -> None:
    origin = headers.get(b"origin", b"").decode("latin-1")
    if origin and origin.partition("://")[2].lower() != host.strip().lower():
        raise CrossOrigin(origin)
    if headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
        raise CrossOrigin(origin or "another origin")


def _check_type(headers: Headers) -> None:
    """Refuse what a form could send: browsers ask before they send JSON elsewhere."""
    value = headers.get(b"content-type", b"").decode("latin-1")
    has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
    if (value or has_body) and value.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedContentType(value or None)
