"""What may have been meant by a name that is not known: words for people, at the end of a sentence."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one; None if none is. Case, hyphens and underscores count little."""
    # Only who misspelt something needs it.
    from difflib import get_close_matches  # noqa: PLC0415 - late, for the start

    names = list(dict.fromkeys(known))
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return near[0] if near else next((each for each in names if _plain(each) == _plain(name)), None)


def hint(name: str, known: Iterable[str], *, most: int | None = None) -> str:
    """`did you mean …?`, or the names that there are, at most so many of them."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {near}?"
    if not names:
        return "there are none"
    more = ", …" if most is not None and len(names) > most else ""
    return f"there are {', '.join(names[:most])}{more}"


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
