"""Parity: the ready stories, documented differences, bad targets, and what is said of all this."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from emulator.app import create_app
from emulator.cli import main
from emulator.harness.har_file import BadHar
from emulator.harness.parity import Parity, compare_targets
from emulator.harness.parity_masks import Pairs, Sight
from emulator.harness.parity_report import annotations, junit, story_lines, summary
from emulator.harness.parity_targets import BadTarget, TargetSpec, read_target
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories.command import load_stories
from emulator.stories.mistakes import StoryError
from emulator.stories.story import parse_story
from tests.emulator.harness.clones import Clone
from tests.emulator.harness.comparing import SCENARIOS, compare, emulator, places, story, written
from tests.emulator.server.test_connection import CERT, KEY

ONE_SEND = """
name: An SMS is sent
api: raven
{differs}
steps:
  - call: {{operation: sendMessage, body: {{channel: sms, to: "+254722000000", body: Hi}}, capture: {{id: body.id}}}}
  - advance: 5s
  - call: {{operation: getMessage, parameters: {{id: "${{id}}"}}}}
"""
KNOWN = (
    '  - "body.environment"\n  - {at: body.provider, values: {live: africas_talking, test: sandbox}}\n'
    "  - body.providerMessageId\n  - {at: body.cost*, operation: getMessage, because: it costs nothing}\n"
)


def one_send(differs: str = "") -> Any:
    return written(ONE_SEND.format(differs=f"differs:\n{differs}" if differs else ""))


@pytest.mark.parametrize("api", ["tripdesk", "raven"])
def test_the_environments_of_an_api_are_alike_over_all_its_stories(api: str):
    stories = load_stories([SCENARIOS / api])

    parity = compare(stories, "live", "test")

    assert places(parity) == []
    assert [each.skipped for each in parity.comparisons if each.skipped] == []
    assert all(each.calls for each in parity.comparisons)
    assert parity.exit_status == 0


def test_what_is_not_documented_is_a_finding():
    parity = compare([one_send()], "live", "test")

    assert places(parity) == [
        ("value", "body.environment"),
        ("value", "body.provider"),
        ("value", "body.providerMessageId"),
        ("value", "body.costAmount"),
    ]
    assert parity.exit_status == 1


@pytest.mark.parametrize(("left", "right"), [("live", "test"), ("test", "live")])
def test_documented_differences_are_none_in_either_direction(left: str, right: str):
    parity = compare([one_send(KNOWN)], left, right)

    assert places(parity) == []
    assert len(parity.comparisons[0].documented) == 4


def test_a_documented_difference_that_does_not_occur_is_a_finding():
    parity = compare([one_send(f"{KNOWN}  - body.segments\n  - times\n")], "live", "test")

    assert [(gap.kind, gap.place) for gap in parity.comparisons[0].findings] == [
        ("documented", "differs: body.segments"),
        ("documented", "differs: times"),
    ]
    assert parity.exit_status == 1


def test_a_documented_difference_with_other_values_is_a_finding():
    parity = compare([one_send(KNOWN.replace("test: sandbox", "test: nobody"))], "live", "test")

    assert ("value", "body.provider") in places(parity)
    assert ("documented", "listed, and did not occur") in places(parity)


def test_what_differs_between_environments_is_not_asked_of_one_environment():
    parity = compare([one_send(KNOWN)], "live", "live")

    assert places(parity) == []
    assert parity.exit_status == 0


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("bodi.cost", "did you mean body?"),
        ("{at: body.cost, operation: getMesage}", "did you mean getMessage?"),
        ("{at: body.cost, webhook: message.snt}", "did you mean message.sent?"),
        ("{at: body.cost, step: 9}", "there are 3 steps"),
        ("{at: body.cost, values: {tset: 1}}", "did you mean test?"),
        ("{at: body.cost, values: {test: {$typ: 1}}}", "did you mean $type?"),
        ("{because: no reason}", "at is missing"),
        ("{at: body, bcause: x}", "did you mean because?"),
    ],
)
def test_a_documented_difference_that_can_never_occur_is_a_mistake(entry: str, said: str):
    with pytest.raises(StoryError) as error:
        one_send(f"  - {entry}\n")

    assert said in str(error.value)
    assert "a.story.yaml:5:" in str(error.value)


def test_an_account_that_one_side_does_not_have_is_told():
    parity = compare([written("name: a\napi: cloudrebue\nsteps: [{advance: 1s}]")], "live", "test")

    assert "has no account" in str(parity.comparisons[0].skipped)
    assert parity.exit_status == 2


def test_the_report_names_place_and_both_sides():
    parity = compare([one_send()], "live", "test")

    lines = "\n".join(story_lines(parity.comparisons[0], "live", "test"))

    assert lines.startswith("FAIL a.story.yaml:8  An SMS is sent (2 calls, 0 webhooks, ")
    assert "line 8, step 3, call getMessage" in lines
    assert '       body.provider: another value\n         live  "africas_talking"\n         test  "sandbox"' in lines
    assert "1 of 1 story compared, live with test: 4 differences in 1, 0 documented" in summary(parity)
    assert next(annotations(parity)).startswith("::error file=a.story.yaml,line=8,title=step 3%2C call getMessage::")


def test_junit_has_a_case_for_each_story():
    parity = compare([one_send(), story("raven/delivered")], "live", "test")

    suite = ET.fromstring(junit(parity))[0]

    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    assert [case.get("name") for case in suite] == [
        "An SMS is sent",
        "An SMS is accepted, sent and delivered, and the tenant is told",
    ]
    assert "body.provider" in str(suite[0][0].text)


@pytest.mark.parametrize(
    ("left", "right", "differs"),
    [
        ("msg_01KDVDNA00SK32SGR9HYSY2XDQ", "msg_01KDVDNA00SK32SGR9HYSY2XDR", None),
        ("msg_01KDVDNA00SK32SGR9HYSY2XDQ", "cnv_01KDVDNA00SK32SGR9HYSY2XDR", "value"),
        ("see 1f98c6f4-7504-42e2-a8c0-000000000001!", "see 1f98c6f4-7504-42e2-a8c0-000000000002!", None),
        ("see 1f98c6f4-7504-42e2-a8c0-000000000001!", "See 1f98c6f4-7504-42e2-a8c0-000000000002!", "value"),
        ("2026-01-01T00:00:03Z", "2026-03-01T00:00:03Z", None),
        ("2026-01-01T00:00:03Z", "2026-03-01T00:00:03.000Z", "time"),
        ("[redacted]3456", "ak_live_0123456", None),
        ("Gate 4 is open.", "Gate 5 is open.", "value"),
        ("trip-77", "trip-78", "value"),
        (1, True, "value"),
        (1, 1.0, None),
        ("wamid.HBgLMTU1NTEyMzQ1NjcVAgARGBI=", "wamid.HBgLMTU1NTEyMzQ1NjcVAgARGBJ=", None),
    ],
)
def test_what_must_differ_is_no_difference(left: Any, right: Any, differs: str | None):
    assert Pairs(Sight(), Sight()).contrast("a", left, right) == differs


def test_an_id_stands_for_the_same_thing_throughout():
    pairs = Pairs(Sight(), Sight())

    assert pairs.contrast("id", 1001, 2001) is None
    assert pairs.contrast("id", 1002, 2002) is None
    assert pairs.contrast("message_id", 1001, 2001) is None
    assert pairs.contrast("message_id", 1001, 2002) == "identity"
    assert pairs.contrast("message_id", 1003, 2002) == "identity"


@pytest.mark.parametrize(
    ("text", "said"),
    [("liv", "expected live, test"), ("http://", "no host"), ("a.json", "expected live"), ("none.har", "No such file")],
)
def test_a_target_that_is_none_is_told(text: str, said: str):
    with pytest.raises((BadTarget, BadHar), match=said):
        read_target(text)


def against(url: str, *, text: str = ONE_SEND.format(differs=""), patience: float = 5) -> Parity:
    return asyncio.run(
        compare_targets(
            [parse_story(text, file="a.story.yaml")],
            read_target("live"),
            TargetSpec(url, url=url),
            emulator=emulator,
            patience=timedelta(seconds=patience),
        )
    )


def served(app: Any, ask: Callable[[str], Any], **options: Any) -> Any:
    """Call a function in a thread while an app is served."""

    async def run() -> Any:
        async with serving(app, **options) as url:
            return await asyncio.to_thread(ask, url)

    return asyncio.run(run())


async def html(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"<h1>Welcome</h1>"})


async def hang(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await asyncio.Event().wait()


def test_a_target_that_is_not_there_is_3_and_the_report_is_kept():
    parity = against("http://127.0.0.1:1")

    assert parity.exit_status == 3
    assert "cannot be reached" in str(parity.unreachable)
    assert ET.fromstring(junit(parity))[0].get("errors") == "1"


def test_a_target_that_answers_html_is_named():
    parity = served(html, against)

    assert "answers each call with HTML" in str(parity.unreachable)
    assert ("status", "status") in places(parity)
    assert parity.exit_status == 3


def test_a_target_that_hangs_is_3():
    parity = served(hang, lambda url: against(url, patience=0.3), drain=timedelta())

    assert parity.exit_status == 3
    assert "gave no answer (timeout)" in str(parity.unreachable)


def test_a_certificate_that_is_not_trusted_is_3(tmp_path: Path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text(CERT)
    key.write_text(KEY)

    parity = served(html, against, tls_cert=cert, tls_key=key)

    assert parity.exit_status == 3
    assert "its certificate is not trusted (self-signed certificate)" in str(parity.unreachable)


def test_a_target_that_goes_away_leaves_what_was_compared():
    class Dying(Clone):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if "/tripdesk-delivered/" in scope["path"]:
                await asyncio.Event().wait()
            await super().__call__(scope, receive, send)

    stories = [story("tripdesk/bounced"), story("tripdesk/delivered"), story("tripdesk/stop")]

    def ask(url: str) -> Parity:
        right = TargetSpec(url, url=url, environment="test")
        patience = timedelta(seconds=2)
        return asyncio.run(compare_targets(stories, read_target("live"), right, emulator=emulator, patience=patience))

    parity = served(Dying(create_app(Settings(pace="held"))), ask, drain=timedelta())

    assert [each.holds for each in parity.comparisons] == [True, False]
    assert parity.comparisons[1].error is not None
    assert parity.exit_status == 3
    assert [case.get("name") for case in ET.fromstring(junit(parity))[0]] == [each.name for each in stories[:2]]


def test_the_command_says_what_differs_and_exits_1(tmp_path: Path):
    path, report = tmp_path / "a.story.yaml", tmp_path / "out.xml"
    path.write_text(ONE_SEND.format(differs=""))

    result = CliRunner().invoke(
        main, ["parity", str(path), "--left", "live", "--right", "test", "--junit", str(report)]
    )

    assert result.exit_code == 1, result.output
    assert "body.costAmount: another value" in result.output
    assert ET.parse(report).getroot()[0].get("failures") == "1"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--left", "live", "--right", "liv"], 2, "expected live, test, a URL"),
        (["--left", "live", "--right", "http://127.0.0.1:1"], 3, "cannot be reached"),
        (["--left", "live", "--right", "no.har"], 2, "cannot be read"),
        (["--left", "live", "--right", "http://127.0.0.1:1", "--right-header", "x"], 2, "expected NAME:VALUE"),
        (["--left", "live", "--left-header", "a:b", "--right", "test"], 2, "headers are for a URL"),
    ],
)
def test_the_command_refuses_bad_input(tmp_path: Path, arguments: list[str], status: int, said: str):
    path = tmp_path / "a.story.yaml"
    path.write_text(ONE_SEND.format(differs=""))

    result = CliRunner().invoke(main, ["parity", str(path), *arguments])

    assert result.exit_code == status, result.output
    assert said in result.output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--upstream", "ftp://a", "--out", "a.har"], 2, "not an http address"),
        (["--upstream", "http://127.0.0.1:1", "--out", "a.har"], 3, "cannot be reached"),
    ],
)
def test_the_recorder_refuses_bad_input(tmp_path: Path, arguments: list[str], status: int, said: str):
    result = CliRunner().invoke(main, ["record", *arguments[:-1], str(tmp_path / arguments[-1])])

    assert result.exit_code == status, result.output
    assert said in result.output
