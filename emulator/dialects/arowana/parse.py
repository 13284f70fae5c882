"""The body of a send -> what is said, in the core's words, and which billing unit it is.

Source: Arowana documentation, "RCS text", "Email" and "Billing units", read 2026-11; the syntax of templates and how
their versions are told apart are assumed.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from html import escape
from typing import Any

import msgspec

from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.records import Channel, Content, Template
from emulator.core.store import Store
from emulator.dialects.arowana.vocabulary import (
    BASIC,
    CONVERSATION,
    CONVERSATION_UNIT,
    EMAIL,
    LONGEST_BASIC_TEXT,
    MAU,
    NEWSLETTER,
    RCS,
    SINGLE,
)

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")
_TTL_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}
_TEMPLATE_MEMBERS = ("template_id", "template_version", "template_data")


def find_template(store: Store, account_id: str, members: Mapping[str, Any]) -> Template | None:
    """The template that a body names, in the version that it names; None without one. Raises `NotFound`.

    A template's key is its id; older versions have keys such as `tpl_news01@2`.
    """
    id = members.get("template_id")
    if id is None:
        return None
    version = members.get("template_version")
    found = store.templates_by_key.get((account_id, id if version is None else f"{id}@{version}"))
    if found is None:
        raise NotFound("template", str(id))
    return found


def check_parts(channel: Channel, template: Template | None, members: Mapping[str, Any]) -> None:
    """What the contract cannot say of a send: its parts fit the channel's type. Raises `InvalidFields`."""
    if template is None and (channel is EMAIL) == ("@" in members["to"]):
        return
    problems = address_problems(channel, members["to"])
    if template is not None:
        # There are none for SMS.
        if channel is not (EMAIL if _is_mail(template) else RCS):
            problems.append(FieldProblem(("template_id",), "not_allowed"))
        elif channel is EMAIL and template.subject is None and "subject" not in members:
            problems.append(FieldProblem(("subject",), "required"))
    if problems:
        raise InvalidFields(problems)


def address_problems(channel: Channel, to: str) -> list[FieldProblem]:
    """What is wrong with an address that another type of channel would take: a channel's own type decides."""
    if (channel is EMAIL) == ("@" in to):
        return []
    return [FieldProblem(("to",), "address" if channel is EMAIL else "pattern", to)]


def _is_mail(template: Template) -> bool:
    """Whether a template is one for mail: it has a subject or an HTML part."""
    return template.subject is not None or template.html is not None


def say(channel: Channel, template: Template | None, members: Mapping[str, Any]) -> Content:
    """What a send says to the person."""
    if template is not None:
        # Beside RCS a subject is any other member that nobody asked for.
        subject = members.get("subject") if channel is EMAIL else None
        return _fill(template, members.get("template_data", {}), subject)
    content: dict[str, Any] = members["content"]
    text = content.get("text")
    if channel is EMAIL:
        return Content(text=text, html=content.get("html"), subject=members["subject"])
    # A plain text stands for itself; anything more is kept as it was sent.
    return Content(text=text, rich=None if text is not None and len(content) == 1 else content)


def template_as_sent(members: Mapping[str, Any]) -> dict[str, Json]:
    """What the caller wrote in place of a content."""
    return {name: members[name] for name in _TEMPLATE_MEMBERS if name in members}


def content_as_sent(content: Content) -> dict[str, Json]:
    """`content` as the caller wrote it."""
    if isinstance(content.rich, dict):
        return content.rich
    parts = {"html": content.html, "text": content.text}
    return {name: part for name, part in parts.items() if part is not None}


def _fill(template: Template, data: Mapping[str, Json], subject: str | None) -> Content:
    """A template with its places filled; what is missing becomes empty (assumed)."""

    def fill(text: str | None, dress: Callable[[str], str] = str) -> str | None:
        return None if text is None else _PLACE.sub(lambda place: dress(_text(data.get(place[1]))), text)

    return Content(
        text=fill(template.text), html=fill(template.html, escape), subject=subject or fill(template.subject)
    )


def _text(value: Json) -> str:
    """A value in a template's place: a text as it is, anything else as JSON (assumed); null is missing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def unit_of(channel: Channel, message_type: str, content: Content) -> str:
    """The billing unit of a message. Characters are counted as Unicode has them (assumed)."""
    if channel is not RCS:
        return BASIC
    if message_type == CONVERSATION:
        return CONVERSATION_UNIT
    if message_type == NEWSLETTER:
        return MAU
    text, rich = content.text, content.rich
    if text is None or len(text) > LONGEST_BASIC_TEXT or (rich is not None and _has_more(rich)):
        return SINGLE
    return BASIC


def _has_more(rich: Json) -> bool:
    """Whether a text comes with suggestions; an empty list of them is none."""
    return isinstance(rich, dict) and bool(rich.get("suggestions"))


def content_type_of(content: Content, *, template: bool) -> str:
    """The log's word for what a message is; chips, cards and carousels are interactive (assumed)."""
    if template:
        return "TEMPLATE"
    rich = content.rich if isinstance(content.rich, dict) else {}
    if "media" in rich:
        return "MEDIA"
    return "INTERACTIVE" if "rich_card" in rich or rich.get("suggestions") else "TEXT"


def read_ttl(text: str) -> timedelta:
    """`3600s`, `15m`, `24h`; the contract has looked at the form, which allows any number of zeros before."""
    return timedelta(**{_TTL_UNITS[text[-1]]: int(text[:-1].lstrip("0") or "0")})


def first_suggestion(content: Content) -> Json:
    """The first thing that a person may tap on a message, or None."""
    rich: dict[str, Any] = content.rich if isinstance(content.rich, dict) else {}
    card = rich.get("rich_card", {})
    shown = [rich, card.get("standalone", {}).get("content", {}), *card.get("carousel", {}).get("cards", ())]
    return next((suggestion for each in shown for suggestion in each.get("suggestions", ())), None)
