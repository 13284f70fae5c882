"""Names in request bodies: snake_case is folded to camelCase, so that spelling makes no difference further on."""

from functools import lru_cache

from emulator.core.errors import Json


# The same few names come with each request.
@lru_cache(maxsize=256)
def camel_case(name: str) -> str:
    """`body_html` -> `bodyHtml`; a name that is no snake_case stays as it is."""
    first, *rest = name.split("_")
    if not (first and all(rest) and name.islower()):
        return name
    return first + "".join(part[0].upper() + part[1:] for part in rest)


def fold(body: dict[str, Json]) -> dict[str, Json]:
    """Fold the names at the top level of a body. Where both spellings are present, the camelCase one counts.

    Names further inside are the caller's data (`variables`, `publicConfig`) and stay as they are written.
    """
    folded = {camel_case(name) if "_" in name else name: value for name, value in body.items()}
    if len(folded) < len(body):
        folded.update((name, value) for name, value in body.items() if name in folded)
    return folded
