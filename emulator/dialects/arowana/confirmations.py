"""Double opt-in: the message that asks a person to confirm a consent, with a link that does so.

It goes out over the channel that the grant names, if the contact can be reached there. It is a notice of the platform
itself: it costs nothing, stands in no log of the API, and no webhook tells of it.

Source: Arowana documentation, "Consent", read 2026-11, for the double opt-in; the message, its link and that one click
confirms are assumed.
"""

from html import escape

from msgspec.structs import replace

from emulator.core.errors import NotFound, RecipientSuppressed
from emulator.core.records import Channel, Consent, Contact, Content, Message
from emulator.dialects.arowana import consent_records
from emulator.dialects.arowana.notices import send_notice
from emulator.dialects.arowana.vocabulary import CHANNEL_TYPES, EMAIL
from emulator.gateway.world import World

_CONSENT = "confirms"
_SUBJECT = "Please confirm your subscription"


def ask(world: World, contact: Contact, record: Consent) -> Message | None:
    """Ask the contact to confirm a pending consent; None if it cannot be reached or nothing is pending."""
    if record.status != "pending":
        return None
    channel = CHANNEL_TYPES[str(record.content["doi_channel"])]
    address = _address(contact, channel)
    if address is None:
        return None
    title = world.store.accounts[record.account_id].extras["title"]
    text = f"Please confirm that {title} may write to you."
    content = Content(text=text, subject=_SUBJECT if channel is EMAIL else None)
    try:
        return send_notice(world, record.account_id, channel, address, content, {_CONSENT: record.id})
    except RecipientSuppressed:
        return None


def _address(contact: Contact, channel: Channel) -> str | None:
    kind = "email" if channel is EMAIL else "phone"
    return next((value for key, value in contact.addresses if key == kind), None)


def asks(message: Message) -> bool:
    """Whether a message asks for a confirmation."""
    return _CONSENT in message.extras


def render(message: Message, address: str) -> Content:
    """The message as the person sees it, its link below an address."""
    content, link = message.content, f"{address}/confirm"
    text = f"{content.text}\n{link}"
    if message.channel is not EMAIL:
        return replace(content, text=text)
    html = f'<p>{escape(str(content.text))}</p><p><a href="{escape(link)}">Confirm</a></p>'
    return replace(content, text=text, html=html)


def confirm(world: World, message: Message) -> Consent:
    """The person follows the link; a consent that is granted already stays as it is.

    Raises `NotFound` when there is nothing to confirm any more: it was revoked, or went with its contact.
    """
    record = world.store.consents.get(str(message.extras.get(_CONSENT)))
    if record is None or record.status == "revoked":
        raise NotFound("consent", message.id)
    return consent_records.confirm(world, record)
