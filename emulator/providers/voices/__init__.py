"""Every provider voice by name, and what a provider said about one event."""

from collections.abc import Mapping
from functools import cache
from zlib import crc32

from msgspec.structs import replace

from emulator.core.ids import Ids
from emulator.core.records import Event, EventType, Origin
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice
from emulator.providers.voices import (
    africas_talking,
    brevo,
    fcm,
    mailgun,
    mailjet,
    operator,
    postmark,
    rbm,
    sandbox,
    sendgrid,
    ses,
    smtp,
    whatsapp,
)
from emulator.providers.voices.answers import server_error_status
from emulator.providers.voices.event_ids import first_telling

VOICES: Mapping[str, Voice] = {
    "africas_talking": africas_talking.VOICE,
    "brevo": brevo.VOICE,
    "fcm": fcm.VOICE,
    "mailgun": mailgun.VOICE,
    "mailjet": mailjet.VOICE,
    "postmark": postmark.VOICE,
    "rbm": rbm.VOICE,
    "sandbox": sandbox.VOICE,
    "sendgrid": sendgrid.VOICE,
    "ses": ses.VOICE,
    "smtp": smtp.VOICE,
    "safaricom": operator.VOICES["safaricom"],
    "airtel": operator.VOICES["airtel"],
    "telkom": operator.VOICES["telkom"],
    "unknown": operator.VOICES["unknown"],
    "whatsapp": whatsapp.VOICES["whatsapp"],
    "meta_waba": whatsapp.VOICES["meta_waba"],
}


def voice(name: str) -> Voice:
    """The voice of a provider; one that we do not know speaks plainly, as the sandbox does.

    A channel that nobody but its own platform carries (`telegram`, `webchat`) is such a provider, under its own name.
    """
    return VOICES.get(name) or _plain_voice(name)


def payload(facts: Facts) -> Payload | None:
    """What the provider answered or posted at this event, or None if it said nothing.

    What was really posted is given back as it is. The platform's own events carry nothing, except a call that the
    provider answered with a 5xx.
    """
    event = facts.event
    if event.raw is not None:
        return Payload(content_type=_content_type(event.raw), body=event.raw)
    speaker = voice(facts.recipient.provider or sandbox.NAME)
    facts = _with_message_id(facts, speaker)
    match event.origin:
        case Origin.ANSWER:
            return speaker.answer(facts)
        case Origin.RECEIPT | Origin.BOUNCE_MAIL:
            return speaker.receipt(first_telling(facts))
        case Origin.PLATFORM:
            if not _was_answered(event):
                return None
            return speaker.answer(facts._replace(event=replace(event, reason=Reason.SERVER_ERROR)))


def stray_payload(facts: Facts) -> Payload | None:
    """What the provider posts of an event under a message id that it never gave us, or None if it has no such report.

    The same recipient always gets the same strange id.
    """
    speaker = voice(facts.recipient.provider or sandbox.NAME)
    strange = replace(facts.recipient, provider_message_id=_made_up_id(speaker, f"{facts.recipient.id}/stray"))
    return speaker.receipt(facts._replace(recipient=strange))


@cache
def _plain_voice(name: str) -> Voice:
    return sandbox.make_voice(name)


def _was_answered(event: Event) -> bool:
    return event.reason == Reason.SERVER_ERROR or (
        event.type is EventType.RETRY_SCHEDULED and event.reason is None and server_error_status(event.code) is not None
    )


def _with_message_id(facts: Facts, speaker: Voice) -> Facts:
    """A provider that took a message only to refuse it in a report had given it an id, which nobody kept."""
    recipient = facts.recipient
    if recipient.provider_message_id is not None:
        return facts
    return facts._replace(recipient=replace(recipient, provider_message_id=_made_up_id(speaker, recipient.id)))


def _made_up_id(speaker: Voice, key: str) -> str:
    return speaker.message_id(Ids(crc32(key.encode()), {}))


def _content_type(raw: str) -> str:
    """The content type that a provider's post must have had."""
    beginning = raw.lstrip()[:1]
    if beginning in {"{", "["}:
        return "application/json"
    return "application/x-www-form-urlencoded" if "=" in raw.partition("\n")[0] else "text/plain"
