"""Templates: texts with places that a tenant may send once they are approved.

The core's record has name, text and variables. What only this API knows (channel, languages, approval) stands in a
resource of the same name; without one a template is an approved one for WhatsApp in the tenant's language.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple, cast

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.ids import derived_base32
from emulator.core.records import Account, Channel, Content, Resource, Template
from emulator.core.store import Store
from emulator.dialects.tripdesk.tenants import setting
from emulator.dialects.tripdesk.vocabulary import API, LANGUAGE

KIND = "template"
APPROVED = "approved"

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")


class Details(NamedTuple):
    """What only this API knows of a template. `status` is `approved`, `pending` or `rejected`."""

    channel: Channel
    languages: tuple[str, ...]
    status: str


def templates(store: Store, account_id: str) -> Iterator[Template]:
    """The templates of an account, oldest first."""
    return (template for template in store.templates if template.account_id == account_id)


def details_of(store: Store, account: Account, key: str) -> Details:
    """What this API knows of the template with a name."""
    known: Resource | None = store.resources_by_key.get((account.id, KIND, key))
    content: Mapping[str, Json] = known.content if known is not None else {}
    languages = cast("list[str] | None", content.get("languages"))
    return Details(
        channel=Channel(str(content.get("channel", "whatsapp"))),
        languages=tuple(languages) if languages is not None else (language_of(account),),
        status=str(content.get("status", APPROVED)),
    )


def language_of(account: Account) -> str:
    """The language of a tenant."""
    return str(setting(account, "language", LANGUAGE))


def id_of(template: Template) -> str:
    """A template's id on the wire; one that was made through the control API is given one."""
    return template.id if template.id.startswith("tpl_") else f"tpl_{derived_base32(API, 'tpl', template.id)}"


def is_approved(store: Store, account: Account, channel: Channel, key: str) -> bool:
    """Whether a template may be sent on a channel."""
    if store.templates_by_key.get((account.id, key)) is None:
        return False
    details = details_of(store, account, key)
    return details.status == APPROVED and details.channel is channel


def fill(store: Store, account: Account, channel: Channel, body: Mapping[str, Json]) -> Content:
    """The content that a body asks for by template, language and variables. Raises `InvalidFields`."""
    key = str(body["template"])
    template = store.templates_by_key.get((account.id, key))
    if template is None or not is_approved(store, account, channel, key):
        raise InvalidFields([FieldProblem(("template",), "exists", key)])
    language = str(body.get("language", language_of(account)))
    if _plain(language) not in map(_plain, details_of(store, account, key).languages):
        raise InvalidFields([FieldProblem(("language",), "exists", language)])
    variables = cast("dict[str, str]", body.get("variables", {}))
    _require_exactly(template.variables, variables)
    html = None
    if template.html is not None and channel is Channel.EMAIL:
        html = _put_in(template.html, {name: escape(value) for name, value in variables.items()})
    return Content(text=_put_in(template.text, variables), subject=cast("str | None", body.get("subject")), html=html)


def refuse_variables(body: Mapping[str, Json]) -> None:
    """Without a template there is nothing that variables could fill. Raises `InvalidFields`."""
    variables = body.get("variables")
    if isinstance(variables, dict) and variables:
        raise InvalidFields([FieldProblem(("variables", name), "not_allowed") for name in variables])


def _require_exactly(wanted: tuple[str, ...], given: Mapping[str, str]) -> None:
    problems = [FieldProblem(("variables", name), "missing_variable") for name in wanted if name not in given]
    problems += [FieldProblem(("variables", name), "not_allowed") for name in given if name not in wanted]
    if problems:
        raise InvalidFields(problems)


def _plain(language: str) -> str:
    """A language tag in the form in which tags are compared: `en_US` and `en-us` are the same."""
    return language.replace("_", "-").lower()


def _put_in(text: str, variables: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: variables.get(place[1], place[0]), text)
