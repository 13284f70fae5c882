"""The forms in which people write down what is to go wrong: plain JSON values -> provider rules and faults.

`read_rules` and `read_faults` take what was decoded from JSON or YAML. What cannot be used is one exception,
`Unusable`, with the path of the member that it is about.
"""

from emulator.failures.faults import read_faults
from emulator.failures.known import Known
from emulator.failures.members import Unusable
from emulator.failures.rules import read_rules

__all__ = ["Known", "Unusable", "read_faults", "read_rules"]
