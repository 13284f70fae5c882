"""The emulated APIs, listed by hand."""

from emulator.dialects.cloudrebue import DIALECT as CLOUDREBUE
from emulator.dialects.raven import DIALECT as RAVEN
from emulator.server.dialect import Dialect

DIALECTS: tuple[Dialect, ...] = (RAVEN, CLOUDREBUE)
