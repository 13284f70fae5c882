"""The form with which an evaluation is requested: read, and shown again with what is wrong."""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import parse_qsl

from emulator.core.errors import FieldProblem, Json, MalformedRequest
from emulator.dialects.tripdesk.site import channel_name
from emulator.dialects.tripdesk.vocabulary import CHANNELS
from emulator.server.dialect import Call

CHANNELS_FIELD = "channels[]"
_MOST_FIELDS = 1_000

_LABELS: Mapping[str, str] = {
    "company": "Company",
    "name": "Name",
    "email": "E-mail",
    "use_case": "Use case",
    CHANNELS_FIELD: "Channels",
}
_NEEDED = frozenset({"company", "name", "email"})

_WORDS: Mapping[str, str] = {
    "required": "is missing",
    "min_length": "is missing",
    "address": "is no e-mail address",
    "enum": "names a channel that there is not",
}
_OTHER_WORD = "is not valid"


def read_form(call: Call) -> None:
    """Read an urlencoded body: of a field that came twice the last value, of `channels[]` all; blank is empty.

    Raises `MalformedRequest`.
    """
    try:
        # Bytes that are no ASCII fail here, wrongly encoded ones below.
        pairs = parse_qsl(
            call.raw_body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise MalformedRequest("not a form") from None
    fields: dict[str, Json] = {name: value.strip() for name, value in pairs}
    if CHANNELS_FIELD in fields:
        fields[CHANNELS_FIELD] = [value for name, value in pairs if name == CHANNELS_FIELD]
    call.body = fields


def render_form(base_path: str, body: Json = None, problems: Sequence[FieldProblem] = ()) -> str:
    """The form as HTML, filled in with what was sent before, under a list of what is wrong with it."""
    sent: Mapping[str, Json] = body if isinstance(body, dict) else {}
    wrong = {str(problem.path[0]): _WORDS.get(problem.rule, _OTHER_WORD) for problem in problems if problem.path}
    return "\n".join(
        (
            *_problem_list(wrong),
            f'<form method="post" action="{escape(base_path)}/evaluation">',
            *(_input(name, str(sent.get(name, "")), is_wrong=name in wrong) for name in ("company", "name", "email")),
            _text_area("use_case", str(sent.get("use_case", ""))),
            _boxes(sent.get(CHANNELS_FIELD)),
            "<button>Request an evaluation</button>",
            "</form>",
        )
    )


def _problem_list(wrong: Mapping[str, str]) -> tuple[str, ...]:
    if not wrong:
        return ()
    items = (f"<li>{_LABELS.get(name, escape(name))} {word}.</li>" for name, word in wrong.items())
    return ('<ul role="alert">', *items, "</ul>")


def _input(name: str, value: str, *, is_wrong: bool) -> str:
    type = ' type="email"' if name == "email" else ""
    marks = " required" * (name in _NEEDED) + ' aria-invalid="true"' * is_wrong
    return f'<label>{_LABELS[name]} <input name="{name}"{type} value="{escape(value)}"{marks}></label>'


def _text_area(name: str, value: str) -> str:
    return f'<label>{_LABELS[name]} <textarea name="{name}">\n{escape(value)}</textarea></label>'


def _boxes(chosen: Json) -> str:
    known = chosen if isinstance(chosen, list) else []
    boxes = (
        f'<label><input type="checkbox" name="{CHANNELS_FIELD}" value="{each}"{" checked" * (each in known)}>'
        f" {channel_name(each)}</label>"
        for each in CHANNELS
    )
    return "\n".join(("<fieldset>", f"<legend>{_LABELS[CHANNELS_FIELD]}</legend>", *boxes, "</fieldset>"))
