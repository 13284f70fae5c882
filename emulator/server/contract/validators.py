"""Schemas of one contract, compiled. The only module that knows jsonschema-rs.

`is_valid` decides and costs next to nothing. What was wrong is asked only after a refusal, of a copy of bounded size:
one error costs a copy of the value it concerns, and a body of 1 MB could have 100,000 of them.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from emulator.core.errors import FieldProblem, Json
from emulator.server.contract.excerpt import Excerpt, take_excerpt
from emulator.server.contract.problems import Violation, field_problems
from emulator.server.contract.references import Document, Node, is_array, is_object

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, Registry, ValidationError

_BASE = "contract:/document"
_NODE_LIMIT = 2_000
# Under this the library collects errors without meeting its own limit, and no API nests so deep.
_DEPTH_LIMIT = 64

# What a container that was cut short may be accused of all the same.
_TRUE_OF_AN_EXCERPT = frozenset(
    {"type", "additionalProperties", "propertyNames", "maxItems", "maxProperties", "falseSchema", "uniqueItems"}
)


class Validator:
    """One compiled schema. `is_valid` may raise `ValueError` for a value that no JSON text can have."""

    __slots__ = ("_compiled", "_document", "_place", "_schema", "is_valid")

    def __init__(
        self, compiled: "Draft202012Validator", *, document: Document, schema: dict[str, Any], place: str
    ) -> None:
        self._compiled = compiled
        self._document = document
        self._schema = schema
        self._place = place
        self.is_valid: Callable[[Json], bool] = compiled.is_valid

    def problems(self, value: Json) -> tuple[FieldProblem, ...]:
        """Say what is wrong with a value that is not valid: at least one problem, in contract order."""
        excerpt = take_excerpt(value, nodes=_NODE_LIMIT, depth=_DEPTH_LIMIT)
        try:
            violations = list(_honest(map(_violation, self._compiled.iter_errors(excerpt.value)), excerpt))
            if not violations:
                violations = list(self._first(value))
        except ValueError:
            # Lone surrogates, or nested deeper than the library follows.
            return (FieldProblem((), "text", place=self._place),)
        return field_problems(self._document, self._schema, violations, value, self._place)

    def _first(self, value: Json) -> Iterator[Violation]:
        from jsonschema_rs import ValidationError  # noqa: PLC0415 - late: see `compile`

        try:
            self._compiled.validate(value)
        except ValidationError as error:
            yield _violation(error)


class Validators:
    """Compiles the schemas of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._registry: Registry | None = None
        self._formats: dict[str, Callable[[str], bool]] = {}

    def compile(self, schema: dict[str, Any], *, place: str = "body") -> Validator:
        """Compile a schema whose references, `#/…`, lead into the document. Raises `ValueError` if it is none."""
        # It takes 10 ms to import, and a server answers much before it validates.
        from jsonschema_rs import Draft202012, Draft202012Validator, Registry  # noqa: PLC0415 - late

        if self._registry is None:
            self._registry = Registry([(_BASE, self._document)], draft=Draft202012)
            # The library lets a display name stand before an address, which the format does not.
            is_mailbox = Draft202012Validator({"format": "email"}, validate_formats=True).is_valid
            self._formats["email"] = lambda text: not text.endswith(">") and is_mailbox(text)
        compiled = Draft202012Validator(
            _rebased(schema),
            registry=self._registry,
            offline=True,
            validate_formats=True,
            formats=self._formats,
            mask="…",
        )
        return Validator(compiled, document=self._document, schema=schema, place=place)


def _rebased(node: Node) -> Node:
    """Point every reference of a schema, which stands outside the document, into it."""
    if is_object(node):
        return {
            key: _BASE + value if key == "$ref" and isinstance(value, str) else _rebased(value)
            for key, value in node.items()
        }
    return [_rebased(item) for item in node] if is_array(node) else node


def _violation(error: "ValidationError") -> Violation:
    from jsonschema_rs import ValidationErrorKind as Kind  # noqa: PLC0415 - late: see `compile`

    names: tuple[str, ...] = ()
    alternatives: tuple[tuple[Violation, ...], ...] = ()
    keyword = error.kind.name
    match error.kind:
        case Kind.Required():
            names = (error.kind.property,)
        case Kind.AdditionalProperties() | Kind.UnevaluatedProperties():
            names = tuple(error.kind.unexpected)
        case Kind.PropertyNames():
            names = (str(error.kind.error.instance),)
        case Kind.AnyOf() | Kind.OneOfNotValid():
            alternatives = tuple(tuple(map(_violation, errors)) for errors in error.kind.context)
        case Kind.OneOfMultipleValid():
            keyword = "not"
        case _:
            pass
    return Violation(keyword, tuple(error.instance_path), tuple(error.schema_path), names, alternatives)


def _honest(violations: Iterator[Violation], excerpt: Excerpt) -> Iterator[Violation]:
    """Drop what is only true because the excerpt was cut."""
    for violation in violations:
        if violation.path in excerpt.cut and violation.keyword not in _TRUE_OF_AN_EXCERPT:
            continue
        alternatives = tuple(tuple(_honest(iter(each), excerpt)) for each in violation.alternatives)
        if all(alternatives):
            yield violation._replace(alternatives=alternatives)
