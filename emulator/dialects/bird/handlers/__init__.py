"""One short function for each operation: parse, ask the gateway, render."""

from collections.abc import Mapping

from emulator.dialects.bird.handlers import (
    channels,
    connectors,
    contacts,
    media,
    messages,
    tracking,
    webhook_subscriptions,
    workspaces,
)
from emulator.server.dialect import Handler

HANDLERS: Mapping[str, Handler] = {
    **messages.HANDLERS,
    **media.HANDLERS,
    **channels.HANDLERS,
    **connectors.HANDLERS,
    **webhook_subscriptions.HANDLERS,
    **contacts.HANDLERS,
    **workspaces.HANDLERS,
    **tracking.HANDLERS,
}
