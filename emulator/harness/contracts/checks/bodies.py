"""A body that cannot be read."""

from emulator.harness.contracts.checks.answers import error_envelope
from emulator.harness.contracts.exchange import Exchange

_CUT_OFF = b'{"unfinished": '


def malformed_body(exchange: Exchange) -> None:
    """A body that is no JSON is refused with a documented 4xx in the API's form: not ignored, and nothing breaks."""
    scene, operation = exchange.scene, exchange.operation
    if not exchange.is_of_the_contract or exchange.has_wrong_path or scene.document.body(operation) is None:
        return
    if scene.made["malformed_body", operation.label]:
        return
    scene.count("malformed_body", operation)
    probe = exchange.derive(headers=scene.keyring.headers(operation) or {})
    answered = exchange.ask(probe, data=_CUT_OFF, headers={"Content-Type": "application/json"})
    if not 400 <= answered.status < 500:
        answered.fail("A broken body is not refused", answered.said())
    if answered.documented is None:
        answered.fail("A broken body gets an undocumented status", answered.said())
    error_envelope(answered)
