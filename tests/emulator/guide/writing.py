"""Values -> Markdown."""

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table."""
    lines = [list(head), *([one_line(each).replace("|", "\\|") for each in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def one_line(value: object) -> str:
    """A text without line breaks."""
    return " ".join(str(value).split())
