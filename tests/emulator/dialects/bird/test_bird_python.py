"""Real clients against a real server: PyPI's `bird-python`, unmodified but for its base URL, and a plain `requests`."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import bird_python  # pyright: ignore[reportMissingTypeStubs] - it has none
import bird_python.client  # pyright: ignore[reportMissingTypeStubs] - it has none
import httpx
import pytest
import requests

from emulator.app import App, create_app
from emulator.dialects.bird import DIALECT
from emulator.dialects.bird.fixtures import CHANNELS, CONTACT_ID, ORGANIZATION_ID, WORKSPACE_ID, access_key
from emulator.server.connection import serving
from emulator.settings import Settings
from tests.emulator.dialects.bird.conftest import EMAIL, SMS
from tests.receiver import Received, receiving

KEY = access_key("default", "The Shop")
WORKSPACE = f"/workspaces/{WORKSPACE_ID}"
MESSAGE = {
    "receiver": {"contacts": [{"identifierValue": "+31600000001"}]},
    "body": {"type": "text", "text": {"text": "Your code is 4711"}},
}
in_a_thread = asyncio.to_thread


class Server(NamedTuple):
    """A running emulator that has only this API, and an asynchronous client for it."""

    url: str
    app: App
    http: httpx.AsyncClient

    async def advance(self, by: str) -> None:
        answer = await self.http.post("/_emulator/clock/advance", json={"by": by})
        assert answer.status_code == 200, answer.text


Scene = Callable[[Server], Awaitable[None]]
Play = Callable[[Scene], None]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Plays a scene while a server runs in the same loop; blocking clients are called in threads."""
    monkeypatch.setattr("emulator.app.DIALECTS", (DIALECT,))

    async def run(scene: Scene) -> None:
        app = create_app(Settings(pace="held"))
        async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
            # Its only way to another address; the slash at the end matters.
            monkeypatch.setattr(bird_python.client, "ENDPOINT", f"{url}/bird/")
            await scene(Server(url, app, http))

    return lambda scene: asyncio.run(run(scene))


def a_client(key: str = KEY, workspace: str = WORKSPACE_ID) -> Any:
    return bird_python.Client(key, ORGANIZATION_ID, workspace)


def is_signed(received: Received, key: str, url: str) -> bool:
    """Whether the signature is the one that the vendor describes; none of our code is used."""
    timestamp = received.headers["messagebird-request-timestamp"]
    signed = f"{timestamp}\n{url}\n".encode() + hashlib.sha256(received.body).digest()
    wanted = base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, received.headers["messagebird-signature"])


class TestBirdPython:
    def test_it_lists_workspaces_channels_and_connectors(self, play: Play):
        async def scene(_: Server) -> None:
            client = a_client()

            workspaces = await in_a_thread(client.workspace_list)
            workspace = await in_a_thread(client.workspace_list_by_id, WORKSPACE_ID)
            channels = await in_a_thread(client.channel_list)
            channel = await in_a_thread(client.channel_list_by_id, SMS)
            connectors = await in_a_thread(client.connector_list)
            connector = await in_a_thread(client.connector_list_by_id, channel["connectorId"])

            assert workspace in workspaces["results"]
            assert {each["id"] for each in channels["results"]} == {each.id for each in CHANNELS}
            assert (channel["platformId"], channel["status"]) == ("sms-messagebird", "active")
            assert channel in channels["results"]
            assert connector in connectors["results"]

        play(scene)

    def test_it_sends_a_message_and_its_webhook_is_told_with_a_valid_signature(self, play: Play):
        async def scene(server: Server) -> None:
            client = a_client()
            async with receiving(200) as receiver:
                hook = f"{receiver.url}?tenant=a"
                events = await in_a_thread(client.webhook_event_list)
                assert "sms.outbound" in [each["name"] for each in events["results"][0]["events"]]
                wanted = {"service": "channels", "event": "sms.outbound", "url": hook, "signingKey": "s3cret"}
                subscription = await in_a_thread(client.webhook_create, wanted)
                assert (subscription["status"], subscription["url"]) == ("active", hook)

                sent = await in_a_thread(client.send_message, SMS, MESSAGE)
                await server.advance("1s")

                assert (sent["status"], sent["direction"]) == ("accepted", "outgoing")
                told = [each.json["payload"] for each in receiver.received]
                assert [each["status"] for each in told] == ["accepted", "sent", "delivered"]
                assert {each["id"] for each in told} == {sent["id"]}
                assert all(is_signed(each, "s3cret", hook) for each in receiver.received)
                path = f"/bird{WORKSPACE}/channels/{SMS}/messages/{sent['id']}"
                read = await server.http.get(path, headers={"Authorization": f"AccessKey {KEY}"})
                assert read.json() == told[-1]

        play(scene)

    def test_it_creates_reads_and_lists_contacts(self, play: Play):
        async def scene(_: Server) -> None:
            client = a_client()
            body = {"displayName": "Ada", "identifiers": [{"key": "emailaddress", "value": "ada@example.com"}]}

            ada = await in_a_thread(client.contact_create, body)
            listed = await in_a_thread(client.contact_list)

            assert await in_a_thread(client.contact, ada["id"]) == ada
            assert [each["id"] for each in listed["results"]] == [ada["id"], CONTACT_ID]

        play(scene)

    def test_its_caller_gets_our_refusals_as_they_are(self, play: Play):
        async def scene(_: Server) -> None:
            assert (await in_a_thread(a_client("wrong").channel_list))["code"] == "Unauthorized"
            assert (await in_a_thread(a_client().channel_list_by_id, CONTACT_ID))["code"] == "ResourceNotFound"
            refused = await in_a_thread(a_client().send_message, SMS, {"receiver": {"contacts": []}})
            assert refused["code"] == "InvalidPayload"
            assert ".receiver.contacts" in refused["details"]

        play(scene)

    def test_projects_are_not_there(self, play: Play):
        async def scene(_: Server) -> None:
            assert (await in_a_thread(a_client().project_list))["code"] == "ResourceNotFound"

        play(scene)

    def test_a_refusal_that_it_does_not_expect_is_raised(self, play: Play):
        async def scene(_: Server) -> None:
            client = a_client(access_key("default", "The Shop", "view"))

            with pytest.raises(requests.HTTPError, match="403"):
                await in_a_thread(client.send_message, SMS, MESSAGE)

        play(scene)


class TestUploadsWithRequests:
    PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8192  # two MiB: more than other calls may send

    def round_trip(self, url: str, path: str, key: str = KEY, **more: Any) -> tuple[dict[str, Any], requests.Response]:
        """Prepare, upload and fetch, as the vendor's documentation shows it."""
        headers = {"Authorization": f"AccessKey {key}"}
        made = requests.post(url + path, json={"contentType": "image/png"}, headers=headers, timeout=30).json()
        uploaded = requests.request(
            made["uploadMethod"],
            made["uploadUrl"],
            data=made["uploadFormData"],
            files={"file": ("picture.png", self.PICTURE, "image/png")},
            timeout=30,
            **more,
        )
        assert (uploaded.status_code, uploaded.content) == (204, b""), uploaded.content
        return made, requests.get(made["mediaUrl"], headers=headers, timeout=30)

    @pytest.mark.parametrize("path", ["channel-media/presigned-upload", f"channels/{EMAIL}/presigned-upload"])
    def test_a_file_comes_back_through_the_redirect(self, play: Play, path: str):
        async def scene(server: Server) -> None:
            made, fetched = await in_a_thread(self.round_trip, f"{server.url}/bird{WORKSPACE}/", path)

            assert made["uploadUrl"] == f"{server.url}/bird/_media-bucket"
            assert [each.status_code for each in fetched.history] == [302]
            assert (fetched.status_code, fetched.headers["content-type"]) == (200, "image/png")
            assert fetched.content == self.PICTURE
            assert "authorization" not in fetched.request.headers, "the store is another host"

        play(scene)

    def test_in_another_world_every_address_leads_back_there(self, play: Play):
        async def scene(server: Server) -> None:
            server.app.worlds.create("blue")
            url, key = f"{server.url}/bird{WORKSPACE}/", access_key("blue", "The Shop")

            made, fetched = await in_a_thread(self.round_trip, url, "channel-media/presigned-upload", key)

            assert made["uploadUrl"] == f"{server.url}/w/blue/bird/_media-bucket", "the key selected the world"
            assert "/w/blue/bird/_media-bucket/" in fetched.url
            assert fetched.content == self.PICTURE

        play(scene)

    @pytest.mark.parametrize("host", ["api.bird.com", "media.api.bird.com"])
    def test_the_vendors_hosts_serve_them_as_well(self, play: Play, host: str):
        async def scene(server: Server) -> None:
            headers, named = {"Authorization": f"AccessKey {KEY}"}, {"Host": host}
            path = f"{WORKSPACE}/channel-media/presigned-upload"
            body = {"contentType": "text/plain"}
            made = (await server.http.post(path, json=body, headers=headers | named)).json()
            upload = made["uploadUrl"].removeprefix(f"http://{host}")
            form, files = made["uploadFormData"], {"file": ("a.txt", b"hello")}
            assert (await server.http.post(upload, data=form, files=files, headers=named)).status_code == 204

            media = made["mediaUrl"].removeprefix(f"http://{host}")
            redirect = await server.http.get(media, headers=headers | {"Host": "media.api.bird.com"})
            location = httpx.URL(redirect.headers["location"])
            file = await server.http.get(location.raw_path.decode(), headers={"Host": location.host})

            assert {host, location.host} <= {"api.bird.com", "media.api.bird.com"}
            assert (file.status_code, file.content) == (200, b"hello")

        play(scene)

    def test_where_the_emulator_has_one_name_only_the_redirect_keeps_the_key_and_works(self, play: Play):
        async def scene(server: Server) -> None:
            headers = {"Authorization": f"AccessKey {KEY}", "Host": "emulator:8026"}
            made = (
                await server.http.post(
                    f"/bird{WORKSPACE}/channel-media/presigned-upload",
                    json={"contentType": "text/plain"},
                    headers=headers,
                )
            ).json()
            files = {"file": ("a.txt", b"hello")}
            await server.http.post("/bird/_media-bucket", data=made["uploadFormData"], files=files)

            redirect = await server.http.get(made["mediaUrl"].removeprefix("http://emulator:8026"), headers=headers)
            location = redirect.headers["location"]
            file = await server.http.get(location.removeprefix("http://emulator:8026"), headers=headers)

            assert location.startswith("http://emulator:8026/bird/_media-bucket/")
            assert (file.status_code, file.content) == (200, b"hello")

        play(scene)

    def test_other_calls_keep_their_limit_of_two_hundred_kilobytes(self, play: Play):
        async def scene(server: Server) -> None:
            answer = await server.http.post(
                f"/bird{WORKSPACE}/channels/{SMS}/messages",
                content=b"{" + b" " * 204_800,
                headers={"Authorization": f"AccessKey {KEY}", "Content-Type": "application/json"},
            )

            assert (answer.status_code, answer.json()["code"]) == (413, "PayloadTooLarge")

        play(scene)
