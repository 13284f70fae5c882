"""Bird's Channels API: messages over the channels of a workspace.

Source: the documentation at docs.bird.com, read 2026-11, above all the page "Messaging" of the Channels API.
"""

from collections.abc import Mapping

from emulator.dialects.bird.auth import find_token
from emulator.dialects.bird.cards import describe
from emulator.dialects.bird.checks import STAGES
from emulator.dialects.bird.fixtures import furnish, provision
from emulator.dialects.bird.holding_back import SETTINGS
from emulator.dialects.bird.policy import POLICY
from emulator.dialects.bird.refusals import render_error
from emulator.dialects.bird.tracking import render_content
from emulator.dialects.bird.vocabulary import API, UPLOAD_LIMIT
from emulator.server.dialect import Dialect, Handler, Lazily
from emulator.server.editing import Kind


def _handlers() -> Mapping[str, Handler]:
    from emulator.dialects.bird.handlers import HANDLERS  # noqa: PLC0415 - see Lazily

    return HANDLERS


def _kinds() -> tuple[Kind, ...]:
    from emulator.dialects.bird.editing import KINDS  # noqa: PLC0415 - nobody needs it before somebody looks

    return KINDS


DIALECT = Dialect(
    name=API,
    title="Bird Channels",
    hosts=("api.bird.com", "media.api.bird.com"),
    policy=POLICY,
    stages=STAGES,
    handlers=Lazily(_handlers),
    render_error=render_error,
    find_token=find_token,
    furnish=furnish,
    describe=describe,
    body_limit=UPLOAD_LIMIT,
    render_content=render_content,
    provision=provision,
    settings=SETTINGS,
    kinds=_kinds,
)
