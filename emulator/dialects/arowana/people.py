"""Contacts as sends need them: found by an address, made when a recipient is new, blocked, and never asked for twice.

A contact's addresses have the kinds `email` (in lower case) and `phone`. Its content has `source`, and, where they are
known, `first_name`, `last_name`, `tags` and `custom_fields`. Its status is one of the API's own words.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from emulator.core import contacts
from emulator.core.errors import Json
from emulator.core.records import EMPTY, Account, Channel, Contact
from emulator.core.store import Store
from emulator.core.suppressions import comparable_address
from emulator.dialects.arowana.vocabulary import ACTIVE, DEFAULT_CARRIER, EMAIL
from emulator.gateway.world import World


def find_contact(store: Store, account_id: str, address: str) -> Contact | None:
    """The contact of an e-mail address or a phone number, or None."""
    return contacts.of_address(store, account_id, *_key(address))


def ids_of(store: Store, account_id: str, address: str) -> Sequence[str]:
    """The contacts of an address, the oldest first: one at most has a mail address, several may share a number."""
    return store.contacts_by_address.ids((account_id, *_key(address)))


def ensure_contact(world: World, account_id: str, address: str, *, source: str = "API") -> Contact:
    """The contact of an address; a new one if nobody has it."""
    return find_contact(world.store, account_id, address) or add_contact(world, account_id, address, source=source)


def add_contact(world: World, account_id: str, address: str, *, source: str = "API") -> Contact:
    """A new contact with an address that nobody has."""
    now = world.clock.now
    return world.store.contacts.put(
        Contact(
            id=f"c_{world.ids.hex('contact', 32)}",
            account_id=account_id,
            created_at=now,
            updated_at=now,
            addresses=(_key(address),),
            status=ACTIVE,
            content={"source": source},
        )
    )


def set_status(world: World, contact: Contact, status: str) -> Contact:
    """Give a contact another status."""
    return world.store.contacts.put(replace(contact, status=status, updated_at=world.clock.now))


def _key(address: str) -> tuple[str, str]:
    if "@" in address:
        return "email", comparable_address(EMAIL, address)
    return "phone", address


def is_rcs_capable(account: Account, phone: str) -> bool:
    """Whether a number's device can receive RCS: all can, but those that the account's settings say cannot."""
    return _facts(account, phone).get("rcs") is not False


def carrier_of(account: Account, phone: str) -> str:
    """The carrier of a number, by the account's settings."""
    carrier = _facts(account, phone).get("carrier")
    return carrier if isinstance(carrier, str) else DEFAULT_CARRIER


def _facts(account: Account, phone: str) -> Mapping[str, Json]:
    recipients = account.extras.get("recipients")
    facts = recipients.get(phone) if isinstance(recipients, dict) else None
    return facts if isinstance(facts, dict) else EMPTY


def normal_address(channel: Channel, address: str) -> str:
    """A phone number in its form with a plus; anything else as it is."""
    if channel is not EMAIL and address.isascii() and address.isdigit():
        return f"+{address}"
    return address
