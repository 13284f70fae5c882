"""Providers report what became of a message; they carry no credential, the path names the tenant."""

from collections.abc import Mapping

from emulator.core.errors import NotFound, Unauthenticated
from emulator.core.records import Account, Channel
from emulator.dialects.raven.callbacks import FORMATS, Format, Posted, note, take
from emulator.dialects.raven.vocabulary import API
from emulator.server.dialect import Call, Handler, Reply


def receive_email_callback(call: Call) -> Reply:
    """Take a report of an e-mail provider."""
    return _receive(call, Channel.EMAIL)


def receive_sms_callback(call: Call) -> Reply:
    """Take a report of an SMS provider."""
    return _receive(call, Channel.SMS)


def receive_whatsapp_callback(call: Call) -> Reply:
    """Take a report of a WhatsApp provider."""
    return _receive(call, Channel.WHATSAPP)


def _receive(call: Call, channel: Channel) -> Reply:
    """Read all of the body, then act on each notice: a body with one bad part has no effect."""
    format = FORMATS[channel].get(call.parameters["provider"])
    if format is None:
        raise NotFound("provider", call.parameters["provider"])
    tenant = _tenant(call)
    posted = Posted(call.raw_body, call.headers)
    _check_signature(call, tenant, format, posted)
    for notice in format.read(posted):
        take(call.world, tenant.id, notice)
    return Reply(200, content_type=None)


def _tenant(call: Call) -> Account:
    id = call.parameters["tenantId"]
    tenant = call.world.store.accounts.get(id)
    if tenant is None or tenant.api != API:
        raise NotFound("tenant", id)
    return tenant


def _check_signature(call: Call, tenant: Account, format: Format, posted: Posted) -> None:
    """Hold a callback against every secret that the tenant connected this provider with; one has to fit."""
    secrets = _secrets(call, tenant)
    if format.is_signed is None or not secrets:
        return
    verdicts = [format.is_signed(posted, secret) for secret in secrets]
    if any(verdicts):
        return
    if None not in verdicts:
        raise Unauthenticated("unknown", "signature")
    note(call.world, "callback signature not checked", tenant.id, "the library `cryptography` is not installed")


def _secrets(call: Call, tenant: Account) -> list[str]:
    connections = call.world.store.connections_by_account.get(tenant.id)
    own = (each.secret.get("webhook_secret") for each in connections if each.provider == call.parameters["provider"])
    return [secret for secret in own if isinstance(secret, str) and secret]


HANDLERS: Mapping[str, Handler] = {
    "receiveEmailCallback": receive_email_callback,
    "receiveSmsCallback": receive_sms_callback,
    "receiveWhatsappCallback": receive_whatsapp_callback,
}
