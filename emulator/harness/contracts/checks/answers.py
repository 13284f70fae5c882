"""What every answer must be like: its status documented, a refusal in the API's envelope, the rate limit told."""

import json
from collections.abc import Iterable

from emulator.harness.contracts.conventions import rate_limit_headers
from emulator.harness.contracts.documents import Document, Node
from emulator.harness.contracts.exchange import Exchange


def documented_status(exchange: Exchange) -> None:
    """A method that a path does not have is refused as the contract says. The rest is Schemathesis's to check."""
    if exchange.is_of_the_contract:
        return
    siblings = [each for each in exchange.scene.document.operations.values() if each.path == exchange.operation.path]
    known = {status for each in siblings for status in exchange.scene.document.statuses(each)}
    if str(exchange.status) not in known and "default" not in known:
        exchange.fail("Undocumented status", f"{exchange.case.method} answered {exchange.said()}")


def error_envelope(exchange: Exchange) -> None:
    """Whatever is refused is refused in the API's form: unknown methods and paths and broken bodies too."""
    if exchange.status < 400 or exchange.case.method.upper() == "HEAD":
        return
    document = exchange.scene.document
    documented = exchange.documented
    responses = [documented] if documented is not None else [*document.errors(exchange.operation)]
    contents = [response.get("content", {}) for response in responses]
    if not all(contents) or not contents:
        return
    written = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    if not any(written in content for content in contents):
        wanted = sorted({name for content in contents for name in content})
        exchange.fail(
            "A refusal has another form", f"content type {written or 'none'} in place of {' or '.join(wanted)}"
        )
    if written.endswith("json"):
        _judge(exchange, [content[written].get("schema", {}) for content in contents if written in content], document)


def _judge(exchange: Exchange, schemas: Iterable[Node], document: Document) -> None:
    try:
        body: object = json.loads(exchange.response.content)
    except ValueError:
        exchange.fail("A refusal has another form", f"its body is no JSON: {exchange.said()}")
    problems = [document.problems(schema, body) for schema in schemas]
    if all(problems):
        fewest = min(problems, key=len)
        exchange.fail("A refusal has another form", "\n".join([*fewest[:5], exchange.said()]))


def rate_limit_told(exchange: Exchange) -> None:
    """The headers of the rate limit come where the contract names them, as whole numbers that agree."""
    documented = exchange.documented
    if documented is None:
        return
    numbers: dict[str, int] = {}
    for name in rate_limit_headers(documented):
        value = exchange.header(name)
        if value is None:
            exchange.fail("A rate-limit header is missing", f"{name} does not come with {exchange.status}")
        if not value.isascii() or not value.isdigit():
            exchange.fail("A rate-limit header is no number", f"{name}: {value}")
        numbers[name.lower().rpartition("-")[2]] = int(value)
    if numbers.get("remaining", 0) > numbers.get("limit", numbers.get("remaining", 0)):
        exchange.fail("More calls remain than the limit allows", f"{numbers['remaining']} of {numbers['limit']}")
