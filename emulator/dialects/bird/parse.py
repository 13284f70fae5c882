"""A message that is asked for -> what the gateway sends, and what the schema cannot check.

Members of `SendRequest.extras`, in this API's words: `channel_id`, `connector_id`, `contacts` (as asked for; with ids
once the message is taken), `body` or `template`, `body_id`, `meta`, and where given `sender`, `reference`, `reply_to`,
`tags`, `short_links`, `scheduled_for`, `batch_id`, `skip` and `rejection`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.core import contacts as people
from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.moments import read_moment
from emulator.core.records import Content, Resource
from emulator.core.store import Store
from emulator.dialects.bird import contacts, templates
from emulator.dialects.bird.channels import platform_of
from emulator.dialects.bird.members import inside
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import API, LONGEST_AHEAD, MAIL, PHONE, SENT_AT_ONCE, Platform
from emulator.gateway.sending import SendRequest
from emulator.gateway.world import World

Members = Mapping[str, Any]
Contacts = list[dict[str, Json]]

BOTH_CONTENTS = "body_and_template"
"""The setting that takes `body` and `template` together, which the vendor's schema lets pass and its prose does not."""

# Forms of addresses: assumed.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")

_ALWAYS_CHECKED = frozenset({"sms", "voice"})


def early_problems(members: Members, *, now: datetime, both_contents: bool = False) -> Iterator[FieldProblem]:
    """What is wrong with a message that fits its schema, whatever it is sent over."""
    if members.get("body") is not None and members.get("template") is not None and not both_contents:
        yield FieldProblem((), "not_allowed", expected=("body", "template"))
    if members.get("capFrequency") is True and use_case(members) != "marketing":
        yield FieldProblem(("capFrequency",), "not_allowed", True)
    text = members.get("scheduledFor")
    moment = read_moment(text) if isinstance(text, str) else None
    if text is not None and moment is None:
        yield FieldProblem(("scheduledFor",), "moment", text)
    elif moment is not None and moment > now + LONGEST_AHEAD:
        yield FieldProblem(("scheduledFor",), "maximum", text, LONGEST_AHEAD.days)


def check_early(members: Members, *, now: datetime, both_contents: bool = False) -> None:
    """Refuse a message for `early_problems`. Raises `InvalidFields`."""
    problems = [*early_problems(members, now=now, both_contents=both_contents)]
    if problems:
        raise InvalidFields(problems)


def use_case(members: Members) -> str | None:
    """What the message is for, as its meta says."""
    return inside(members, "meta", "extraInformation", "useCase")


def parse_send(world: World, channel: Resource, members: Members, *, batch_id: str | None = None) -> SendRequest:
    """Read a message that fits the schema. Raises `InvalidFields` for what depends on the channel."""
    receivers = read_contacts(world.store, channel, members["receiver"]["contacts"])
    problems = [
        *_receiver_problems(platform_of(channel), receivers),
        *_reply_problems(world.store, channel, members.get("replyTo")),
        *templates.problems(world.store, channel.account_id, members.get("template")),
    ]
    if problems:
        raise InvalidFields(problems)
    return make_request(world, channel, members, receivers, batch_id=batch_id)


def make_request(
    world: World, channel: Resource, members: Members, receivers: Contacts, *, batch_id: str | None = None
) -> SendRequest:
    """What the gateway sends, of members that are in order; those that are missing are left out."""
    platform, now = platform_of(channel), world.clock.now
    scheduled_at = read_moment(members.get("scheduledFor") or "")
    if scheduled_at is not None and scheduled_at <= now + SENT_AT_ONCE:
        scheduled_at = None
    return SendRequest(
        api=API,
        account_id=channel.account_id,
        environment="live",
        channel=platform.channel,
        sender=str(channel.content["identifier"]),
        addresses=tuple(str(each.get("platformAddress", each["identifierValue"])) for each in receivers) or ("",),
        content=_content(world.store, channel.account_id, members),
        external_id=members.get("reference"),
        endpoint_url=inside(members, "notification", "url"),
        scheduled_at=scheduled_at,
        expires_at=_end_of(members.get("validity") or 0, scheduled_at or now),
        extras=_extras(world, channel, members, receivers, batch_id, scheduled=scheduled_at is not None),
    )


def _end_of(validity: int, begin: datetime) -> datetime | None:
    """When a validity in seconds ends; None for none, and for one that ends after the last day of the calendar."""
    try:
        return begin + timedelta(seconds=validity) if validity else None
    except OverflowError:
        return None


def _extras(
    world: World, channel: Resource, members: Members, receivers: Contacts, batch_id: str | None, *, scheduled: bool
) -> dict[str, Json]:
    extras: dict[str, Json] = {
        "channel_id": channel.id,
        "connector_id": channel.content["connectorId"],
        "contacts": list[Json](receivers),
        "meta": members.get("meta") or {},
    }
    if members.get("body") is not None:
        extras |= {"body": members["body"], "body_id": world.ids.uuid("body")}
    if members.get("template") is not None:
        extras["template"] = members["template"]
    for name, member in (("reference", "reference"), ("reply_to", "replyTo"), ("short_links", "shortLinks")):
        if members.get(member) is not None:
            extras[name] = members[member]
    if members.get("sender") is not None:
        extras["sender"] = members["sender"]["connector"]
    if "tags" in members:
        extras["tags"] = list(dict.fromkeys(tag.lower() for tag in members["tags"]))
    if scheduled or members.get("scheduledFor"):
        moment = read_moment(members["scheduledFor"])
        extras["scheduled_for"] = timestamp(moment) if moment is not None else None
    if batch_id is not None:
        extras["batch_id"] = batch_id
    if members.get("capFrequency") is True:
        extras["capped"] = True
    return extras


def read_contacts(store: Store, channel: Resource, asked: Sequence[Members]) -> Contacts:
    """The contacts of a request, each with key and value. Raises `NotFound` for an id that the workspace lacks."""
    key = contact_key(channel, platform_of(channel))
    return [_contact(store, channel.account_id, key, each) for each in asked]


def contact_key(channel: Resource, platform: Platform) -> str:
    """What an address is, on a channel, that comes without a key."""
    return str(channel.content.get("contactIdentifierKeyOverride") or platform.identifier_key)


def _contact(store: Store, workspace_id: str, key: str, asked: Members) -> dict[str, Json]:
    found: dict[str, Json] = {}
    id = asked.get("id")
    if id is not None:
        contact = people.of_account(store, workspace_id, id)
        if contact is None:
            raise NotFound("contact", id)
        found["id"] = id
        value = asked.get("identifierValue")
        found["identifierKey"] = asked.get("identifierKey") or key
        found["identifierValue"] = value if value is not None else contacts.identifier(contact, key)
    else:
        found["identifierKey"] = asked.get("identifierKey") or key
        found["identifierValue"] = asked["identifierValue"]
    found["type"] = asked.get("type", "to")
    if "identifiers" in asked:
        found["identifiers"] = asked["identifiers"]
    found["platformAddress"] = asked.get("platformAddress", found["identifierValue"])
    if "platformAddressSelector" in asked:
        found["platformAddressSelector"] = asked["platformAddressSelector"]
    return found


def _receiver_problems(platform: Platform, receivers: Contacts) -> Iterator[FieldProblem]:
    if platform.one_receiver and len(receivers) > 1:
        yield FieldProblem(("receiver", "contacts"), "max_items", None, 1)
    for place, contact in enumerate(receivers):
        path = ("receiver", "contacts", place)
        value = contact["identifierValue"]
        if value is None:
            yield FieldProblem(path, "address", contact["id"])
        elif not _fits(platform, str(contact["identifierKey"]), str(value)):
            yield FieldProblem((*path, "identifierValue"), "pattern", value)


def _fits(platform: Platform, key: str, value: str) -> bool:
    """Whether a value has the form that the channel needs; keys that a channel may have besides have any form."""
    if platform.identifier_key == MAIL:
        return _MAIL.fullmatch(value) is not None
    if key == PHONE or platform.channel.value in _ALWAYS_CHECKED or (key, platform.identifier_key) == (MAIL, PHONE):
        return _NUMBER.fullmatch(value) is not None
    if key == MAIL:
        return _MAIL.fullmatch(value) is not None
    return bool(value)


def _reply_problems(store: Store, channel: Resource, reply_to: Members | None) -> Iterator[FieldProblem]:
    if reply_to is None:
        return
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
    subject = _subject(members, body)
    type: str = body["type"]
    text = inside(body, type, "text")
    if type == "html":
        return Content(text=text, html=inside(body, type, "html"), subject=subject)
    if type == "text":
        return Content(text=text, subject=subject)
    return Content(text=text if isinstance(text, str) else None, subject=subject, rich=body)


def _subject(members: Members, body: Members) -> str | None:
    return inside(body, body["type"], "metadata", "subject") or inside(members, "meta", "email", "subject")
