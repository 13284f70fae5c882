"""The order in which a schema names the members of a value."""

from collections.abc import Iterator
from typing import Any

from emulator.server.contract.references import Document, is_object, resolve

_TOGETHER = ("allOf", "anyOf", "oneOf")
_BESIDE = ("if", "then", "else")

Schemas = tuple[Any, ...]


class MemberOrder:
    """Sort keys for paths into a value: declared members as in `properties`, the others after them, items by number."""

    def __init__(self, document: Document, schema: dict[str, Any]) -> None:
        self._document = document
        self._root: Schemas = (schema,)
        self._members: dict[tuple[int, ...], dict[str, Schemas]] = {}
        self._items: dict[tuple[int, ...], Schemas] = {}

    def key(self, path: tuple[str | int, ...]) -> tuple[int, ...]:
        """Give the place of each step among its siblings."""
        schemas = self._root
        places: list[int] = []
        for step in path:
            if isinstance(step, int):
                places.append(step)
                schemas = self._items_of(schemas)
            else:
                members = self._members_of(schemas)
                places.append(list(members).index(step) if step in members else len(members))
                schemas = members.get(step, ())
        return tuple(places)

    def _members_of(self, schemas: Schemas) -> dict[str, Schemas]:
        identity = tuple(map(id, schemas))
        if identity not in self._members:
            members: dict[str, Schemas] = {}
            facets = list(self._facets(schemas))
            for facet in facets:
                for name, schema in facet.get("properties", {}).items():
                    members[name] = (*members.get(name, ()), schema)
            for facet in facets:
                for name in facet.get("required", ()):
                    members.setdefault(name, ())
            self._members[identity] = members
        return self._members[identity]

    def _items_of(self, schemas: Schemas) -> Schemas:
        identity = tuple(map(id, schemas))
        if identity not in self._items:
            self._items[identity] = tuple(
                facet[key] for facet in self._facets(schemas) for key in ("items",) if key in facet
            )
        return self._items[identity]

    def _facets(self, schemas: Schemas) -> Iterator[dict[str, Any]]:
        """Yield each schema with all that applies to the same value: references, unions and conditions."""
        for schema in schemas:
            if is_object(schema):
                yield schema
                if "$ref" in schema:
                    yield from self._facets((resolve(self._document, schema),))
                for key in _TOGETHER:
                    yield from self._facets(tuple(schema.get(key, ())))
                yield from self._facets(tuple(schema[key] for key in _BESIDE if key in schema))
