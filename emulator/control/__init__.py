"""The control API, `/_emulator/…`: what no emulated API can show or do itself. Its contract is openapi/control.yaml.

One module for each noun of the contract; `app.py` answers a request, `routes.py` says which handler belongs to which
operation, `problems.py` turns refusals into problem documents, `access.py` says who may ask.
"""

from emulator.control.app import Control, create_control

__all__ = ["Control", "create_control"]
