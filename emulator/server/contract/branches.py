"""Branches of a schema of which one at most can hold -> a chain that ends at the one that does.

A contract reads best with them side by side: if the type is text, then this; if it is html, then that. A validator asks
each of them, whichever it is. Linked by `else` they take the same values, in half the time.
"""

from collections.abc import Sequence
from typing import Any

from emulator.server.contract.references import Node, is_array, is_object

_RULE = {"if", "then"}
_ABOUT_MEMBERS = {"required", "properties", "additionalProperties", "description"}
"""What says nothing of a value that is no object: every `if` about a member holds for such a value."""


def link_branches(node: Node) -> Node:
    """A schema, or a document with schemas, that takes the same values; its errors may stand elsewhere."""
    if is_array(node):
        return [link_branches(item) for item in node]
    if not is_object(node):
        return node
    linked = {key: link_branches(value) for key, value in node.items()}
    if is_array(linked.get("allOf")):
        linked["allOf"] = _link(linked["allOf"])
    return linked


def _link(branches: Sequence[Node]) -> list[Node]:
    """Link those that ask for a value of the same member, each value once; the others stay beside them."""
    beside: list[Node] = []
    by_member: dict[str, dict[str, list[Node]]] = {}
    for branch in branches:
        member, value = _choice(branch)
        if value is None:
            beside.append(branch)
        else:
            by_member.setdefault(member, {}).setdefault(value, []).append(branch)
    return [*beside, *(_chain(member, by_value) for member, by_value in by_member.items())]


def _choice(branch: Node) -> tuple[str, str | None]:
    """The member that a branch asks for, and its value; None if the branch is no such rule."""
    if is_object(branch) and branch.keys() == _RULE and branch["then"].keys() <= _ABOUT_MEMBERS:
        properties = branch["if"].get("properties", {})
        for member in branch["if"].get("required", ()):
            value = properties.get(member, {}).get("const")
            if isinstance(value, str):
                return member, value
    return "", None


def _chain(member: str, by_value: dict[str, list[Node]]) -> dict[str, Any]:
    chain: dict[str, Any] = {}
    for value, branches in reversed(by_value.items()):
        asked = {"required": [member], "properties": {member: {"const": value}}}
        parts = [branch["then"] if branch["if"] == asked else branch for branch in branches]
        chain = {"if": asked, "then": {"allOf": parts}, "else": chain}
    return chain
