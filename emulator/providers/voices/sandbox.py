"""The test environment's own provider: plain JSON in our own words, on every channel.

It also stands in for a provider that has no voice of its own.
"""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, EventType
from emulator.providers.voice import Facts, Payload, Voice, Words
from emulator.providers.voices.answers import answering
from emulator.providers.voices.event_ids import event_uuid
from emulator.providers.voices.moments import iso_millis
from emulator.providers.voices.payloads import json_payload

NAME = "sandbox"
_HTTP_ACCEPTED = 202
_HTTP_UNPROCESSABLE = 422
_WORDS: Mapping[str, Words] = {}


def make_voice(name: str) -> Voice:
    """A plain voice under a name."""

    def message_id(ids: Ids) -> str:
        return ids.uuid(name)

    return Voice(
        name=name,
        channels=frozenset(Channel),
        message_id=message_id,
        answer=answering(accepted=_accepted, refused=_refused, broken=_broken),
        receipt=_receipt,
        words=_WORDS,
    )


def _accepted(facts: Facts) -> Payload:
    return json_payload(_telling(facts, "accepted"), _HTTP_ACCEPTED)


def _refused(facts: Facts) -> Payload:
    return json_payload(_telling(facts, "refused"), _HTTP_UNPROCESSABLE)


def _broken(facts: Facts, status: int) -> Payload:
    return json_payload(_telling(facts, "unavailable"), status)


def _receipt(facts: Facts) -> Payload:
    return json_payload(_telling(facts, facts.event.type.value))


def _telling(facts: Facts, what: str) -> dict[str, Json]:
    event = facts.event
    content: dict[str, Json] = {
        "event": what,
        "event_id": event_uuid(facts),
        "provider": facts.recipient.provider or NAME,
        "channel": facts.message.channel.value,
        "message_id": facts.recipient.provider_message_id,
        "recipient": facts.recipient.address,
        "occurred_at": iso_millis(event.at),
    }
    if event.type in {EventType.BOUNCED, EventType.EXPIRED}:
        content["permanent"] = event.hard
    optional = {"reason": event.reason, "code": event.code, "description": event.diagnostic, "url": event.url}
    content.update({name: value for name, value in optional.items() if value is not None})
    return content


VOICE = make_voice(NAME)
