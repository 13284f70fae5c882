"""The plugin as the user's own test run sees it: with workers and without, with stories, when things go wrong."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from emulator.pytest_plugin import world_name
from emulator.pytest_plugin.on_demand import OnDemand
from emulator.testing import Emulator, Refused, Unreachable

Run = Callable[..., pytest.RunResult]

ROOT = Path(__file__).resolve().parents[3]

SENDING = """
    import httpx

    def send(emulator, to="+254722000000"):
        account = emulator.account("raven")
        body = {"channel": "sms", "to": to, "body": "Your code is 4711"}
        answer = httpx.post(account.base_url + "/v1/messages", json=body, headers=account.headers)
        assert answer.status_code == 202
"""

STORY = """
name: A text is delivered
api: raven
steps:
  - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi}, capture: {id: body.id}}
  - advance: 5s
  - timeline: {message: "${id}", status: STATUS}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest in a folder of its own, as a user would; returns the result."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # The workers of our own run know their server; those of the inner run are not ours.
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(sending=SENDING)

    def runs(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess("-p", "emulator.pytest_plugin", "-p", "no:cacheprovider", *arguments)

    return runs


def test_each_test_has_a_world_of_its_own(pytester: pytest.Pytester, run: Run):
    pytester.makepyfile(
        """
        import pytest
        from sending import send

        seen = []

        @pytest.mark.parametrize("number", range(3))
        def test_one(emulator, number):
            assert emulator.messages() == []
            send(emulator)
            emulator.verify(exactly=1)
            seen.append((emulator.world, emulator.messages()[0].id))

        @pytest.mark.parrotfish(pace=100, seed=7)
        def test_marked(emulator, emulator_server):
            assert emulator.clock.read().pace == 100
            assert emulator.url.startswith(emulator_server.url + "/w/test_marked-")

        def test_that_cleans_up_itself(emulator):
            emulator.delete_world(emulator.world)

        def test_before(emulator_server):
            assert len({world for world, _ in seen}) == len({id for _, id in seen}) == 3
            assert emulator_server.worlds() == ["default"], "they are removed afterwards"
        """
    )

    run("--strict-markers").assert_outcomes(passed=6)


def test_the_same_test_sees_the_same_ids_in_each_run_and_on_any_worker(
    pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch
):
    pytester.makepyfile(
        """
        import os
        import pytest
        from sending import send

        @pytest.mark.parametrize("number", range(4))
        def test_one(emulator, number, request):
            send(emulator)
            (request.config.rootpath / f"{os.environ['RUN']}-{number}").write_text(
                emulator.world + emulator.messages()[0].id
            )
        """
    )

    monkeypatch.setenv("RUN", "first")
    run().assert_outcomes(passed=4)
    monkeypatch.setenv("RUN", "second")
    run("-p", "xdist", "-n2").assert_outcomes(passed=4)

    first, second = ([(pytester.path / f"{name}-{n}").read_text() for n in range(4)] for name in ("first", "second"))
    assert first == second
    assert len(set(first)) == 4


def test_all_workers_share_one_server(pytester: pytest.Pytester, run: Run):
    pytester.makepyfile(
        """
        import os
        import pytest
        from sending import send

        @pytest.mark.parametrize("number", range(8))
        def test_one(emulator, emulator_server, number, worker_id, request):
            send(emulator)
            emulator.clock.advance("5s")
            assert emulator.messages()[0].status == "delivered"
            (request.config.rootpath / f"{worker_id}-{number}").write_text(emulator_server.url)
        """
    )

    (pytester.path / "good.story.yaml").write_text(STORY.replace("STATUS", "delivered"))

    run("-p", "xdist", "-n2").assert_outcomes(passed=9)

    workers = {path.name.partition("-")[0] for path in pytester.path.glob("gw*-*")}
    assert len(workers) > 1
    assert len({path.read_text() for path in pytester.path.glob("gw*-*")}) == 1


def test_who_does_not_ask_for_it_pays_nothing(pytester: pytest.Pytester, run: Run):
    pytester.makepyfile(
        conftest="""
        import sys

        def pytest_unconfigure(config):
            ours = sorted(name for name in sys.modules if name.partition(".")[0] in ("emulator", "aiohttp", "uvicorn", "msgspec"))
            print("LOADED", *ours)
        """,
        test_plain="""
        def test_one():
            pass
        """,
    )

    alone, spread = run("-s"), run("-s", "-p", "xdist", "-n2")

    spread.assert_outcomes(passed=1)
    plugin = "emulator emulator.pytest_plugin"
    assert re.findall("LOADED (.*)", "\n".join(alone.outlines)) == [plugin]
    assert f"LOADED {plugin} emulator.pytest_plugin.on_demand" in spread.outlines


def test_a_server_elsewhere_can_be_used_and_its_worlds_kept(pytester: pytest.Pytester, run: Run):
    pytester.makepyfile(
        test_elsewhere="""
        from sending import send

        def test_one(emulator):
            send(emulator)
        """
    )
    with Emulator(control_token="secret") as there:
        target = f"--parrotfish-url={there.url}"
        name = world_name("test_elsewhere.py::test_one")
        there.create_world(name)

        run(target, "--parrotfish-token=secret", "--parrotfish-keep").assert_outcomes(passed=1)
        with Emulator(f"{there.url}/w/{name}-2", control_token="secret") as kept:
            assert len(kept.messages()) == 1, "a name that is taken is counted on"

        refused = run(target)
        refused.assert_outcomes(errors=1)
        refused.stdout.fnmatch_lines(["*Refused: This server asks for its control token*--parrotfish-token*"])


def test_a_test_that_fails_shows_what_happened_in_its_world(pytester: pytest.Pytester, run: Run):
    pytester.makepyfile(
        """
        import pytest
        from sending import send

        def test_one(emulator):
            send(emulator, to="+12025550102")
            emulator.clock.advance("5s")
            emulator.wait_for_message(recipient="+15550100", within="10ms")

        @pytest.mark.parrotfish(speed=1)
        def test_marked(emulator):
            pass
        """
    )

    result = run()

    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["*the marker parrotfish takes pace and seed, not speed*"])
    result.stdout.fnmatch_lines(
        [
            "E *NotSeen: no message with recipient '+15550100' was accepted within 10ms",
            "E *raven sms to +12025550102 (failed): Your code is 4711",
            "*- parrotfish -*",
            "world test_one-* at http://127.0.0.1:*/w/test_one-*, 2026-01-01T00:00:05+00:00",
            "raven sms * to +12025550102 (failed): Your code is 4711",
            "  +500ms * failed  kind hard, reason *",
        ]
    )


def test_stories_are_tests_of_their_own(pytester: pytest.Pytester, run: Run):
    pytester.mkdir("stories")
    good = pytester.path / "stories" / "good.story.yaml"
    bad = pytester.path / "stories" / "bad.story.yaml"
    wrong = pytester.path / "stories" / "wrong.story.yaml"
    good.write_text(STORY.replace("STATUS", "delivered"))
    bad.write_text(STORY.replace("STATUS", "bounced"))
    wrong.write_text(STORY.replace("timeline", "timelin"))

    result = run("-v", "stories")

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "stories/bad.story.yaml::story FAILED*",
            "stories/good.story.yaml::story PASSED*",
            "*bad.story.yaml:7: A text is delivered",
            "line 7, step 3, timeline: *did not go as expected",
            '*expected "bounced"',
            '*got      "delivered"',
            "what became of the message:",
            "* delivered",
            "*wrong.story.yaml:7:5: *timelin*did you mean timeline?",
        ]
    )
    assert "runner.py" not in result.stdout.str(), "the runner's own frames say nothing to the user"

    none = run("-o", "parrotfish_stories=false", "--collect-only", "stories")
    none.stdout.fnmatch_lines(["*no tests collected*"])


def test_workers_are_told_why_there_is_no_server(pytester: pytest.Pytester, run: Run):
    pytester.makepyfile(
        conftest="""
        import sys

        sys.modules["emulator.app"] = None
        """,
        test_it="""
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_one(emulator, number):
            pass
        """,
    )

    result = run("-p", "xdist", "-n2")

    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["E *CannotStart: the emulator cannot start: *emulator.app*pip install parrotfish"])


def test_a_port_on_demand_serves_its_first_caller():
    on_demand = OnDemand()
    try:
        with Emulator(on_demand.url) as emulator:
            assert emulator.url == on_demand.url
            assert emulator.messages() == []
    finally:
        on_demand.close()


def test_a_port_that_nobody_called_is_closed_at_once():
    on_demand = OnDemand()

    on_demand.close()

    with pytest.raises(Unreachable):
        Emulator(on_demand.url).start()


def test_everybody_is_told_why_a_server_did_not_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "emulator.app", None)
    on_demand = OnDemand()
    try:
        for _ in range(2):
            with pytest.raises(Refused, match=r"emulator\.app"):
                Emulator(on_demand.url).start()
    finally:
        on_demand.close()


@pytest.mark.parametrize(
    ("node_id", "readable"),
    [
        ("tests/test_a.py::test_one", "test_one"),
        ("tests/test_a.py::TestB::test_one[a/b é-1]", "test_one-a-b-1"),
        ("tests/test_a.py::[]", "test"),
        (f"tests/test_a.py::test_{'x' * 200}", f"test_{'x' * 35}"),
    ],
)
def test_a_world_is_named_after_its_test(node_id: str, readable: str):
    found = world_name(node_id)

    assert found == f"{readable}-{crc32(node_id.encode()):08x}"
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", found)
