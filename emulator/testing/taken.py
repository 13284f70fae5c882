"""What a test was given already, so that each message and each post is given once."""


class Taken:
    """Ids by kind of thing. Snapshots keep what was taken when they were made: ids come again after a restore."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], object] = {}
        self._kept: dict[str, dict[tuple[str, str], object]] = {}

    def take(self, kind: str, id: str) -> bool:
        """Take something; False if somebody has it already. One step, so that two threads never both take it."""
        mine = object()
        return self._ids.setdefault((kind, id), mine) is mine

    def has(self, kind: str, id: str) -> bool:
        """Whether something was taken."""
        return (kind, id) in self._ids

    def any(self, kind: str) -> bool:
        """Whether anything of a kind was taken."""
        return any(each == kind for each, _ in tuple(self._ids))

    def keep(self, snapshot: str) -> None:
        """Remember what was taken at this moment."""
        self._kept[snapshot] = dict(self._ids)

    def restore(self, snapshot: str) -> None:
        """Forget what was taken since then."""
        self._ids = dict(self._kept.get(snapshot, {}))

    def clear(self) -> None:
        """Forget everything."""
        self._ids = {}
        self._kept = {}
