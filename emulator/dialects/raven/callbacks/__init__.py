"""Providers' reports about messages, each in the provider's own format: one module a provider.

Push has no callback: the vendor documents none, and Google's push service reports about no single message. Mail over
SMTP has none either: a refusal comes as a bounce mail.
"""

from collections.abc import Mapping

from emulator.core.records import Channel
from emulator.dialects.raven.callbacks import (
    africas_talking,
    brevo,
    mailgun,
    mailjet,
    meta_waba,
    postmark,
    sendgrid,
    ses,
)
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted
from emulator.dialects.raven.callbacks.taking import note, take

FORMATS: Mapping[Channel, Mapping[str, Format]] = {
    Channel.EMAIL: {
        "ses": ses.FORMAT,
        "postmark": postmark.FORMAT,
        "sendgrid": sendgrid.FORMAT,
        "mailgun": mailgun.FORMAT,
        "brevo": brevo.FORMAT,
        "mailjet": mailjet.FORMAT,
    },
    Channel.SMS: {"africas_talking": africas_talking.FORMAT},
    Channel.WHATSAPP: {"meta_waba": meta_waba.FORMAT},
}

__all__ = ["FORMATS", "Format", "Notice", "Posted", "note", "take"]
