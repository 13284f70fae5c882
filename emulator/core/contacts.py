"""People whom an account knows: found by an address or by the account's own name for them."""

from datetime import datetime

from msgspec.structs import replace

from emulator.core.records import Contact
from emulator.core.store import Store


def of_address(store: Store, account_id: str, kind: str, address: str) -> Contact | None:
    """The oldest contact with an address of a kind, or None."""
    ids = store.contacts_by_address.ids((account_id, kind, address))
    return store.contacts.rows[ids[0]] if ids else None


def of_external_id(store: Store, account_id: str, external_id: str | None) -> Contact | None:
    """The contact that the account calls so, or None."""
    return store.contacts_by_external_id.get((account_id, external_id)) if external_id else None


def of_account(store: Store, account_id: str, id: str) -> Contact | None:
    """The contact with an id, or None if there is none or it is another account's, which must look the same."""
    contact = store.contacts.get(id)
    return contact if contact is not None and contact.account_id == account_id else None


def with_address(contact: Contact, kind: str, address: str, *, at: datetime) -> Contact:
    """The contact with one more address; unchanged if it has it. The caller puts it into the table."""
    if (kind, address) in contact.addresses:
        return contact
    return replace(contact, addresses=(*contact.addresses, (kind, address)), updated_at=at)
