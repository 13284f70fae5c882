"""What accounts have and people edit: templates, campaigns, contacts, senders …; each dialect says which there are.

One page lists the things of a sort over all APIs, one shows a thing with its form; what they show is the dialects'.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from emulator.control.problems import problem_reply
from emulator.core.errors import InvalidFields, MessagingError, NotFound
from emulator.core.records import Account
from emulator.dashboard import forms
from emulator.dashboard.changing import ApiRefused, CannotEmpty, Editor, NoCredential
from emulator.dashboard.frame import framed
from emulator.dashboard.sending import Answer
from emulator.dashboard.shelves import MOST_ON_A_PAGE, Shelf, kinds_of, page_of, shelf_of, shelves_of
from emulator.dashboard.visit import Visit
from emulator.server.contract.references import is_array, is_object
from emulator.server.dialect import Reply
from emulator.server.editing import Kind, Thing


class Said(NamedTuple):
    """What came of a form that was not taken: by field, about all of it, and the API's own words."""

    by_field: Mapping[str, str] = {}
    whole: str = ""
    answer: Answer | None = None


_NOTHING = Said()


async def show_all(visit: Visit) -> Reply:
    """The things of a kind, account by account, oldest first."""
    name = visit.parts["kind"]
    shelves = [shelf for shelf in shelves_of(visit) if shelf.kind.name == name]
    if not shelves:
        raise NotFound("page", name)
    chosen = visit.query.get("account", "")
    of = [shelf for shelf in shelves if chosen in ("", shelf.account.id)]
    start = int(visit.query["from"]) if visit.query.get("from", "").isdecimal() else 0
    before, after = start - MOST_ON_A_PAGE, start + MOST_ON_A_PAGE
    total, rows = page_of(visit, of, start)
    kept = {"account": chosen} if chosen else {}
    return await framed(
        visit,
        "things.html",
        kind=shelves[0].kind,
        tabs=kinds_of(visit),
        shelves=shelves,
        makers=[shelf for shelf in shelves if shelf.kind.create is not None],
        chosen=chosen,
        rows=rows,
        total=total,
        start=start,
        newer=visit.to("things", name, **kept, **{"from": str(max(0, before))}) if start else None,
        older=visit.to("things", name, **kept, **{"from": str(after)}) if after < total else None,
    )


async def choose(visit: Visit) -> Reply:
    """Go to the form for a new thing of the account that was chosen; none was: choose one."""
    if not visit.query.get("account"):
        return await show_all(visit)
    return visit.go("things", visit.parts["kind"], visit.query.get("account", ""), "new")


async def show_new(visit: Visit) -> Reply:
    """The form for a new thing; the query fills it in beforehand."""
    shelf = shelf_of(visit)
    filled = forms.written(shelf.kind.fields, forms.usual(shelf.kind.fields))
    return await _form(visit, shelf, None, {**filled, **visit.query})


async def create(visit: Visit) -> Reply:
    """Make a thing."""
    return await _save(visit, shelf_of(visit), None)


async def show(visit: Visit) -> Reply:
    """A thing with its form."""
    shelf = shelf_of(visit)
    thing = shelf.kind.thing(visit.world, shelf.account, visit.parts["id"])
    return await _form(visit, shelf, thing, forms.written(shelf.kind.fields, thing.members))


async def update(visit: Visit) -> Reply:
    """Change a thing."""
    shelf = shelf_of(visit)
    return await _save(visit, shelf, shelf.kind.thing(visit.world, shelf.account, visit.parts["id"]))


async def do(visit: Visit) -> Reply:
    """Press a button of a thing: delete it, or take a step with it."""
    shelf, id, word = shelf_of(visit), visit.parts["id"], visit.form.get("do", "")
    kind = shelf.kind
    thing = kind.thing(visit.world, shelf.account, id)
    editor = Editor(visit, shelf.api, shelf.account, kind)
    try:
        if word == "delete" and kind.delete is not None:
            await editor.delete(id)
            return visit.go("things", kind.name, account=shelf.account.id, done="deleted")
        if word not in thing.steps:
            raise NotFound("button", word)
        await editor.take(word, id)
    except (MessagingError, ApiRefused, NoCredential) as error:
        return await _form(visit, shelf, thing, forms.written(kind.fields, thing.members), _said(error))
    return visit.go("things", kind.name, shelf.account.id, id, done="done")


class ThingEditor(NamedTuple):
    """What a page shows to edit a thing in place."""

    kind: Kind
    thing: Thing
    controls: Sequence[forms.Control]


def editor_of(visit: Visit, account: Account, kind_name: str, id: str) -> ThingEditor | None:
    """A thing's form and buttons for another page; None if its API has nothing of that kind."""
    for shelf in shelves_of(visit, account):
        if shelf.kind.name == kind_name:
            thing = shelf.kind.thing(visit.world, account, id)
            place = forms.Place(visit.world, account, is_new=False)
            fields = forms.of_form(shelf.kind.fields, place)
            filled = forms.written(fields, thing.members)
            return ThingEditor(shelf.kind, thing, forms.controls(fields, filled, {}, place))
    return None


async def _save(visit: Visit, shelf: Shelf, thing: Thing | None) -> Reply:
    place = forms.Place(visit.world, shelf.account, thing is None)
    fields = forms.of_form(shelf.kind.fields, place)
    if visit.form.get("do"):
        return await _form(visit, shelf, thing, forms.changed(fields, visit.form, visit.form["do"]))
    members = forms.read(fields, visit.form, place)
    editor = Editor(visit, shelf.api, shelf.account, shelf.kind)
    try:
        wrong = forms.problems(fields, members, place)
        if wrong:
            raise InvalidFields(wrong)
        id = await editor.create(members) if thing is None else await editor.update(thing, members)
    except (MessagingError, CannotEmpty, ApiRefused, NoCredential) as error:
        return await _form(visit, shelf, thing, visit.form, _said(error))
    return visit.go("things", shelf.kind.name, shelf.account.id, id, done="saved")


async def _form(
    visit: Visit, shelf: Shelf, thing: Thing | None, filled: Mapping[str, str], said: Said = _NOTHING
) -> Reply:
    kind = shelf.kind
    place = forms.Place(visit.world, shelf.account, thing is None)
    can_save = (kind.create if thing is None else kind.update) is not None
    fields = forms.of_form(kind.fields, place) if can_save else []
    controls = forms.controls(fields, filled, said.by_field, place)
    # What no field can show is said about all of it.
    elsewhere = [f"{name}: {text}" for name, text in said.by_field.items() if name not in _names(controls)]
    return await framed(
        visit,
        "thing.html",
        status=422 if said is not _NOTHING else 200,
        kind=kind,
        api=shelf.api.dialect,
        account=shelf.account,
        label=shelf.label,
        thing=thing,
        controls=controls,
        fixed=[] if thing is None else _fixed(kind, thing, {field.name for field in fields}),
        whole=said.whole or "; ".join(elsewhere),
        is_wrong=said is not _NOTHING,
        answer=said.answer,
        can_delete=thing is not None and kind.delete is not None,
    )


def _names(controls: Sequence[forms.Control]) -> set[str]:
    names = {control.name for control in controls}
    for control in controls:
        names |= {f"{control.name}.{at}" for at in range(len(control.steps))}
        names |= {inner.name for step in control.steps for inner in step.controls}
    return names


def _fixed(kind: Kind, thing: Thing, shown: set[str]) -> list[tuple[str, Any]]:
    """What can be read but not changed."""
    members = [(field.label, thing.members.get(field.name)) for field in kind.fields if field.name not in shown]
    facts = (*members, *thing.facts.items())
    return [(label, _plain(value)) for label, value in facts if value not in (None, "", [], {})]


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A value as a line where it is flat."""
    if is_array(value) and not any(is_array(each) or is_object(each) for each in value):
        return ", ".join(map(str, value))
    if is_object(value) and not any(is_array(each) or is_object(each) for each in value.values()):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return value


def _said(error: Exception) -> Said:
    if isinstance(error, InvalidFields):
        return Said(forms.errors(error.problems))
    if isinstance(error, CannotEmpty):
        return Said(dict.fromkeys(error.names, "cannot be emptied: the API has no way to clear it"))
    if isinstance(error, ApiRefused):
        return Said(whole="The API refused it.", answer=error.answer)
    if isinstance(error, NoCredential):
        return Said(whole=f"{error}.")
    problem: dict[str, Any] = msgspec.json.decode(problem_reply(error).body)
    return Said(whole=f"{problem['title']}. {problem['detail']}")
