"""Arowana: RCS and e-mail with a prepaid balance; SMS is announced.

Source: the documentation at docs.arowana.app, read 2026-11, above all the messages overview.
"""

from collections.abc import Mapping

from emulator.dialects.arowana.auth import find_token, rate_headers
from emulator.dialects.arowana.cards import describe
from emulator.dialects.arowana.checks import IDEMPOTENCY, STAGES
from emulator.dialects.arowana.fixtures import furnish
from emulator.dialects.arowana.policy import POLICY
from emulator.dialects.arowana.provisioning import SETTINGS, after_balance_set, amend, provision
from emulator.dialects.arowana.render import render_error
from emulator.dialects.arowana.tracking import render_content
from emulator.dialects.arowana.vocabulary import API
from emulator.server.dialect import Dialect, Handler, Lazily
from emulator.server.editing import Kind


def _handlers() -> Mapping[str, Handler]:
    from emulator.dialects.arowana.handlers import HANDLERS  # noqa: PLC0415 - see Lazily

    return HANDLERS


def _kinds() -> tuple[Kind, ...]:
    from emulator.dialects.arowana.editing import KINDS  # noqa: PLC0415 - nobody needs it before somebody looks

    return KINDS


DIALECT = Dialect(
    name=API,
    title="Arowana",
    hosts=("api.arowana.app",),
    policy=POLICY,
    stages=STAGES,
    handlers=Lazily(_handlers),
    render_error=render_error,
    find_token=find_token,
    furnish=furnish,
    describe=describe,
    idempotency=IDEMPOTENCY,
    reply_headers=rate_headers,
    render_content=render_content,
    provision=provision,
    settings=SETTINGS,
    amend=amend,
    after_balance_set=after_balance_set,
    kinds=_kinds,
)
