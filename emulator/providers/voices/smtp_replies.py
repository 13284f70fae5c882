"""What the receiving mail server said: SMTP replies, which every e-mail provider hands on in its reports.

Source: RFC 5321 (reply codes), RFC 3463 (enhanced codes: class.subject.detail, class 4 temporary, 5 permanent),
RFC 4954 (credentials), RFC 7505 (a domain without mail).
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from emulator.core.records import Event, EventType, Origin
from emulator.providers.reasons import Reason
from emulator.providers.voice import Words

DELIVERED_LINE = "250 2.0.0 OK: message accepted"


class SmtpReply(NamedTuple):
    """One reply: `550`, `5.1.1`, and the whole line with both in front."""

    code: int
    status: str
    line: str

    @property
    def text(self) -> str:
        """The line without its reply code."""
        return self.line[4:]


class _Cause(NamedTuple):
    """Reply codes for a permanent and a temporary failure, the enhanced code behind its class, and the text."""

    permanent: int
    temporary: int
    detail: str
    text: str
    usually_permanent: bool = True

    def reply(self, *, permanent: bool) -> SmtpReply:
        code = self.permanent if permanent else self.temporary
        status = f"{5 if permanent else 4}.{self.detail}"
        return SmtpReply(code, status, f"{code} {status} {self.text}")


_CAUSES: Mapping[str, _Cause] = {
    Reason.UNKNOWN_SUBSCRIBER: _Cause(550, 450, "1.1", "The email account that you tried to reach does not exist"),
    Reason.INVALID_ADDRESS: _Cause(553, 451, "1.3", "The recipient address is not a valid mail address"),
    Reason.BLOCKED: _Cause(550, 450, "7.1", "The recipient does not accept mail from this sender"),
    Reason.SPAM: _Cause(554, 451, "7.1", "Message refused as spam"),
    Reason.MAILBOX_FULL: _Cause(
        552, 452, "2.2", "The email account that you tried to reach is over quota", usually_permanent=False
    ),
    Reason.ABSENT_SUBSCRIBER: _Cause(550, 451, "4.1", "No answer from the receiving host", usually_permanent=False),
    Reason.GREYLISTED: _Cause(550, 450, "7.1", "Greylisted, please try again later", usually_permanent=False),
    Reason.CONTENT_REFUSED: _Cause(554, 451, "6.0", "Message content refused"),
    Reason.SENDER_REFUSED: _Cause(550, 450, "1.8", "Sender address refused"),
    Reason.INSUFFICIENT_CREDIT: _Cause(554, 454, "7.0", "The sending account has no credit left"),
    Reason.DELIVERY_FAILURE: _Cause(550, 450, "0.0", "Delivery failed"),
    Reason.THROTTLED: _Cause(550, 450, "7.0", "Too many messages, please try again later", usually_permanent=False),
    Reason.NO_CAPABILITY: _Cause(556, 450, "1.10", "The recipient's domain does not accept mail"),
    Reason.UNAUTHORISED: _Cause(535, 454, "7.8", "Authentication credentials invalid"),
}
_REPORTED = frozenset({Origin.RECEIPT, Origin.BOUNCE_MAIL})
_UNKNOWN = _CAUSES[Reason.DELIVERY_FAILURE]
_EXPIRED = _Cause(550, 451, "4.7", "Delivery time expired", usually_permanent=False)
_LINE = re.compile(r"([245]\d\d)[ -](?:([245]\.\d{1,3}\.\d{1,3})\s)?")
_CODE = re.compile(r"[45]\d\d")
_STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}")


def _words(cause: _Cause) -> Words:
    reply = cause.reply(permanent=cause.usually_permanent)
    return Words(str(reply.code), reply.line)


MAIL_WORDS: Mapping[str, Words] = {reason: _words(cause) for reason, cause in _CAUSES.items()}
"""From a `Reason` to the reply code and the whole line."""


def words_in_report(event: Event) -> Words | None:
    """The words of a report that came after the answer: whether it is final, and why, changes the reply.

    None for an answer, for a recipient that the provider itself refused, and for a cause that is none of ours.
    """
    if event.origin not in _REPORTED or event.reason == Reason.BLOCKED:
        return None
    if event.reason not in _CAUSES and event.type is not EventType.EXPIRED:
        return None
    reply = smtp_reply(event)
    return Words(str(reply.code), reply.line)


def is_permanent(event: Event) -> bool:
    """Whether the receiving side will not take another try. `hard` counts where both are possible."""
    return event.type is EventType.FAILED or (event.type is not EventType.DEFERRED and event.hard)


def smtp_reply(event: Event) -> SmtpReply:
    """What the receiving server said when it did not take the mail; a scripted code or diagnostic wins."""
    cause = _EXPIRED if event.type is EventType.EXPIRED else _CAUSES.get(event.reason or "", _UNKNOWN)
    code, status, line = _coded(cause.reply(permanent=is_permanent(event)), cause, event.code or "")
    if event.diagnostic is None:
        return SmtpReply(code, status, line)
    scripted = _LINE.match(event.diagnostic)
    if scripted is None:
        return SmtpReply(code, status, f"{code} {status} {event.diagnostic}")
    return SmtpReply(int(scripted[1]), scripted[2] or f"{scripted[1][0]}.{cause.detail}", event.diagnostic)


def _coded(reply: SmtpReply, cause: _Cause, code: str) -> SmtpReply:
    """The reply with a scripted reply code (`551`) or enhanced code (`5.2.1`) in place of its own."""
    if _CODE.fullmatch(code):
        status = f"{code[0]}.{cause.detail}"
        return SmtpReply(int(code), status, f"{code} {status} {cause.text}")
    if _STATUS.fullmatch(code):
        number = cause.permanent if code[0] == "5" else cause.temporary
        return SmtpReply(number, code, f"{number} {code} {cause.text}")
    return reply
