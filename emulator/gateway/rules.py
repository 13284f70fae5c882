"""Provider rules of a world: entered, chosen for a message, withdrawn.

A rule that ran keeps its script under the name `rule:<id>` as long as the world lives, because messages that began with
it go on with it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound
from emulator.core.failures import Match, ProviderRule
from emulator.core.patterns import fits
from emulator.core.records import EMPTY, Channel, Content, Message, Recipient, Record
from emulator.gateway.scoping import is_account, is_address
from emulator.gateway.world import World
from emulator.providers.script import Script, settled

PREFIX = "rule:"


class RuleDraft(Record, frozen=True, kw_only=True):
    """A rule that is not in any world yet. The words are those of `ProviderRule`."""

    match: Match
    script: Script
    name: str | None = None
    times: int | None = None
    written: Mapping[str, Json] = EMPTY


class Addressed(NamedTuple):
    """A message to one recipient, as a rule sees it."""

    api: str
    account_id: str
    environment: str
    channel: Channel
    content: Content
    address: str


def enter(world: World, draft: RuleDraft) -> ProviderRule:
    """Let a rule be in force from now on, before all that there are."""
    return world.store.rules.put(
        ProviderRule(
            id=f"r{world.ids.number('provider rule')}",
            created_at=world.clock.now,
            match=draft.match,
            script=draft.script,
            name=draft.name,
            times=draft.times,
            written=draft.written,
        )
    )


def in_force(world: World) -> list[ProviderRule]:
    """The rules that were not withdrawn, the newest first, as they are looked at."""
    return [rule for rule in reversed([*world.store.rules]) if not rule.withdrawn]


def withdraw(world: World, id: str) -> None:
    """End a rule. Raises `NotFound`."""
    rule = world.store.rules[id]
    if rule.withdrawn:
        raise NotFound(world.store.rules.kind, id)
    if rule.used:
        world.store.rules.put(replace(rule, withdrawn=True))
    else:
        world.store.rules.delete(id)


def choose(world: World, message: Message, recipient: Recipient) -> str | None:
    """The name of the script of the newest rule that matches; None if none does. Each rule counts what it sees."""
    addressed = Addressed(
        message.api, message.account_id, message.environment, message.channel, message.content, recipient.address
    )
    chosen: str | None = None
    for rule in in_force(world):
        if not _concerns(world, rule.match, addressed):
            continue
        wins = chosen is None and _has_its_turn(rule)
        chosen = f"{PREFIX}{rule.id}" if wins else chosen
        world.store.rules.put(replace(rule, seen=rule.seen + 1, used=rule.used + wins))
    return chosen


def governs(world: World, addressed: Addressed) -> bool:
    """Whether a rule would be chosen for a message that is not accepted yet. Counts nothing."""
    return any(_has_its_turn(rule) and _concerns(world, rule.match, addressed) for rule in in_force(world))


def script_named(world: World, name: str, recipient_id: str) -> Script:
    """The script `rule:<id>`, with its choices made for one recipient by the world's seed. Raises `NotFound`."""
    script = world.store.rules[name.removeprefix(PREFIX)].script
    assert isinstance(script, Script)
    return settled(script, f"{world.seed}/{recipient_id}")


def _has_its_turn(rule: ProviderRule) -> bool:
    """Whether a rule wants the next message that its conditions fit."""
    return (rule.times is None or rule.used < rule.times) and rule.match.nth in (None, rule.seen + 1)


def _concerns(world: World, match: Match, addressed: Addressed) -> bool:
    content = addressed.content
    return (
        fits(match.api, addressed.api)
        and fits(match.environment, addressed.environment)
        and fits(match.channel, addressed.channel)
        and is_account(world, match.account, match.account_ids, addressed.account_id)
        and is_address(world, match.recipient, addressed.api, addressed.channel, addressed.address)
        and fits(match.text, content.text, content.subject, content.html)
    )
