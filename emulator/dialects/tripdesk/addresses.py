"""Addresses of each channel: their form, and how they are compared.

Source: assumed, but for E.164 in the example of the vendor's page, read 2026-11.
"""

import re
from functools import lru_cache

from emulator.core.records import Channel
from emulator.dialects.tripdesk.vocabulary import PHONE_CHANNELS

_MARKS = str.maketrans("", "", " ()-")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")


def tidy_phone(text: str) -> str | None:
    """A phone number in E.164 form, or None if it is none: ` 00 1 (555) 765-4321` -> `+15557654321`."""
    digits = text.translate(_MARKS)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if _PHONE.fullmatch(digits) else None


def tidy(channel: Channel, address: str) -> str | None:
    """An address in the form in which a channel has it, or None if it has another form."""
    if channel in PHONE_CHANNELS:
        return address if _PHONE.fullmatch(address) else tidy_phone(address)
    if channel is Channel.EMAIL:
        return address if is_mail_address(address) else None
    return address or None


def normal(channel: Channel, address: str) -> str:
    """The same, of an address that is taken as it is if it has another form."""
    return tidy(channel, address) or address


def comparable(kind: str, address: str) -> str:
    """The form in which addresses are compared: mail in lower case, the rest as written."""
    return address.lower() if kind in ("email", "mail") else address


# Addresses repeat; a check takes 25 microseconds.
@lru_cache(maxsize=1024)
def is_mail_address(text: str) -> bool:
    """Whether a text is one bare e-mail address. Nothing is looked up."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - only e-mail needs it

    try:
        validate_email(text, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
