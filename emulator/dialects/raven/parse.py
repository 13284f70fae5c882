"""A folded body -> what is asked, in the core's words."""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from types import MappingProxyType

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.records import Channel, Content, Template
from emulator.core.store import Store
from emulator.dialects.raven.vocabulary import API, CHANNELS
from emulator.gateway.sending import SendRequest

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")

# All messages from one side share this.
_SOURCES: Mapping[str, Mapping[str, Json]] = {
    source: MappingProxyType({"source": source}) for source in ("api", "dashboard")
}

_EMAIL = Channel.EMAIL  # before Python 3.12 an enum's member costs as much as a call

# The contract's order, for problems that come from two places.
_FIELDS = ("channel", "to", "body", "from", "subject", "bodyHtml", "bodyText")


def parse_send(
    store: Store, body: Mapping[str, Json], *, account_id: str, environment: str, source: str
) -> SendRequest:
    """What a send asks for. The body fits the contract. Raises `InvalidFields` for a template that cannot be filled."""
    channel = CHANNELS[str(body["channel"])]
    return SendRequest(
        api=API,
        account_id=account_id,
        environment=environment,
        channel=channel,
        sender=_text(body, "from") if channel is _EMAIL else None,
        addresses=(str(body["to"]),),
        content=_content(store, account_id, channel, body),
        external_id=_text(body, "externalId"),
        idempotency_key=_text(body, "idempotencyKey"),
        extras=_SOURCES[source],
    )


def check_sender(body: Json) -> list[FieldProblem]:
    """What the contract cannot say of a send: the sender of an e-mail is one RFC 5322 address."""
    if not isinstance(body, dict) or body.get("channel") != "email":
        return []
    sender = body.get("from")
    if not isinstance(sender, str) or is_mailbox(sender):
        return []
    return [FieldProblem(("from",), "address", sender)]


def in_field_order(problems: list[FieldProblem]) -> list[FieldProblem]:
    """Sort the problems of a send as the contract orders its fields; what it does not list stays behind them."""
    return sorted(problems, key=_place)


def _place(problem: FieldProblem) -> int:
    name = str(problem.path[0] if problem.path else "")
    if problem.rule == "any_of":
        name = "bodyHtml"
    if problem.place == "query" or not name:
        return -1
    return _FIELDS.index(name) if name in _FIELDS else len(_FIELDS)


# Senders repeat; a check takes 25 microseconds.
@lru_cache(maxsize=1024)
def is_mailbox(text: str) -> bool:
    """Whether a text is one e-mail address, with or without a display name. Nothing is looked up."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - only e-mail needs it

    try:
        validate_email(
            text,
            check_deliverability=False,
            globally_deliverable=False,
            test_environment=True,
            allow_display_name=True,
            allow_quoted_local=True,
            allow_domain_literal=True,
        )
    except EmailNotValidError:
        return False
    return True


def _content(store: Store, account_id: str, channel: Channel, body: Mapping[str, Json]) -> Content:
    if "template" in body:
        return _from_template(store, account_id, channel, body)
    if channel is _EMAIL:
        # `body` on an e-mail is ignored.
        return Content(text=_text(body, "bodyText"), subject=_text(body, "subject"), html=_text(body, "bodyHtml"))
    return Content(text=_text(body, "body"))


def _from_template(store: Store, account_id: str, channel: Channel, body: Mapping[str, Json]) -> Content:
    key = str(body["template"])
    template = store.templates_by_key.get((account_id, key))
    if template is None:
        raise InvalidFields([FieldProblem(("template",), "exists", key)])
    given = body.get("variables")
    variables = {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    _require_all(template, channel, variables)
    text = _fill(template.text, variables)
    if channel is not Channel.EMAIL:
        return Content(text=text)
    html = None
    if template.html is not None:
        html = _fill(template.html, {name: escape(value) for name, value in variables.items()})
    return Content(text=text, subject=_text(body, "subject"), html=html)


def _require_all(template: Template, channel: Channel, variables: Mapping[str, str]) -> None:
    wanted: list[str] = _PLACE.findall(template.text)
    if channel is _EMAIL:
        wanted += _PLACE.findall(template.html or "")
    missing = [name for name in dict.fromkeys(wanted) if name not in variables]
    if missing:
        raise InvalidFields([FieldProblem(("variables", name), "missing_variable") for name in missing])


def _fill(text: str, variables: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: variables[place[1]], text)


def _text(body: Mapping[str, Json], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
