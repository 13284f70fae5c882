"""The DNS records that each e-mail provider asks for before it takes mail from a domain.

Names and forms are the providers' own; keys and tokens are made up from domain and provider, so they stay the same.

Sources: the domain authentication pages of Postmark, SendGrid, Mailjet, Amazon SES, Mailgun, Brevo and Resend; read
2026-11. An own SMTP relay asks for nothing, so its row is an assumed sender policy.
"""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.core.errors import Json
from emulator.core.ids import derived_secret
from emulator.core.records import Connection


class _Record(NamedTuple):
    """One record; its host stands before the domain. `{key}`, `{token}`, `{dashed}` and `{host}` are filled in."""

    type: str
    host: str
    value: str
    note: str | None = None


_PUBLIC_KEY = "k=rsa;p=MIGfMA0GCSqGSIb3DQEBAQUAA4GN{key}"

_RECORDS: Mapping[str, tuple[_Record, ...]] = {
    "postmark": (
        _Record("TXT", "pm._domainkey", _PUBLIC_KEY, "DKIM"),
        _Record("CNAME", "pm-bounces", "pm.mtasv.net", "Return-Path"),
    ),
    "sendgrid": (
        _Record("CNAME", "em4821", "u{token}.wl.sendgrid.net", "Return-Path"),
        _Record("CNAME", "s1._domainkey", "s1.domainkey.u{token}.wl.sendgrid.net", "DKIM"),
        _Record("CNAME", "s2._domainkey", "s2.domainkey.u{token}.wl.sendgrid.net", "DKIM"),
    ),
    "mailjet": (
        _Record("TXT", "mailjet._{token}", "{token}", "Ownership"),
        _Record("TXT", "mailjet._domainkey", _PUBLIC_KEY, "DKIM"),
        _Record("TXT", "", "v=spf1 include:spf.mailjet.com ~all", "SPF"),
    ),
    "ses": tuple(
        _Record("CNAME", f"{place}{{token}}._domainkey", f"{place}{{token}}.dkim.amazonses.com", "DKIM")
        for place in "abc"
    ),
    "mailgun": (
        _Record("TXT", "k1._domainkey", _PUBLIC_KEY, "DKIM"),
        _Record("TXT", "", "v=spf1 include:mailgun.org ~all", "SPF"),
        _Record("CNAME", "email", "mailgun.org", "Tracking"),
    ),
    "brevo": (
        _Record("TXT", "", "brevo-code:{token}", "Ownership"),
        _Record("CNAME", "brevo1._domainkey", "b1.{dashed}.dkim.brevo.com", "DKIM"),
        _Record("CNAME", "brevo2._domainkey", "b2.{dashed}.dkim.brevo.com", "DKIM"),
    ),
    "resend": (
        _Record("TXT", "resend._domainkey", _PUBLIC_KEY, "DKIM"),
        _Record("TXT", "send", "v=spf1 include:amazonses.com ~all", "SPF"),
    ),
    "smtp": (_Record("TXT", "", "v=spf1 a:{host} ~all", "SPF"),),
}


def dns_records(connection: Connection, domain: str) -> list[Json]:
    """The records to publish for a domain at a connected provider, as the API shows them."""
    token = derived_secret("domain", connection.provider, domain, length=32)
    places = {
        "key": derived_secret("key", connection.provider, domain, length=42),
        "token": token.lower(),
        "dashed": domain.replace(".", "-"),
        "host": str(connection.public.get("host") or f"mail.{domain}"),
    }
    return [_shown(record, places, domain) for record in _RECORDS.get(connection.provider, ())]


def _shown(record: _Record, places: Mapping[str, str], domain: str) -> Json:
    host = record.host.format_map(places)
    return {
        "type": record.type,
        "host": f"{host}.{domain}" if host else domain,
        "value": record.value.format_map(places),
        "note": record.note,
    }
