"""Faults in our answers: which one touches a call, what becomes of the call, and how the answer leaves, or does not.

Nothing here is asked for as long as a world has no fault.
"""

from emulator.server.faults.choosing import choose
from emulator.server.faults.doing import Outcome, come_late, do, settle, wait_of
from emulator.server.faults.leaving import Leaving, hold, leave

__all__ = ["Leaving", "Outcome", "choose", "come_late", "do", "hold", "leave", "settle", "wait_of"]
