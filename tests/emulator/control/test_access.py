"""Who may ask."""

from collections.abc import Mapping

import pytest

from emulator.control.access import host_name, is_loopback
from tests.emulator.control.playing import Stage, play

TOKEN = {"authorization": "Bearer s3cret-token"}


async def status(stage: Stage, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> int:
    answer = await stage.call(method, path, headers=headers, content=body)
    return answer.status_code


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8026", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8026", "::1"),
        ("::1", "::1"),
        ("Parrotfish.Example:80", "parrotfish.example"),
        ("", ""),
    ],
)
def test_a_hosts_name_is_read_without_its_port(host: str, name: str):
    assert host_name(host) == name


@pytest.mark.parametrize("name", ["localhost", "app.localhost", "127.0.0.1", "127.3.4.5", "::1"])
def test_loopback_names_are_known(name: str):
    assert is_loopback(name)


@pytest.mark.parametrize(
    "name", ["", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", "0.0.0.0", "1.2.3"]
)
def test_other_names_are_not_loopback(name: str):
    assert not is_loopback(name)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9", "localhost", "[::1]:80", "parrotfish", "parrotfish:8026", "PARROTFISH"]
)
def test_known_hosts_are_answered(host: str):
    async def scene(stage: Stage) -> None:
        assert await status(stage, "GET", "/_emulator/clock", {"host": host}) == 200

    play(scene)


def test_a_name_that_somebody_points_here_is_not_answered():
    async def scene(stage: Stage) -> None:
        refused = await stage.refused("GET", "health", headers={"host": "evil.example"})

        assert refused[:2] == (421, "misdirected-host")
        assert "evil.example" in refused[2]
        assert await status(stage, "GET", "/_emulator/nothing", {"host": "evil.example"}) == 421
        assert await status(stage, "GET", "/w/no/_emulator/clock", {"host": "evil.example"}) == 421

    play(scene)


def test_an_emulated_api_takes_any_host():
    async def scene(stage: Stage) -> None:
        answer = await stage.client.get("/raven/v1/admin/me", headers={"host": "evil.example"})

        assert answer.status_code == 401

    play(scene)


def test_with_a_token_every_call_but_health_needs_it():
    async def scene(stage: Stage) -> None:
        assert await status(stage, "GET", "/_emulator/health", {}) == 200
        assert await status(stage, "GET", "/_emulator/clock", {}) == 401
        assert await status(stage, "GET", "/_emulator/clock", {"authorization": "Bearer wrong"}) == 401
        assert await status(stage, "GET", "/_emulator/clock", {"authorization": "Basic s3cret-token"}) == 401
        assert await status(stage, "GET", "/_emulator/nothing", {}) == 401
        assert await status(stage, "GET", "/_emulator/clock", TOKEN) == 200
        assert await status(stage, "GET", "/_emulator/clock", {"authorization": "bearer  s3cret-token"}) == 200

    play(scene, token="s3cret-token")


def test_a_token_opens_any_host():
    async def scene(stage: Stage) -> None:
        assert await status(stage, "GET", "/_emulator/clock", {**TOKEN, "host": "ci.example"}) == 200
        assert await status(stage, "GET", "/_emulator/health", {"host": "ci.example"}) == 421

    play(scene, token="s3cret-token")


CHANGES = [
    ({"origin": "http://127.0.0.1:8026"}, 200),
    ({"origin": "http://evil.example"}, 403),
    ({"origin": "http://127.0.0.1:9999"}, 403),
    ({"origin": "null"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
    ({"sec-fetch-site": "same-origin"}, 200),
    ({"content-type": "text/plain"}, 415),
    ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ({"content-type": "application/json; charset=utf-8"}, 200),
    ({}, 200),
]


@pytest.mark.parametrize(("headers", "expected"), CHANGES)
def test_changes_come_from_here_and_bring_json(headers: dict[str, str], expected: int):
    async def scene(stage: Stage) -> None:
        assert await status(stage, "POST", "/_emulator/reset", headers) == expected

    play(scene)


def test_a_body_without_a_content_type_is_not_read():
    async def scene(stage: Stage) -> None:
        assert await status(stage, "POST", "/_emulator/reset", {}, b'{"seed": 7}') == 415
        assert stage.world.seed == 1

    play(scene)


def test_a_page_of_another_origin_may_not_even_delete():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "mine"}, status=201)

        assert await status(stage, "DELETE", "/_emulator/worlds/mine", {"origin": "http://evil.example"}) == 403
        assert await status(stage, "DELETE", "/_emulator/worlds/mine", {}) == 204

    play(scene)
