"""What is done to a call before it goes out."""

from types import SimpleNamespace
from typing import Any

from emulator.harness.contracts.checks import leave_framing


def test_made_up_headers_of_http_itself_are_left_out():
    case: Any = SimpleNamespace(headers={"Transfer-Encoding": "S", "content-length": "x", "Host": "a", "X-Key": "k"})

    leave_framing(case)

    assert case.headers == {"X-Key": "k"}
