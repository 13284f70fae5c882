"""What each operation of the contract does."""

from collections.abc import Mapping

from emulator.dialects.cloudrebue.handlers import account, address_book, messages
from emulator.server.dialect import Handler

HANDLERS: Mapping[str, Handler] = {
    "sendSms": messages.send_sms,
    "sendVoiceSms": messages.send_voice_sms,
    "getBalance": account.get_balance,
    "topUp": account.top_up,
    "listContacts": address_book.list_contacts,
    "addContact": address_book.add_contact,
    "deleteContact": address_book.delete_contact,
    "listGroups": address_book.list_groups,
    "createGroup": address_book.create_group,
    "deleteGroup": address_book.delete_group,
}
