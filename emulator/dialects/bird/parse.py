"""A message that is asked for -> what the gateway sends, and what the schema cannot check.

Members of `SendRequest.extras`, in this API's words: `channel_id`, `connector_id`, `contacts`, and where given `body`
or `template`, `meta`, `sender`, `reference`, `reply_to`, `tags` with `tag_ids`, `short_links`, `scheduled_for`,
`batch_id`, `skip` and `rejection`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.core.contacts import of_account
from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.moments import read_moment
from emulator.core.records import Account, Channel, Content, Resource
from emulator.core.store import Store
from emulator.dialects.bird import contacts, people, templates
from emulator.dialects.bird.channels import contact_key, platform_of
from emulator.dialects.bird.members import inside
from emulator.dialects.bird.people import Receivers
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import API, LONGEST_AHEAD, MAIL, PHONE, SENT_AT_ONCE, Platform
from emulator.gateway.sending import SendRequest
from emulator.gateway.world import World

Members = Mapping[str, Any]

BOTH_CONTENTS = "body_and_template"
"""The setting that takes `body` and `template` together, which the vendor's schema lets pass and its prose does not."""

# Forms of addresses: assumed.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")

_ALWAYS_CHECKED = frozenset({Channel.SMS, Channel.VOICE})

_AS_GIVEN: Mapping[str, str] = {
    "body": "body",
    "template": "template",
    "meta": "meta",
    "reference": "reference",
    "replyTo": "reply_to",
    "shortLinks": "short_links",
}
"""Members of the request that are extras as they came."""


def early_problems(world: World, account: Account, members: Members) -> list[FieldProblem]:
    """What is wrong with a message that fits its schema, whatever it is sent over."""
    problems: list[FieldProblem] = []
    both = members.get("body") is not None and members.get("template") is not None
    if both and account.extras.get(BOTH_CONTENTS) is not True:
        problems.append(FieldProblem((), "not_allowed", expected=("body", "template")))
    if members.get("capFrequency") is True and use_case(members) != "marketing":
        problems.append(FieldProblem(("capFrequency",), "not_allowed", True))
    text = members.get("scheduledFor")
    if text is not None:
        moment = read_moment(text)
        if moment is None:
            problems.append(FieldProblem(("scheduledFor",), "moment", text))
        elif moment > world.clock.now + LONGEST_AHEAD:
            problems.append(FieldProblem(("scheduledFor",), "maximum", text, LONGEST_AHEAD.days))
    return problems


def check_early(world: World, account: Account, members: Members) -> None:
    """Refuse a message for `early_problems`. Raises `InvalidFields`."""
    problems = early_problems(world, account, members)
    if problems:
        raise InvalidFields(problems)


def use_case(members: Members) -> str | None:
    """What the message is for, as its meta says."""
    return inside(members, "meta", "extraInformation", "useCase")


def parse_send(world: World, channel: Resource, members: Members, *, batch_id: str | None = None) -> SendRequest:
    """Read a message that fits the schema. Raises `InvalidFields` for what depends on the channel."""
    store, platform = world.store, platform_of(channel)
    receivers = read_receivers(store, channel, platform, members["receiver"]["contacts"])
    problems = _receiver_problems(platform, receivers)
    reply_to, template = members.get("replyTo"), members.get("template")
    if reply_to is not None:
        problems.extend(_reply_problems(store, channel, reply_to))
    if template is not None:
        problems.extend(templates.problems(store, channel.account_id, template))
    if problems:
        raise InvalidFields(problems)
    return make_request(world, channel, platform, members, receivers, batch_id=batch_id)


def make_request(
    world: World,
    channel: Resource,
    platform: Platform,
    members: Members,
    receivers: Receivers,
    *,
    batch_id: str | None = None,
) -> SendRequest:
    """What the gateway sends, of members that are in order; those that are missing are left out.

    Nothing refuses the message any more, so this makes the contacts and tags that it needs.
    """
    now, validity, asked_for = world.clock.now, members.get("validity"), members.get("scheduledFor")
    people.make_known(world, channel.account_id, receivers)
    extras = _extras(world, channel, members, receivers)
    if batch_id is not None:
        extras["batch_id"] = batch_id
    scheduled_at = None
    if asked_for:
        moment = read_moment(asked_for)
        extras["scheduled_for"] = timestamp(moment) if moment is not None else None
        scheduled_at = moment if moment is not None and moment > now + SENT_AT_ONCE else None
    return SendRequest(
        api=API,
        account_id=channel.account_id,
        environment="live",
        channel=platform.channel,
        sender=str(channel.content["identifier"]),
        addresses=tuple([each["platformAddress"] or "" for each in receivers]) or ("",),
        content=_content(world.store, channel.account_id, members),
        external_id=members.get("reference"),
        endpoint_url=inside(members["notification"], "url") if "notification" in members else None,
        scheduled_at=scheduled_at,
        expires_at=_end_of(validity, scheduled_at or now) if validity else None,
        contact_id=receivers[0]["id"] if receivers else world.ids.serial_uuid("nobody"),
        extras=extras,
    )


def _end_of(validity: int, begin: datetime) -> datetime | None:
    """When a validity in seconds ends; None for one that ends after the last day of the calendar."""
    try:
        return begin + timedelta(seconds=validity)
    except OverflowError:
        return None


def _extras(world: World, channel: Resource, members: Members, receivers: Receivers) -> dict[str, Json]:
    extras: dict[str, Any] = {
        "channel_id": channel.id,
        "connector_id": channel.content["connectorId"],
        "contacts": receivers,
    }
    for member, value in members.items():
        name = _AS_GIVEN.get(member)
        if name is not None and value is not None:
            extras[name] = value
    if members.get("sender") is not None:
        extras["sender"] = members["sender"]["connector"]
    if "tags" in members:
        tags = list(dict.fromkeys([tag.lower() for tag in members["tags"]]))
        extras["tags"], extras["tag_ids"] = tags, people.tag_ids(world, channel.account_id, tags)
    if members.get("capFrequency") is True:
        extras["capped"] = True
    return extras


def read_receivers(store: Store, channel: Resource, platform: Platform, asked: Sequence[Members]) -> Receivers:
    """The receivers of a request, each with key and value. Raises `NotFound` for an id that the workspace lacks."""
    usual_key = contact_key(channel, platform)
    receivers: Receivers = []
    for one in asked:
        id, value = one.get("id"), one.get("identifierValue")
        if id is not None:
            contact = of_account(store, channel.account_id, id)
            if contact is None:
                raise NotFound("contact", id)
            if value is None:
                value = contacts.identifier(contact, usual_key)
        receiver = {
            "id": id,
            "identifierKey": one.get("identifierKey") or usual_key,
            "identifierValue": value,
            "type": one.get("type", "to"),
        }
        if "identifiers" in one:
            receiver["identifiers"] = one["identifiers"]
        receiver["platformAddress"] = one.get("platformAddress", value)
        if "platformAddressSelector" in one:
            receiver["platformAddressSelector"] = one["platformAddressSelector"]
        receivers.append(receiver)
    return receivers


def _receiver_problems(platform: Platform, receivers: Receivers) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if platform.one_receiver and len(receivers) > 1:
        problems.append(FieldProblem(("receiver", "contacts"), "max_items", None, 1))
    for place, receiver in enumerate(receivers):
        value = receiver["identifierValue"]
        if value is None:
            problems.append(FieldProblem(("receiver", "contacts", place), "address", receiver["id"]))
        elif not _fits(platform, receiver["identifierKey"], value):
            problems.append(FieldProblem(("receiver", "contacts", place, "identifierValue"), "pattern", value))
    return problems


def _fits(platform: Platform, key: str, value: str) -> bool:
    """Whether a value has the form that the channel needs; keys that a channel may have besides have any form."""
    if platform.identifier_key == MAIL:
        return _MAIL.fullmatch(value) is not None
    if key == PHONE or platform.channel in _ALWAYS_CHECKED or (key, platform.identifier_key) == (MAIL, PHONE):
        return _NUMBER.fullmatch(value) is not None
    if key == MAIL:
        return _MAIL.fullmatch(value) is not None
    return bool(value)


def _reply_problems(store: Store, channel: Resource, reply_to: Members) -> Iterator[FieldProblem]:
    answered = store.inbound.get(reply_to["id"])
    ours = answered is not None and answered.account_id == channel.account_id
    if not ours or answered is None or answered.recipient != channel.content["identifier"]:
        yield FieldProblem(("replyTo", "id"), "exists", reply_to["id"])


def _content(store: Store, workspace_id: str, members: Members) -> Content:
    """What the person reads, as far as it is text."""
    template = members.get("template")
    if template is not None:
        return templates.content(store, workspace_id, template)
    body = members.get("body")
    if body is None:
        return Content()
    type: str = body["type"]
    part: Members = body[type] if isinstance(body.get(type), dict) else {}
    text, metadata, meta = part.get("text"), part.get("metadata"), members.get("meta")
    subject = None
    if metadata or meta:
        subject = inside(metadata, "subject") or inside(meta, "email", "subject")
    if type == "html":
        return Content(text=text, html=part.get("html"), subject=subject)
    if type == "text":
        return Content(text=text, subject=subject)
    return Content(text=text if isinstance(text, str) else None, subject=subject, rich=body)
