"""One short function for each operation: parse, ask the gateway, render."""

from collections.abc import Mapping

from emulator.dialects.raven.handlers import (
    api_keys,
    audit_log,
    callbacks,
    me,
    messages,
    outbound_webhooks,
    providers,
    sending_domains,
    suppressions,
    tenants,
)
from emulator.server.dialect import Handler

HANDLERS: Mapping[str, Handler] = {
    **messages.HANDLERS,
    **me.HANDLERS,
    **tenants.HANDLERS,
    **api_keys.HANDLERS,
    **providers.HANDLERS,
    **callbacks.HANDLERS,
    **suppressions.HANDLERS,
    **sending_domains.HANDLERS,
    **outbound_webhooks.HANDLERS,
    **audit_log.HANDLERS,
}
