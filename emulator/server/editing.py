"""What people edit by hand: what a dialect keeps for an account, told in a form that one page can show for all.

A `Kind` is a sort of thing (templates, contacts, agents). Where the API itself can make, change or delete one, that is
named as an `ApiCall`, and made as one; where only the vendor's dashboard can, or the vendor's people, it is a function.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from emulator.core.errors import Json
from emulator.core.records import EMPTY, Account, Record
from emulator.gateway.world import World

Members = Mapping[str, Any]
"""What was filled in, fitting the fields' schemas; what was left empty is left out."""

Options = Callable[[World, Account], Sequence[tuple[str, str]]]

TEXT: Mapping[str, Json] = MappingProxyType({"type": "string"})
_NO_STEPS: "Mapping[str, Callable[[World, Account, str], None] | ApiCall]" = MappingProxyType({})


class Step(Record, frozen=True, kw_only=True):
    """A sort of step in a list of steps: the word that is kept as its `kind`, what people call it, and its fields."""

    kind: str
    label: str
    fields: "tuple[Field, ...]"


class Field(Record, frozen=True, kw_only=True):
    """One field of a form.

    `schema` is what a value must fit (without references); its `type` says how it is entered: text, a number, a box to
    tick, a list (one a line), an object as JSON. `options` are pairs of value and word to choose from. A field that
    `is_fixed` is chosen once, one that `is_later` only after the thing is made; a text that `is_long` gets room.
    `usual` is what a new thing's form begins with. An object that `is_merged` is changed by the API name by name, and
    a name of it goes by being null. With `steps` it is a list of steps in an order, each an object
    with `kind` and what its fields say.
    """

    name: str
    label: str
    schema: Mapping[str, Json] = TEXT
    is_needed: bool = False
    is_fixed: bool = False
    is_later: bool = False
    is_long: bool = False
    is_merged: bool = False
    hint: str = ""
    usual: Json = None
    options: Options | None = None
    steps: tuple[Step, ...] = ()


class Thing(Record, frozen=True, kw_only=True):
    """One of a kind. `members` are what its form shows, `facts` what stands beside it, to read.

    `steps` are those of the kind's that can be taken now.
    """

    id: str
    title: str
    status: str = ""
    members: Members = EMPTY
    facts: Mapping[str, Json] = EMPTY
    steps: tuple[str, ...] = ()


def _as_filled_in(members: Members) -> Json:
    return dict(members)


def _id_of(answer: Any) -> str:  # noqa: ANN401 - JSON
    return str(answer["id"])


class ApiCall(Record, frozen=True, kw_only=True):
    """A call of the API. `body` makes its body of what was filled in; `id_of` finds the thing's id in the answer.

    In an update what was emptied is None.
    """

    operation: str
    body: Callable[[Members], Json] = _as_filled_in
    id_of: Callable[[Any], str] = _id_of


class Kind(Record, frozen=True, kw_only=True):
    """A sort of thing.

    `name` is the same for what is alike in several APIs; `one` and `title` are what people call one and all of them.
    `ids` are an account's, oldest first; `thing` raises `NotFound`. The functions that change something check first:
    a refusal (a `MessagingError`) leaves no trace. `create` gives the new id, `update` the id from now on. `steps` are
    what can be done to one with a button, by the button's word.
    """

    name: str
    one: str
    title: str
    fields: tuple[Field, ...]
    ids: Callable[[World, Account], Sequence[str]]
    thing: Callable[[World, Account, str], Thing]
    create: Callable[[World, Account, Members], str] | ApiCall | None = None
    update: Callable[[World, Account, str, Members], str] | ApiCall | None = None
    delete: Callable[[World, Account, str], None] | ApiCall | None = None
    steps: Mapping[str, Callable[[World, Account, str], None] | ApiCall] = _NO_STEPS
    hint: str = ""
