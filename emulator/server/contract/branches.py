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
    """A schema, or a document with schemas, that takes the same values; its errors may stand elsewhere.

    Whatever could be referred to in it is still there.
    """
    if is_array(node):
        return [link_branches(item) for item in node]
    if not is_object(node):
        return node
    linked = {key: link_branches(value) for key, value in node.items()}
    if is_array(linked.get("allOf")):
        linked["allOf"] = _link(linked["allOf"])
    return linked


def _link(branches: Sequence[Node]) -> list[Node]:
    """Let the first branch that asks for a member's value go on with the others that do, each with another value."""
    chains: dict[str, dict[str, int]] = {}
    for place, branch in enumerate(branches):
        choice = _choice(branch)
        if choice is not None:
            chains.setdefault(choice[0], {}).setdefault(choice[1], place)
    linked = list(branches)
    for chain in chains.values():
        first, *others = chain.values()
        rest: dict[str, Any] = {}
        for place in reversed(others):
            rest = {**branches[place], "else": rest}
            # Where it stood it applies no more, for nothing has one of no values, and can still be referred to.
            linked[place] = {**branches[place], "if": {**branches[place]["if"], "enum": []}}
        linked[first] = {**branches[first], "else": rest}
    return linked


def _choice(branch: Node) -> tuple[str, str] | None:
    """The member that a branch asks for, and the value; None if it is more than that, or not about members."""
    if not is_object(branch) or branch.keys() != _RULE:
        return None
    asked, then = branch["if"], branch["then"]
    if not is_object(asked) or not is_object(then) or not then.keys() <= _ABOUT_MEMBERS:
        return None
    properties = asked.get("properties")
    if not is_object(properties) or len(properties) != 1:
        return None
    ((member, schema),) = properties.items()
    value = schema.get("const") if is_object(schema) else None
    is_all = asked == {"required": [member], "properties": {member: {"const": value}}}
    return (member, value) if is_all and isinstance(value, str) else None
