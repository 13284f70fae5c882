"""Whether a webhook's signature holds, judged from the contract alone.

The header that carries it says under `x-signature` how it is made: its `value`, what it `signs`, the `encoding`, and
the `timestamp_header` if the time stands elsewhere. The key is the whole secret, the sum HMAC-SHA256.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256


def signature_problem(
    rule: Mapping[str, str], written: str, *, headers: Mapping[str, str], body: bytes, url: str, secret: str
) -> str | None:
    """What is wrong with a signature; None if it holds. `written` is the header's value; names are in lower case."""
    form = re.escape(rule["value"])
    for token in ("signature", "timestamp"):
        form = form.replace(re.escape(f"{{{token}}}"), f"(?P<{token}>[^,;]+)")
    found = re.fullmatch(form, written)
    if found is None:
        return f"{written!r} has not the form {rule['value']}"
    held = found.groupdict()
    timestamp = headers.get(rule.get("timestamp_header", "").lower()) or held.get("timestamp") or ""
    message = rule["signs"].encode()
    # The body last: it may contain what looks like one of the others.
    for token, value in (
        (b"{timestamp}", timestamp.encode()),
        (b"{url}", url.encode()),
        (b"{sha256(body)}", sha256(body).digest()),
        (b"{body}", body),
    ):
        before, sign, after = message.partition(token)
        message = before + (value if sign else b"") + after
    made = hmac.new(secret.encode(), message, sha256).digest()
    wanted = made.hex() if rule["encoding"] == "hex" else b64encode(made).decode()
    return None if hmac.compare_digest(wanted, held["signature"]) else "it is not that of these bytes"
