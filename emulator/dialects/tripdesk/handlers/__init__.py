"""One short function for each operation: parse, ask the gateway, render."""

from collections.abc import Mapping

from emulator.dialects.tripdesk.handlers import (
    account,
    admin,
    contacts,
    conversations,
    evaluation,
    messages,
    mobile,
    pages,
    usage,
)
from emulator.server.dialect import Handler

HANDLERS: Mapping[str, Handler] = {
    **messages.HANDLERS,
    **account.HANDLERS,
    **usage.HANDLERS,
    **contacts.HANDLERS,
    **conversations.HANDLERS,
    **mobile.HANDLERS,
    **admin.HANDLERS,
    **pages.HANDLERS,
    **evaluation.HANDLERS,
}
