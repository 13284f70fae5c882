"""What people edit by hand: the address book through the API, senders and callbacks beside it."""

from emulator.core.errors import NotFound
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Channel
from emulator.dialects.cloudrebue.vocabulary import INCOMING_SMS
from emulator.gateway.world import World
from emulator.server import usual_kinds
from emulator.server.editing import ApiCall, Field, Kind, Thing

_CONTACT = "contact"


def _ids(world: World, account: Account) -> list[str]:
    return [str(each.content["id"]) for each in world.store.resources_by_kind.get((account.id, _CONTACT))]


def _show(world: World, account: Account, id: str) -> Thing:
    contact = world.store.resources.get(f"{_CONTACT}-{account.id}-{id}")
    if contact is None:
        raise NotFound(_CONTACT, id)
    names = ("first_name", "last_name", "email", "field_1", "field_2", "field_3")
    return Thing(
        id=id,
        title=contact.key or id,
        members={"phone": contact.key, **{name: contact.content.get(name) for name in names}},
        facts={"Since": iso_seconds(contact.created_at)},
    )


_CONTACTS = Kind(
    name="contacts",
    one="contact",
    title="Contacts",
    hint="The API adds contacts and deletes them; it cannot change one.",
    fields=(
        Field(name="phone", label="Phone", is_needed=True),
        Field(name="first_name", label="First name", is_needed=True),
        Field(name="last_name", label="Last name"),
        Field(name="email", label="E-mail"),
        Field(name="field_1", label="Field 1"),
        Field(name="field_2", label="Field 2"),
        Field(name="field_3", label="Field 3"),
    ),
    ids=_ids,
    thing=_show,
    create=ApiCall(operation="addContact", id_of=lambda answer: str(answer["data"]["id"])),
    delete=ApiCall(operation="deleteContact"),
)

KINDS = (
    _CONTACTS,
    usual_kinds.suppressions((Channel.SMS,), ("manual", "unsubscribed")),
    usual_kinds.senders((Channel.SMS,)),
    usual_kinds.endpoints((INCOMING_SMS,), hint="Nothing is signed.", is_signed=False),
)
