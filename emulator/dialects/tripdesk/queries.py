"""Times in query strings."""

from datetime import UTC, date, datetime, time

from emulator.core.errors import FieldProblem, InvalidFields
from emulator.core.moments import read_moment
from emulator.server.dialect import Call


def moment_of(call: Call, name: str, *, of_day: time | None = None) -> datetime | None:
    """The time that a query parameter says, or None without it; of a date the time `of_day` (UTC), if it is given.

    Raises `InvalidFields` for what the contract lets through and no clock shows (a leap second, the year 0).
    """
    text = call.query.get(name)
    if text is None:
        return None
    moment = read_moment(str(text)) or _of_date(str(text), of_day)
    if moment is None:
        raise InvalidFields([FieldProblem((name,), "moment", text, place="query")])
    return moment


def _of_date(text: str, of_day: time | None) -> datetime | None:
    if of_day is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), of_day, UTC)
    except ValueError:
        return None
