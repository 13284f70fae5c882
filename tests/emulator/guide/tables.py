"""What the guide's pages say that other files know: the catalogue, the contracts, the story's schema, the settings.

Pages hold it between `<!-- begin NAME -->` and `<!-- end -->`. `python -m tests.emulator.guide.tables` writes it anew.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.core.records import Channel
from emulator.dialects import DIALECTS
from emulator.guide.pages import FOLDER
from emulator.providers.catalogue import OUTCOMES, magic_outcome
from emulator.providers.reasons import Reason
from emulator.server.contract import load_contract
from emulator.server.contract.references import is_array, is_object
from emulator.stories.api import surface
from emulator.stories.schema import story_schema
from emulator.stories.words import span_text
from tests.emulator.guide.cards import card
from tests.emulator.guide.shown import shown
from tests.emulator.guide.writing import one_line, table

BLOCK = re.compile(r"<!-- begin (?P<name>[^>]+?) -->\n(?P<text>.*?)<!-- end -->\n", re.DOTALL)
EVIDENCE = ("seed", "docs", "code", "assumed")
KINDS = ("Operations", "Answers", "Events told to webhooks", "Statuses and others", "All")
_PATTERNS = " A text is exact or, with `*` and `?`, a glob; `{regex: …}` is a regular expression."
_METHODS = ("get", "put", "post", "patch", "delete")


def blocks_of(page: str) -> Iterator[tuple[str, str]]:
    """The generated parts of a page: their names, and what stands there now."""
    return ((match["name"], match["text"]) for match in BLOCK.finditer(page))


def block(name: str) -> str:
    """What should stand in the generated part of this name."""
    kind, _, about = name.partition(" ")
    return BLOCKS[kind](*about.split())


def recipients() -> str:
    """Every magic recipient, from the catalogue."""
    for outcome in OUTCOMES:
        assert magic_outcome(Channel.SMS, f"+120255501{outcome.number:02d}") == outcome.name
        assert magic_outcome(Channel.EMAIL, f"{outcome.name}@simulator.example") == outcome.name
    return table(
        ("NN", "Name", "Also", "What happens"),
        (
            (f"{each.number:02d}", f"`{each.name}`", ", ".join(f"`{word}`" for word in each.aliases), each.summary)
            for each in OUTCOMES
        ),
    )


def evidence(api: str) -> str:
    """How many facts of a contract were published, read in code, or are ours."""
    document = load_contract(api).document
    counts = {name: Counter[str]() for name in KINDS}
    for path, mark in _marks(document, ()):
        counts[_kind(path)][mark] += 1
        counts["All"][mark] += 1
    return table(
        ("What", *EVIDENCE), ((name, *(each[mark] for mark in EVIDENCE)) for name, each in counts.items() if each)
    )


def _marks(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if is_object(value):
        if isinstance(value.get("x-evidence"), str):
            yield path, value["x-evidence"]
        for name, inner in value.items():
            yield from _marks(inner, (*path, name))
    elif is_array(value):
        for inner in value:
            yield from _marks(inner, (*path, "[]"))


def _kind(path: tuple[str, ...]) -> str:
    if path[0] == "webhooks" or "callbacks" in path:
        return "Events told to webhooks"
    if len(path) == 3 and path[0] == "paths":
        return "Operations"
    if "responses" in path:
        return "Answers"
    return "Statuses and others"


def operations(api: str) -> str:
    """The operations of a contract."""
    document = load_contract(api).document
    found = [
        (f"`{method.upper()} {path}`", item[method]["operationId"], item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]
    return table(
        ("Call", "Operation", "What it does", "Evidence"),
        ((call, f"`{id}`", each.get("summary", ""), each["x-evidence"]) for call, id, each in found),
    )


def events(api: str) -> str:
    """What the API tells webhooks."""
    document = load_contract(api).document
    found = [
        (name, item[method]) for name, item in document["webhooks"].items() for method in item if method in _METHODS
    ]
    return table(
        ("Event", "When", "Evidence"),
        ((f"`{name}`", each.get("summary", ""), each.get("x-evidence", "")) for name, each in found),
    )


def left_out(api: str) -> str:
    """What of an API is not emulated."""
    found = load_contract(api).document["info"].get("x-not-emulated", [])
    return "".join(f"- {_sentence(one_line(each['what']))} {one_line(each['reason'])}\n" for each in found)


def accounts(api: str) -> str:
    """The accounts of the default world, and what each call sends."""
    return table(
        ("Account", "Environment", "Id", "Header"),
        (
            (each["name"], each["environment"], f"`{each['id']}`", f"`{_header(each['headers'])}`")
            for each in card(api)["accounts"]
        ),
    )


def fixtures(api: str) -> str:
    """What the first account has."""
    account = card(api)["accounts"][0]
    return table(("What", "Its first one"), ((name, f"`{value}`") for name, value in account["parameters"].items()))


def hosts(api: str) -> str:
    """Where an API is, here and in reality."""
    about = card(api)
    return table(
        ("Here", "In reality"),
        [(f"`{about['base_url']}`", ", ".join(f"`{host}`" for host in about["hosts"]))],
    )


def settings(api: str) -> str:
    """The settings of an account that only this API has."""
    dialect = next(each for each in DIALECTS if each.name == api)
    return table(
        ("Setting", "Value", "What it does"),
        (
            (f"`{name}`", _type_of(schema), _sentence(str(schema.get("description") or SAID_OF[api, name])))
            for name, schema in dialect.settings.items()
        ),
    )


SAID_OF = {
    ("cloudrebue", "profile"): "Which of the two services the account belongs to.",
    ("cloudrebue", "callback_url"): "Where incoming messages are posted.",
}
"""Settings whose schema has no sentence of its own."""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def retries(api: str) -> str:
    """When a webhook that was not taken is posted again."""
    webhooks = next(each for each in DIALECTS if each.name == api).policy.webhooks
    spans = [span_text(each) for each in webhooks.schedule]
    return (
        f"An attempt has {span_text(webhooks.timeout)} to be answered with 2xx. One that fails is repeated after "
        f"{', '.join(spans)}, each counted from the attempt before; then no more.\n"
    )


def signature(api: str) -> str:
    """How a receiver knows that a webhook comes from the API: the rule by which stories judge, too."""
    rule = surface(api).signature
    assert rule is not None
    stamp = f"what the header `{_header_name(api, rule.timestamp_header)}` says" if rule.timestamp_header else "the `t`"
    means = {
        "{timestamp}": f"is {stamp}",
        "{url}": "is the address as it was subscribed",
        "{sha256(body)}": "are the 32 bytes of the SHA-256 of the body",
        "{body}": "are the bytes that came",
    }
    said = [f"`{piece}` {what}" for piece, what in means.items() if piece in rule.signs]
    signs = rule.signs.replace("\n", "\\n")
    return (
        f"Each post carries `{_header_name(api, rule.header)}: {rule.value}`. The signature is the HMAC-SHA256 of "
        f"`{signs}` in {rule.encoding}, with the whole secret as key; {', '.join(said)}.\n"
    )


def _header_name(api: str, lowered: str) -> str:
    """The name of a header as the contract writes it."""
    parameters = load_contract(api).document["components"]["parameters"].values()
    return next(each["name"] for each in parameters if each["name"].lower() == lowered)


def _type_of(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    types = schema.get("type", "any")
    return " or ".join(types) if is_array(types) else str(types)


def control() -> str:
    """The calls of the control API."""
    document = load_contract("control").document
    return table(
        ("Call", "What it does"),
        (
            (f"`{method.upper()} {path}`", item[method]["summary"])
            for path, item in document["paths"].items()
            for method in _METHODS
            if method in item
        ),
    )


def words(name: str) -> str:
    """The members of one thing in the schema of stories."""
    members = story_schema()["$defs"][name]["properties"]
    return table(
        ("Member", "What it says"),
        ((f"`{word}`", _said(schema)) for word, schema in members.items()),
    )


def _said(schema: Mapping[str, Any]) -> str:
    """What a member says. That texts may be patterns is told once, below the table."""
    named = story_schema()["$defs"].get(schema.get("$ref", "").rpartition("/")[2], {})
    said = schema.get("description") or named.get("description", "")
    choice = schema.get("enum") or named.get("enum")
    listed = f" One of {', '.join(f'`{each}`' for each in choice)}." if choice else ""
    return f"{said}{listed}".replace(_PATTERNS, "").strip()


def reasons() -> str:
    """The causes that reports can have."""
    return ", ".join(f"`{each.value}`" for each in Reason) + ".\n"


def _header(headers: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in headers.items())


BLOCKS: Mapping[str, Callable[..., str]] = {
    "recipients": recipients,
    "shown": shown,
    "evidence": evidence,
    "operations": operations,
    "events": events,
    "left-out": left_out,
    "accounts": accounts,
    "fixtures": fixtures,
    "hosts": hosts,
    "settings": settings,
    "retries": retries,
    "signature": signature,
    "control": control,
    "words": words,
    "reasons": reasons,
}


def main() -> None:
    """Write the generated parts of all pages anew."""
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text("utf-8")
        path.write_text(
            BLOCK.sub(lambda each: f"<!-- begin {each['name']} -->\n{block(each['name'])}<!-- end -->\n", text), "utf-8"
        )


if __name__ == "__main__":
    main()
