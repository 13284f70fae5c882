"""That something happened, for the script of a page that is open. The page is then looked at again, as it is shown."""

from emulator.control.call import Stream
from emulator.control.events import stream_changes
from emulator.dashboard.visit import Visit


def stream(visit: Visit) -> Stream:
    """Changes from now on. What changed is not told: whoever looks on must cost him who sends next to nothing."""
    return stream_changes(visit.asker.call())
