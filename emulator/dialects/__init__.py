"""The emulated APIs, listed by hand."""

from emulator.dialects.arowana import DIALECT as AROWANA
from emulator.dialects.bird import DIALECT as BIRD
from emulator.dialects.cloudrebue import DIALECT as CLOUDREBUE
from emulator.dialects.raven import DIALECT as RAVEN
from emulator.dialects.tripdesk import DIALECT as TRIPDESK
from emulator.server.dialect import Dialect

DIALECTS: tuple[Dialect, ...] = (RAVEN, TRIPDESK, CLOUDREBUE, AROWANA, BIRD)
