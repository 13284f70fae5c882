"""Provider rules as people write them: `{"name"?, "match": {…}, "times"?, "script": [step, …]}`."""

from emulator.core.errors import Json
from emulator.core.failures import Match
from emulator.core.patterns import fits
from emulator.core.records import Channel, EventType
from emulator.failures.known import CHANNELS, ENVIRONMENTS, Known
from emulator.failures.members import Members, Path, Unusable, as_list
from emulator.failures.scripts import read_script
from emulator.gateway.rules import RuleDraft

MEMBERS = ("name", "match", "times", "script")
MATCH_MEMBERS = ("api", "account", "environment", "channel", "recipient", "text", "nth")


def read_rules(value: Json, known: Known) -> list[RuleDraft]:
    """Read one rule or a list of them, oldest first. Raises `Unusable`."""
    return [_read_rule(item, path, known) for path, item in as_list(value)]


def _read_rule(value: Json, path: Path, known: Known) -> RuleDraft:
    members = Members(value, path, MEMBERS)
    match = _read_match(members.values.get("match", {}), (*path, "match"), known)
    if "script" not in members:
        raise members.refuse("script", "is missing")
    name = members.text("name")
    script, reports = read_script(members.values["script"], (*path, "script"), name or "rule")
    for place, type in reports:
        _check_report(type, place, match, known)
    return RuleDraft(match=match, script=script, name=name, times=members.whole("times"), written=members.values)


def _read_match(value: Json, path: Path, known: Known) -> Match:
    members = Members(value, path, MATCH_MEMBERS)
    api = members.pattern("api", known=tuple(known.titles))
    account, account_ids = known.account(members, api)
    return Match(
        api=api,
        account=account,
        account_ids=account_ids,
        environment=members.pattern("environment", known=ENVIRONMENTS),
        channel=members.pattern("channel", known=CHANNELS),
        recipient=members.pattern("recipient", is_address=True),
        text=members.pattern("text"),
        nth=members.whole("nth"),
    )


def _check_report(type: EventType, place: Path, match: Match, known: Known) -> None:
    """Refuse a report that nothing that matches can have."""
    apis = known.apis(match.api)
    channels = [channel for channel in Channel if fits(match.channel, channel.value)]
    had = {name: _reports(known, name, channels) for name in apis}
    if any(type in each for each in had.values()):
        return
    where = f" on {channels[0].value}" if len(channels) == 1 else ""
    told = (
        f"{known.titles[name]} has no report {type.value!r}{where}; "
        f"it has {', '.join(sorted(each.value for each in had[name])) or 'nothing'}"
        for name in apis
    )
    raise Unusable(place, "; ".join(told) or "no API matches", is_conflict=True)


def _reports(known: Known, api: str, channels: list[Channel]) -> frozenset[EventType]:
    by_channel = known.world.policies[api].reports
    # What a platform concludes is no report of a provider.
    return frozenset(type for each in channels for type in by_channel.get(each, ())) - {EventType.UNCERTAIN}
