"""A certificate and its key: read for TLS, and, if they cannot be used, said why."""

import ssl
from pathlib import Path

_MISMATCH = "KEY_VALUES_MISMATCH"


class Unusable(Exception):
    """Why a certificate and a key cannot be used, for people."""


def make_context(cert: Path, key: Path | None) -> ssl.SSLContext:
    """What a server needs for TLS. Without a `key`, it stands in the certificate's file. Raises `Unusable`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    try:
        # without a password given, OpenSSL would ask for it on the terminal
        context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        raise Unusable(_why(error, cert, key or cert)) from None
    return context


def _why(error: Exception, cert: Path, key: Path) -> str:
    """OpenSSL names neither the file nor, mostly, the reason; so the files are looked at again."""
    contents: list[bytes] = []
    for path in (cert, key):
        try:
            contents.append(path.read_bytes())
        except (OSError, ValueError) as unreadable:
            return f"{path}: {getattr(unreadable, 'strerror', None) or unreadable}"
    reason = getattr(error, "reason", None)
    if reason == _MISMATCH:
        return f"the key {key} does not belong to the certificate {cert}"
    if b"-----BEGIN CERTIFICATE-----" not in contents[0]:
        return f"{cert} has no certificate in PEM form"
    if b"ENCRYPTED" in contents[1]:
        return f"the key {key} is encrypted; give one without a passphrase"
    if b"PRIVATE KEY-----" not in contents[1]:
        return f"{key} has no key in PEM form"
    return f"{cert} with {key}: {(reason or 'broken').lower().replace('_', ' ')}"
