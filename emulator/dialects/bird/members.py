"""Reading what stands inside JSON that may have any form."""

from typing import Any, cast


def inside(value: object, *path: str) -> Any:  # noqa: ANN401 - JSON of any form
    """What a path of member names leads to; None if it leads nowhere."""
    found = value
    for name in path:
        if not isinstance(found, dict):
            return None
        found = cast("dict[str, Any]", found).get(name)
    return found
