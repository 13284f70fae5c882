"""A file -> a story, or every mistake with its place. Nothing that a file holds keeps the reader busy."""

import time

import pytest

from emulator.server.documents import LIMIT_BYTES
from emulator.stories.mistakes import StoryError
from emulator.stories.story import find_stories, load_story, parse_story

GOOD = """\
name: A message is delivered
api: raven
steps:
  - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi}}
"""


def mistakes(text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(StoryError) as refused:
        parse_story(text, file="a.story.yaml")
    return refused.value.mistakes


def steps(*lines: str) -> tuple[str, ...]:
    return mistakes("name: x\napi: raven\nsteps:\n" + "\n".join(lines))


def test_a_good_story_knows_its_lines():
    story = parse_story(GOOD, file="a.story.yaml")

    assert (story.name, story.api, len(story.steps)) == ("A message is delivered", "raven", 1)
    assert story.line(("steps", 0, "call")) == 4
    assert story.environments == (None,)
    assert story.needs_control is None


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("  - cal: {operation: sendMessage}", "4:5: cal is not known here; did you mean call?"),
        ("  - call: {operaton: sendMessage}", "4:12: operaton is not known here; did you mean operation?"),
        (
            "  - call: {operation: sendMesage}",
            "4:12: raven has no operation sendMesage; did you mean sendMessage?",
        ),
        (
            "  - call: {operation: getMessage, parameters: {ident: 1}}",
            "4:48: getMessage has no parameter ident; there are id",
        ),
        ("  - advance: 5 seconds", "4:5: advance: expected a span of time such as 250ms, 5s, 1h30m or 2d"),
        ("  - advance: {}", "4:5: an advance has either by or to"),
        ("  - receipt: {report: bouncd}", "4:15: report: expected one of"),
        ("  - webhook: {type: message.deliverd}", "4:15: raven has no webhook message.deliverd; did you mean"),
        ("  - webhook: {signature: good}", "4:15: signature: expected one of valid, invalid, absent or any"),
        ("  - restore: before", "4:5: no snapshot before was taken before; there are none"),
        ("  - {advance: 1s, snapshot: x}", "4:5: expected exactly one of call, request"),
        ("  - name: nothing", "4:5: expected exactly one of call, request"),
        ("  - repeat: {times: 2}", "4:5: steps is missing"),
        ("  - repeat: {times: 2, steps: [{advanc: 1s}]}", "4:33: advanc is not known here; did you mean advance?"),
        ("  - wallet: {balance: {$atleast: 1}}", "4:24: $atleast is no matcher; did you mean $at_least?"),
        ("  - wallet: {balance: {$at_least: 1, x: 1}}", "4:24: $at_least stands alone in its object"),
        ("  - timeline: {status: {$pattern: '['}}", "4:25: no regular expression"),
        ("  - timeline: {status: {$type: text}}", "4:25: there is no type text"),
        ("  - timeline: {status: faild}", "4:16: no message has the status faild; did you mean failed?"),
        ("  - timeline: {events: [queued, snt]}", "4:33: no message has the event snt; did you mean sent?"),
        ("  - timeline: {includes: [{type: snt}]}", "4:27: no message has the event snt; did you mean sent?"),
        ("  - inbound: {from: '${person}'}", "4:15: there is no variable ${person} here"),
        ("  - request: {method: GET}", "4:5: a request has either a path or a url"),
        (
            "  - request: {method: GET, path: /x, capture: {a: bdy.id}}",
            "4:48: a request has no bdy; did you mean body?",
        ),
        ("  - request: {method: GET, path: /x, capture: {a: 'body..'}}", "4:48: body.. is no path such as"),
        ("  - call: {operation: getMessage, api: ravn}", "4:35: there is no API ravn; did you mean raven?"),
    ],
)
def test_a_mistake_is_said_with_its_place_and_the_nearest_word(line, mistake):
    found = steps(line)

    assert len(found) == 1, found
    assert found[0].startswith(f"a.story.yaml:{mistake}"), found


def test_all_mistakes_are_said_at_once_in_their_order():
    found = steps("  - advanc: 1s", "  - receipt: {}", "  - cal: {}")

    assert [each.split(":")[1] for each in found] == ["4", "5", "6"]


def test_unknown_members_at_the_top_and_in_what_is_given_are_found():
    assert mistakes(GOOD + "stps: []\n") == ("a.story.yaml:5:1: stps is not known here; did you mean steps?",)
    given = GOOD.replace("steps:", "given: {acount: {}}\nsteps:")
    assert mistakes(given)[0] == ("a.story.yaml:3:9: acount is not known here; did you mean account?")


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ("account: {webhooks: [{url: 'http://x', events: [%s]}]}", 57),
        ("accounts: {b: {webhooks: [{url: 'http://x', events: [%s]}]}}", 62),
    ],
)
def test_a_webhook_that_the_api_never_posts_is_not_given(given, column):
    good, wrong = (
        GOOD.replace("steps:", f"given: {{{given % event}}}\nsteps:") for event in ("message.sent", "message.snt")
    )

    assert parse_story(good, file="a.story.yaml").given
    assert mistakes(wrong) == (
        f"a.story.yaml:3:{column}: raven has no webhook message.snt; did you mean message.sent?",
    )


def test_an_api_that_there_is_not():
    assert mistakes(GOOD.replace("raven", "ravne")) == ("a.story.yaml:2:1: there is no API ravne; did you mean raven?",)


def test_a_variable_is_there_after_it_was_captured_and_not_before():
    call = "  - call: {operation: sendMessage, capture: {id: body.id}}"
    use = "  - timeline: {message: '${id}'}"

    assert parse_story(f"name: x\napi: raven\nsteps:\n{call}\n{use}\n", file="a")
    assert steps(use, call)[0].startswith("a.story.yaml:4:16: there is no variable ${id} here")


def test_a_story_may_be_written_as_json():
    assert parse_story('{"name": "x", "api": "raven", "steps": [{"advance": "1s"}]}', file="a.story.json")


@pytest.mark.parametrize("text", ["", "- a\n", "hello", "name: x", "a: &b [*b]"])
def test_what_is_no_story_at_all_is_refused(text):
    assert mistakes(text)


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)
CYCLE = "name: x\napi: raven\nsteps: &s\n  - repeat: {times: 2, steps: *s}\n"
TAG = 'name: !!python/object/apply:os.system ["true"]\n'


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (BOMB, "1:4: anchors are not allowed"),
        (CYCLE, "3:8: anchors are not allowed"),
        (TAG, "1:7: tags are not allowed"),
        ("name: *x\n", "1:7: aliases are not allowed"),
        ("x: 1\n<<: {a: 1}\n", "2:1: merge keys are not allowed"),
        ("a: 1\na: 2\n", "2:1: the key 'a' is written twice"),
        ("[" * 100_000, "nested more than"),
        (b"name: x\n" + b"# " + b"x" * 10 * 1024 * 1024, "1:1: the file is larger than"),
        (b"\xff\xfe", "1:1: the file is not UTF-8"),
        ("name: x\n---\nname: y\n", "only one document"),
        ("name: [\n", "2:1: "),
    ],
)
def test_what_would_hurt_is_refused_at_once_with_a_message(text, mistake):
    begun = time.process_time()

    found = mistakes(text)

    assert mistake in found[0], found
    assert time.process_time() - begun < 1


def test_ten_thousand_mistakes_are_said_in_short_and_at_once():
    begun = time.process_time()

    found = mistakes("name: x\napi: raven\nsteps:\n" + "  - advanc: 1s\n" * 900)

    assert len(found) <= 21
    assert time.process_time() - begun < 1


def test_a_large_file_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "large.story.yaml"
    path.write_bytes(b"#" * (LIMIT_BYTES * 10))

    with pytest.raises(StoryError, match="larger than"):
        load_story(path)


def test_folders_are_searched_and_files_taken_as_they_are(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/two.story.yaml", "one.story.yaml", "notes.yaml", "b/three.story.json"):
        (tmp_path / name).write_text(GOOD)

    found = find_stories([tmp_path])

    assert [path.name for path in found] == ["three.story.json", "two.story.yaml", "one.story.yaml"]
    assert find_stories([tmp_path / "notes.yaml"]) == [tmp_path / "notes.yaml"]


def test_a_path_that_is_not_there_and_a_folder_without_stories_are_refused(tmp_path):
    for path, why in ((tmp_path / "gone", "such file or folder"), (tmp_path, "*.story.yaml in this folder")):
        with pytest.raises(StoryError) as refused:
            find_stories([path])
        assert refused.value.mistakes[0].startswith(f"{path}: there is no {why}")


def test_a_refusal_of_the_target_is_led_back_to_its_line():
    text = GOOD.replace("steps:", "providers:\n  - match: {}\n    script: [{report: read}]\nsteps:")
    story = parse_story(text, file="a.story.yaml")

    placed = story.place_in("providers.0.script.0.report: there is no such report")

    assert placed == "a.story.yaml:5:15: providers.0.script.0.report: there is no such report"
    assert story.place_in("nobody knows why").startswith("a.story.yaml:1:1: ")
