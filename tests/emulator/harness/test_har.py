"""HAR files: those of other tools, damaged ones, recorded traffic held against the contract, and as a parity target."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from emulator.app import create_app
from emulator.harness.har import CALLS, check_har
from emulator.harness.har_file import BadHar, parse_recording, read_recording
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories.results import PASSED
from emulator.stories.runner import Options, run_stories
from tests.emulator.harness.comparing import compare, places, written
from tests.emulator.harness.test_recording import recording

STORY = """
name: An SMS is sent, read and listed
api: tripdesk
given: {environment: live}
steps:
  - call:
      operation: sendMessage
      headers: {Idempotency-Key: one}
      body: {channel: sms, to: "+15551234567", text: Gate 4 is open.}
      capture: {id: body.id}
  - call: {operation: getMessage, parameters: {id: "${id}"}}
  - call: {operation: sendMessage, body: {channel: sms}, expect: {status: 422}}
  - call: {operation: getMessage, parameters: {id: msg_01KDVDNA00SK32SGR9HYSY2XZZ}, expect: {status: 404}}
"""


def record(out: Path) -> None:
    """Play the story through the recorder, as against a vendor that has no control API."""

    async def run() -> None:
        app = create_app(Settings(pace="held"))
        async with serving(app) as upstream, recording(f"{upstream}/tripdesk", out) as url:
            card = app.directory(upstream)["apis"]
            headers = next(each for each in card if each["name"] == "tripdesk")["accounts"][0]["headers"]
            results = await run_stories([written(STORY)], Options(url, headers=headers))
            assert [result.failure for result in results if result.status != PASSED] == []

    asyncio.run(run())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("har") / "tripdesk.har"
    record(out)
    return out


def changed(recorded: Path, tmp_path: Path, change: Any) -> Path:
    document = json.loads(recorded.read_text())
    calls = [each for each in document["log"]["entries"] if "/api/v1/" in each["request"]["url"]]
    change(calls)
    out = tmp_path / "changed.har"
    out.write_text(json.dumps(document))
    return out


def body(change: Any) -> Any:
    def apply(call: Any) -> None:
        value = json.loads(call["response"]["content"]["text"])
        change(value)
        call["response"]["content"]["text"] = json.dumps(value)

    return apply


def found(path: Path, api: str | None = "tripdesk") -> list[tuple[str, str]]:
    return [(f.operation, f.check) for result in check_har(path, api).results for f, _ in result.findings.values()]


def test_what_was_recorded_fits_the_contract(recorded: Path):
    checked = check_har(recorded)

    assert found(recorded, None) == []
    assert [(result.api, result.cases[CALLS]) for result in checked.results] == [("tripdesk", 4)]
    assert checked.exit_status == 0


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda calls: calls[0]["response"].update(status=207), ("sendMessage", "documented_status")),
        (lambda calls: body(lambda v: v.pop("status"))(calls[0]), ("sendMessage", "answer_fits")),
        (lambda calls: body(lambda v: v.update(status="flying"))(calls[1]), ("getMessage", "answer_fits")),
        (lambda calls: body(lambda v: v.update(attempts="1"))(calls[1]), ("getMessage", "answer_fits")),
        (lambda calls: calls[1]["response"]["content"].update(text="{half"), ("getMessage", "answer_fits")),
        (
            lambda calls: calls[0]["request"]["postData"].update(text='{"channel": "pigeon", "to": 1}'),
            ("sendMessage", "request_refused"),
        ),
        (
            lambda calls: calls[1]["request"].update(url=calls[1]["request"]["url"].replace("messages", "telegrams")),
            ("GET /api/v1/telegrams", "documented_operation"),
        ),
    ],
)
def test_drift_is_named(recorded: Path, tmp_path: Path, change: Any, finding: tuple[str, str]):
    path = changed(recorded, tmp_path, change)

    assert any(check == finding[1] and operation.startswith(finding[0]) for operation, check in found(path))
    assert check_har(path).exit_status == 1


def test_a_redacted_value_is_no_drift(recorded: Path, tmp_path: Path):
    path = changed(recorded, tmp_path, lambda calls: body(lambda v: v.update(id="[redacted]"))(calls[1]))

    assert found(path) == []


def test_a_finding_can_be_repeated(recorded: Path, tmp_path: Path):
    path = changed(recorded, tmp_path, lambda calls: calls[0]["response"].update(status=207))

    finding = next(f for result in check_har(path).results for f, _ in result.findings.values())

    assert finding.curl.startswith("curl -i -X POST") or finding.curl.startswith("curl -i")
    assert "207" in finding.message
    assert "call 2 of the recording" in finding.message


def test_a_browsers_file_with_calls_to_anything_is_read(recorded: Path, tmp_path: Path):
    document = json.loads(recorded.read_text())
    document["log"]["pages"] = [{"id": "page_1"}]
    for entry in document["log"]["entries"]:
        entry["_initiator"] = {"type": "script"}
        entry["request"]["headers"].insert(0, {"name": ":authority", "value": "x"})
        text = entry["response"]["content"]["text"]
        entry["response"]["content"] |= {"text": base64.b64encode(text.encode()).decode(), "encoding": "base64"}
    document["log"]["entries"] += [
        {"request": {"method": "GET", "url": "https://cdn.example/app.js", "headers": []}, "response": {"status": 200}},
        {"request": {"method": "GET", "url": "https://ads.example/pixel", "headers": []}, "response": {"status": 0}},
        {"request": {"method": "GET", "url": "data:text/plain,hi"}, "response": {"status": 200}},
    ]
    path = tmp_path / "browser.har"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())

    checked = check_har(path)

    assert found(path, None) == []
    assert checked.left_out == 4
    assert checked.exit_status == 0


def test_a_file_that_was_cut_in_half_gives_what_it_has_and_says_so(recorded: Path, tmp_path: Path):
    raw = recorded.read_bytes()
    path = tmp_path / "half.har"
    path.write_bytes(raw[: len(raw) // 2])

    checked = check_har(path)

    assert 1 <= len(read_recording(path).calls) < 5
    assert checked.damage is not None
    assert "cut off or damaged after" in checked.damage
    assert checked.exit_status == 2
    assert sum(result.cases[CALLS] for result in checked.results) >= 1


def test_every_cut_is_a_sentence_and_never_a_crash(recorded: Path):
    raw = recorded.read_bytes()

    for size in range(0, len(raw), 97):
        try:
            read = parse_recording(raw[:size], "a.har")
        except BadHar:
            assert size < raw.index(b"entries") + 20
        else:
            assert read.damage is not None or size >= len(raw) - 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no HAR"),
        ("<html>", "no HAR"),
        ("[]", "no log.entries"),
        ('{"log": {}}', "no log.entries"),
        ('{"log": {"entries": [{}]}}', r"log.entries\[0\].request has no method"),
        ('{"log": {"entries": [{"request": {"method": "GET"}}]}}', "has no url"),
        ('{"log": {"entries": [{"request": {"method": "GET", "url": "http://a:x/"}}]}}', "request.url"),
        ("[" * 100_000, "HAR"),
    ],
)
def test_what_is_no_har_is_told(text: str, said: str):
    with pytest.raises(BadHar, match=said):
        parse_recording(text.encode(), "a.har")


def test_an_api_that_there_is_not_is_told(recorded: Path):
    with pytest.raises(BadHar, match="did you mean tripdesk"):
        check_har(recorded, "tripdeks")


def test_a_file_without_calls_of_an_api_is_no_success(tmp_path: Path):
    path = tmp_path / "a.har"
    path.write_text('{"log": {"entries": []}}')

    assert check_har(path).exit_status == 2


def test_a_recording_is_a_target(recorded: Path):
    parity = compare([written(STORY)], str(recorded), "live")

    assert places(parity) == []
    assert parity.comparisons[0].calls == 4
    assert parity.exit_status == 0


def test_a_recording_that_says_something_else_is_named(recorded: Path, tmp_path: Path):
    path = changed(recorded, tmp_path, lambda calls: body(lambda v: v.update(cost_estimate="0.030"))(calls[0]))

    assert places(compare([written(STORY)], "live", str(path))) == [("value", "body.cost_estimate")]


def test_what_a_recording_does_not_hold_is_left_out_by_name(recorded: Path):
    longer = written(STORY + "  - call: {operation: listMessages}\n  - webhook: {type: message.sent, within: 1h}\n")

    parity = compare([longer], str(recorded), "live")

    assert places(parity) == []
    assert any("does not hold GET /tripdesk/api/v1/messages" in note for note in parity.comparisons[0].notes)
    assert any("a recording holds no webhooks" in note for note in parity.comparisons[0].notes)


def test_half_a_recording_is_compared_as_far_as_it_goes(recorded: Path, tmp_path: Path):
    raw = recorded.read_bytes()
    path = tmp_path / "half.har"
    path.write_bytes(raw[: len(raw) * 3 // 5])

    parity = compare([written(STORY)], str(path), "live")

    assert parity.comparisons[0].calls >= 1
    assert parity.damage
    assert parity.exit_status == 2


def test_a_recording_of_something_else_compares_nothing(tmp_path: Path):
    path = tmp_path / "a.har"
    path.write_text('{"log": {"entries": []}}')

    parity = compare([written(STORY)], str(path), "live")

    assert parity.comparisons[0].skipped is not None
    assert parity.exit_status == 2
