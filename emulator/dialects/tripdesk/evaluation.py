"""Evaluations: requested on a public page, approved after a business day or by hand, then perhaps gone live.

A request makes the sandbox at once and keeps it locked: its account has the status `requested`, which no credential
opens. To approve it is to make it `active`; the key and the technical contact are then read in the control API.

Source: the vendor's page, read 2026-11: "a sandbox API key, a provisioned tenant, and a technical contact on a private
Slack channel - usually within one business day of the intake call". How it goes in detail is assumed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.records import Account, Resource
from emulator.dialects.tripdesk.fixtures import add_side
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.dialects.tripdesk.provisioning import free_slug
from emulator.dialects.tripdesk.vocabulary import TEST
from emulator.gateway.world import World

KIND = "evaluation"
REQUESTED, ACTIVE = "requested", "active"
TECHNICAL_CONTACT = "technical_contact"

_CONTACT_NAME = "Nabila Rahman"
_SATURDAY = 5


def request(world: World, form: Mapping[str, Json]) -> Account:
    """Take a request for an evaluation, and give the account that waits for its approval.

    `form` has `company`, `name` and `email`, and may have `use_case` and `channels[]`.
    """
    now = world.clock.now
    company = str(form["company"])
    slug = free_slug(world, company)
    account = add_side(world, slug, company, TEST, status=REQUESTED)
    contact: dict[str, Json] = {"name": _CONTACT_NAME, "slack_channel": f"#evaluation-{slug}"}
    account = world.store.accounts.put(replace(account, extras={**account.extras, TECHNICAL_CONTACT: contact}))
    evaluation = world.store.resources.put(
        Resource(id=new_id(world, "evl"), account_id=account.id, kind=KIND, created_at=now, content=dict(form))
    )
    world.clock.call_at(next_business_day(now), "resource", evaluation.id)
    return account


def settle(world: World, evaluation_id: str, _step: int = 0) -> None:
    """Approve an evaluation whose time has come, if nobody decided otherwise before."""
    evaluation = world.store.resources[evaluation_id]
    account = world.store.accounts[evaluation.account_id]
    if account.status == REQUESTED:
        world.store.accounts.put(replace(account, status=ACTIVE))


def next_business_day(moment: datetime) -> datetime:
    """The same time on the next weekday."""
    day = moment + timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day
