"""One short function for each operation: look up, ask the gateway, render."""

from collections.abc import Mapping

from emulator.dialects.arowana.handlers import (
    agents,
    billing,
    campaigns,
    consent,
    contacts,
    endpoints,
    messages,
    sandbox,
    tracking,
)
from emulator.server.dialect import Handler

HANDLERS: Mapping[str, Handler] = {
    **messages.HANDLERS,
    **endpoints.HANDLERS,
    **contacts.HANDLERS,
    **consent.HANDLERS,
    **agents.HANDLERS,
    **sandbox.HANDLERS,
    **campaigns.HANDLERS,
    **billing.HANDLERS,
    **tracking.HANDLERS,
}
