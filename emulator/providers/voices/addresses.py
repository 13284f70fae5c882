"""Who writes and who reads: bare mail addresses, and the reader behind an open or a click."""

from email.utils import parseaddr

from emulator.providers.voice import Facts

# Source: RFC 5737 (addresses for documentation).
READER_IP = "192.0.2.44"
SENDING_IP = "192.0.2.10"
RECEIVING_IP = "192.0.2.20"
READER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

_SENDER = "sender@example.com"
_LINK = "https://example.com/"


def bare_address(address: str) -> str:
    """The address alone, without a display name."""
    return parseaddr(address)[1] or address


def recipient_address(facts: Facts) -> str:
    """The recipient's bare mail address."""
    return bare_address(facts.recipient.address)


def sender_address(facts: Facts) -> str:
    """The sender's bare mail address: the message's own, else the connection's."""
    return bare_address(facts.message.sender or public_text(facts, "from_email", _SENDER))


def domain_of(address: str) -> str:
    """The part behind the last @."""
    return address.rpartition("@")[2]


def clicked_link(facts: Facts) -> str:
    """The link of a click; a message without links is given one."""
    return facts.event.url or _LINK


def public_text(facts: Facts, name: str, default: str) -> str:
    """A text of the connection's public settings."""
    value = facts.connection.public.get(name) if facts.connection else None
    return value if isinstance(value, str) and value else default


def secret_text(facts: Facts, name: str, default: str) -> str:
    """A text of the connection's secret settings."""
    value = facts.connection.secret.get(name) if facts.connection else None
    return value if isinstance(value, str) and value else default
