"""A plain SMTP relay: it answers in one line of dialogue and reports nothing but what comes back as a bounce mail.

Source: RFC 5321 (the dialogue), RFC 3464 (delivery status notifications), RFC 3834 (Auto-Submitted).
"""

from collections.abc import Mapping
from email.charset import QP, Charset
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.policy import compat32
from email.utils import format_datetime

from emulator.core.ids import Ids
from emulator.core.records import Channel, EventType, Origin
from emulator.providers.voice import Facts, Payload, Voice, Words
from emulator.providers.voices.addresses import domain_of, public_text, recipient_address, sender_address
from emulator.providers.voices.answers import answering
from emulator.providers.voices.event_ids import event_hex
from emulator.providers.voices.moments import submitted_at
from emulator.providers.voices.payloads import text_payload
from emulator.providers.voices.smtp_replies import MAIL_WORDS, SmtpReply, smtp_reply, words_in_report

NAME = "smtp"
_WORDS: Mapping[str, Words] = MAIL_WORDS
_BOUNCES = frozenset({EventType.BOUNCED, EventType.FAILED, EventType.EXPIRED})
_RELAY = "mail.example.com"
# The older of the library's policies: the newer one reads each address when it is set, and fails at broken ones.
_ON_THE_WIRE = compat32.clone(linesep="\r\n")
_UTF_8 = Charset("utf-8")
_UTF_8.body_encoding = QP
_NO_REPLY = "Ok: queued"  # a reply begins with three digits
_UNAVAILABLE = "421 4.3.2 Service not available, closing transmission channel"


def _message_id(ids: Ids) -> str:
    return ids.hex(NAME, 10).upper()


def _accepted(facts: Facts) -> Payload:
    return text_payload(f"250 2.0.0 Ok: queued as {facts.recipient.provider_message_id}")


def _refused(facts: Facts) -> Payload:
    return text_payload(smtp_reply(facts.event).line)


def _broken(_facts: Facts, _status: int) -> Payload:
    return text_payload(_UNAVAILABLE)


def _receipt(facts: Facts) -> Payload | None:
    if facts.event.type not in _BOUNCES:
        return None
    mail = _bounce_mail(facts, smtp_reply(facts.event))
    return Payload(content_type="message/rfc822", body=mail.as_string(policy=_ON_THE_WIRE))


def _bounce_mail(facts: Facts, reply: SmtpReply) -> MIMEMultipart:
    """The report of the relay to the sender: for people, for programs, and the mail that it is about."""
    relay, boundary = _relay(facts), event_hex(facts, 32, "boundary")
    parts: list[Message] = [_explanation(facts, reply), _delivery_status(facts, reply), MIMEMessage(_original(facts))]
    mail = MIMEMultipart("report", boundary, parts, report_type="delivery-status")
    _write_head(
        mail,
        {
            "Return-Path": "<>",
            "Date": format_datetime(facts.event.at),
            "From": f"Mail Delivery System <MAILER-DAEMON@{relay}>",
            "To": sender_address(facts),
            "Subject": "Undelivered Mail Returned to Sender",
            "Message-ID": f"<{event_hex(facts, 24, 'bounce mail')}@{relay}>",
            "Auto-Submitted": "auto-replied",
        },
    )
    return mail


def _explanation(facts: Facts, reply: SmtpReply) -> Message:
    return _text_part(
        f"This is the mail system at host {_relay(facts)}.\n\n"
        "Your message could not be delivered to one recipient. It is attached below.\n\n"
        f"<{recipient_address(facts)}>: {reply.line}\n",
        "plain",
    )


def _delivery_status(facts: Facts, reply: SmtpReply) -> MIMEBase:
    relay, recipient = _relay(facts), recipient_address(facts)
    about_message = _fields(
        {
            "Reporting-MTA": f"dns; {relay}",
            "X-Queue-ID": facts.recipient.provider_message_id or "",
            "X-Sender": f"rfc822; {sender_address(facts)}",
            "Arrival-Date": format_datetime(submitted_at(facts)),
        }
    )
    about_recipient = _fields(
        {
            "Final-Recipient": f"rfc822; {recipient}",
            "Original-Recipient": f"rfc822;{recipient}",
            "Action": "failed",
            "Status": reply.status,
            "Remote-MTA": f"dns; mx.{domain_of(recipient)}",
            "Diagnostic-Code": f"smtp; {reply.line}",
        }
    )
    part = MIMEBase("message", "delivery-status")
    part.attach(about_message)
    part.attach(about_recipient)
    return part


def _fields(fields: Mapping[str, str]) -> Message:
    block = Message()
    _write_head(block, fields)
    return block


def _original(facts: Facts) -> Message:
    content, sender = facts.message.content, sender_address(facts)
    mail = _text_part(content.text or "", "plain")
    if content.html is not None:
        html = _text_part(content.html, "html")
        mail = MIMEMultipart("alternative", event_hex(facts, 32, "alternative"), [mail, html])
    _write_head(
        mail,
        {
            "Date": format_datetime(submitted_at(facts)),
            "From": sender,
            "To": recipient_address(facts),
            "Subject": content.subject or "",
            "Message-ID": f"<{facts.recipient.provider_message_id}@{domain_of(sender)}>",
        },
    )
    return mail


def _text_part(text: str, subtype: str) -> Message:
    part = MIMEBase("text", subtype)
    part.set_payload(text, _UTF_8)
    return part


def _relay(facts: Facts) -> str:
    return public_text(facts, "host", _RELAY)


def _write_head(mail: Message, fields: Mapping[str, str]) -> None:
    """Write header fields; what people wrote may hold line breaks, which a field must not."""
    for name, value in fields.items():
        mail[name] = " ".join(value.split())


VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.EMAIL}),
    message_id=_message_id,
    answer=answering(accepted=_accepted, refused=_refused, broken=_broken, garbled=text_payload(_NO_REPLY)),
    receipt=_receipt,
    words=_WORDS,
    words_here=words_in_report,
    reports=frozenset({EventType.BOUNCED, EventType.FAILED, EventType.EXPIRED}),
    reports_as=Origin.BOUNCE_MAIL,
)
