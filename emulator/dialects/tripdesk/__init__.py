"""TripDesk: one endpoint for eleven channels, with contacts, conversations and a wallet, on three surfaces.

Source: the vendor's page for developers, yourtripdesk.com/developers, read 2026-11.
"""

from collections.abc import Mapping

from emulator.dialects.tripdesk.audit import note_reply
from emulator.dialects.tripdesk.auth import find_token
from emulator.dialects.tripdesk.cards import describe
from emulator.dialects.tripdesk.checks import IDEMPOTENCY, STAGES, reply_headers
from emulator.dialects.tripdesk.envelope import render_error
from emulator.dialects.tripdesk.fixtures import furnish
from emulator.dialects.tripdesk.policy import POLICY
from emulator.dialects.tripdesk.provisioning import SETTINGS, amend, provision
from emulator.dialects.tripdesk.tokens import sign_in
from emulator.dialects.tripdesk.vocabulary import API, BODY_LIMIT, PRODUCTION_HOST, SANDBOX_HOST
from emulator.server.dialect import Dialect, Handler, Lazily
from emulator.server.editing import Kind


def _handlers() -> Mapping[str, Handler]:
    from emulator.dialects.tripdesk.handlers import HANDLERS  # noqa: PLC0415 - see Lazily

    return HANDLERS


def _kinds() -> tuple[Kind, ...]:
    from emulator.dialects.tripdesk.editing import KINDS  # noqa: PLC0415 - nobody needs it before somebody looks

    return KINDS


DIALECT = Dialect(
    name=API,
    title="TripDesk",
    hosts=(PRODUCTION_HOST, SANDBOX_HOST),
    policy=POLICY,
    stages=STAGES,
    handlers=Lazily(_handlers),
    render_error=render_error,
    find_token=find_token,
    furnish=furnish,
    describe=describe,
    idempotency=IDEMPOTENCY,
    body_limit=BODY_LIMIT,
    reply_headers=reply_headers,
    note_reply=note_reply,
    sign_in=sign_in,
    provision=provision,
    settings=SETTINGS,
    kinds=_kinds,
    amend=amend,
)
