"""The people that messages go to and come from: a contact is found by an identifier, a pair of key and value.

The content of a contact: `attributes`, `listIds`, `accountIds`, in the API's own words.
"""

from emulator.core import contacts
from emulator.core.records import Contact
from emulator.core.store import Store
from emulator.dialects.bird.vocabulary import MAIL
from emulator.gateway.world import World


def comparable(key: str, value: str) -> str:
    """The form in which an identifier is kept: e-mail addresses in lower case."""
    return value.lower() if key == MAIL else value


def find(store: Store, workspace_id: str, key: str, value: str) -> Contact | None:
    """The contact with an identifier, or None."""
    return contacts.of_address(store, workspace_id, key, comparable(key, value))


def find_or_create(world: World, workspace_id: str, key: str, value: str) -> Contact:
    """The contact with an identifier; a new one if there is none.

    Source: Bird documentation, "Sending messages", read 2026-11: sending makes a contact; that receiving does, too, is
    assumed.
    """
    value = comparable(key, value)
    known = contacts.of_address(world.store, workspace_id, key, value)
    if known is not None:
        return known
    now = world.clock.now
    return world.store.contacts.put(
        Contact(
            id=world.ids.uuid("contact"),
            account_id=workspace_id,
            created_at=now,
            updated_at=now,
            addresses=((key, value),),
        )
    )


def identifier(contact: Contact, key: str) -> str | None:
    """The contact's first identifier with a key, or None."""
    return next((value for kind, value in contact.addresses if kind == key), None)
