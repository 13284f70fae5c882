"""Raven Cloud: SMS and e-mail through the tenant's own providers.

Source: the documentation at app-raven-cloud.autotribes.app, read 2026-11, above all "Send a message".
"""

from collections.abc import Mapping

from emulator.dialects.raven.auth import sign_in
from emulator.dialects.raven.cards import describe
from emulator.dialects.raven.checks import IDEMPOTENCY, STAGES, reply_headers
from emulator.dialects.raven.fixtures import furnish
from emulator.dialects.raven.policy import POLICY
from emulator.dialects.raven.provisioning import SETTINGS, provision
from emulator.dialects.raven.render import render_error
from emulator.dialects.raven.sessions import find_token
from emulator.dialects.raven.vocabulary import API
from emulator.server.dialect import Dialect, Handler, Lazily
from emulator.server.editing import Kind


def _handlers() -> Mapping[str, Handler]:
    from emulator.dialects.raven.handlers import HANDLERS  # noqa: PLC0415 - see Lazily

    return HANDLERS


def _kinds() -> tuple[Kind, ...]:
    from emulator.dialects.raven.editing import KINDS  # noqa: PLC0415 - nobody needs it before somebody looks

    return KINDS


DIALECT = Dialect(
    name=API,
    title="Raven Cloud",
    hosts=("api-raven-cloud.autotribes.app", "staging-api-raven-cloud.autotribes.app"),
    policy=POLICY,
    stages=STAGES,
    handlers=Lazily(_handlers),
    render_error=render_error,
    find_token=find_token,
    furnish=furnish,
    describe=describe,
    idempotency=IDEMPOTENCY,
    reply_headers=reply_headers,
    sign_in=sign_in,
    provision=provision,
    settings=SETTINGS,
    kinds=_kinds,
)
