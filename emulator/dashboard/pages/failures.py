"""What goes wrong on purpose: rules and faults in force, and the addresses whose outcome their name fixes."""

import msgspec

from emulator.control.problems import BadInput
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.providers.catalogue import OUTCOMES
from emulator.server.dialect import Reply

RULE = """{
  "match": {"channel": "sms", "recipient": "+254*"},
  "times": 2,
  "script": [{"after": "2s", "report": "failed"}]
}"""
FAULT = """{
  "fault": {"status": 503},
  "times": 3
}"""


async def show(visit: Visit) -> Reply:
    """What is in force, and what can be entered."""
    return await framed(
        visit,
        "failures.html",
        rules=(await visit.ask("listRules"))["rules"],
        faults=(await visit.ask("listFaults"))["faults"],
        outcomes=OUTCOMES,
        examples={"rule": RULE, "fault": FAULT},
    )


async def add(visit: Visit) -> Reply:
    """Enter a rule or a fault, or a list of them."""
    try:
        members = msgspec.json.decode(visit.form.get("json", ""))
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput("body", "json", str(error) or "nested too deep") from None
    await visit.ask("createFaults" if visit.form.get("what") == "fault" else "createRules", members=members)
    return visit.go("failures", done="entered")


async def withdraw(visit: Visit) -> Reply:
    """Withdraw one."""
    operation = "deleteFault" if visit.form.get("what") == "fault" else "deleteRule"
    await visit.ask(operation, {"id": visit.form.get("id", "")})
    return visit.go("failures", done="withdrawn")
