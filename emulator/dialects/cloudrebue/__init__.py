"""Cloud Rebue bulk SMS, and its sister service rebuetext: one API with two account profiles."""

from collections.abc import Mapping

from emulator.dialects.cloudrebue.auth import authenticate, find_token, rate_headers, rate_rule
from emulator.dialects.cloudrebue.fixtures import SETTINGS, describe, furnish, provision
from emulator.dialects.cloudrebue.parse import drop_nulls
from emulator.dialects.cloudrebue.policy import POLICY
from emulator.dialects.cloudrebue.refusals import render_error
from emulator.dialects.cloudrebue.vocabulary import API
from emulator.server.dialect import Dialect, Handler, Lazily
from emulator.server.editing import Kind
from emulator.server.stages import check_body, check_size, decode_json, limit_rate


def _handlers() -> Mapping[str, Handler]:
    from emulator.dialects.cloudrebue.handlers import HANDLERS  # noqa: PLC0415 - see Lazily

    return HANDLERS


def _kinds() -> tuple[Kind, ...]:
    from emulator.dialects.cloudrebue.editing import KINDS  # noqa: PLC0415 - nobody needs it before somebody looks

    return KINDS


DIALECT = Dialect(
    name=API,
    title="Cloud Rebue bulk SMS",
    hosts=("bulk.cloudrebue.co.ke", "rebuetext.com"),
    policy=POLICY,
    stages=(authenticate, limit_rate(rate_rule), check_size, decode_json, drop_nulls, check_body),
    handlers=Lazily(_handlers),
    render_error=render_error,
    find_token=find_token,
    furnish=furnish,
    describe=describe,
    reply_headers=rate_headers,
    provision=provision,
    settings=SETTINGS,
    kinds=_kinds,
)
