"""The order of the checks, and the envelope of each refusal."""

from typing import Any

import pytest

from tests.emulator.dialects.bird.conftest import CHANNEL_IDS, SMS, WORKSPACE, Api, a_text, a_world

MESSAGES = f"{WORKSPACE}/channels/{SMS}/messages"
NOWHERE = "11111111-1111-4111-8111-111111111111"
INACTIVE = "997ff19e-7129-4a16-a106-83bf7bf1df4e"


def code_of(answer: Any) -> tuple[int, str, str]:
    return answer.status, answer.json["code"], answer.json["message"]


def test_an_unknown_path(api: Api):
    assert code_of(api.get("/v1/sms")) == (404, "ResourceNotFound", "The requested resource does not exist")


def test_a_wrong_method(api: Api):
    answer = api.delete(MESSAGES)

    assert code_of(answer) == (405, "MethodNotAllowed", "The method is not allowed for this resource")
    assert sorted(answer.headers["allow"].split(", ")) == ["GET", "POST"]


@pytest.mark.parametrize(("method", "limit"), [("GET", 50), ("POST", 500)])
def test_too_many_requests_in_a_second(method: str, limit: int):
    api = Api(a_world(rate_limits="on"))
    other_channel = MESSAGES.replace(SMS, CHANNEL_IDS["telegram"])
    for number in range(limit):
        assert api.request(method, other_channel if number % 2 else MESSAGES, content=b"").status != 429

    answer = api.request(method, MESSAGES, content=b"")

    assert code_of(answer) == (429, "TooManyRequests", "Too many requests")
    assert answer.headers == {"retry-after": "1"}
    assert api.request("POST" if method == "GET" else "GET", MESSAGES, content=b"").status != 429
    api.advance(1.1)
    assert api.request(method, MESSAGES, content=b"").status != 429


def test_no_other_rate_limit_header_is_sent(api: Api):
    assert api.get(MESSAGES).headers == {}


def test_a_body_of_200_kilobytes_is_taken_and_no_more(api: Api):
    content = b'{"reference": "' + b"x" * (204_800 - 17) + b'"}'
    assert len(content) == 204_800
    assert api.request("POST", MESSAGES, content=content).status == 422

    answer = api.request("POST", MESSAGES, content=content + b" ")

    assert code_of(answer) == (413, "PayloadTooLarge", "The request body exceeds the limit of 200 KB")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_is_not_sent_as_json(api: Api, content_type: str):
    answer = api.request(
        "POST", MESSAGES, content=b"{}", headers={"Authorization": f"AccessKey {api.key}", "Content-Type": content_type}
    )

    assert code_of(answer) == (415, "UnsupportedMediaType", "The request body must be application/json")


def test_the_content_type_may_carry_a_charset(api: Api):
    headers = {"Authorization": f"AccessKey {api.key}", "Content-Type": "application/json; charset=UTF-8"}

    assert api.request("POST", MESSAGES, content=b"{}", headers=headers).status == 422


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"text"', b"12", b""])
def test_a_body_that_is_no_json_object(api: Api, content: bytes):
    headers = {"Authorization": f"AccessKey {api.key}", "Content-Type": "application/json"}

    answer = api.request("POST", MESSAGES, content=content, headers=headers)

    assert code_of(answer) == (400, "MalformedRequest", "The request body could not be parsed as JSON")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"/workspaces/ws_1/channels/{SMS}/messages", ".workspaceId"),
        (f"{WORKSPACE}/channels/nope/messages", ".channelId"),
        (f"{MESSAGES}/nope", ".messageId"),
    ],
)
def test_an_id_that_is_no_uuid(api: Api, path: str, name: str):
    assert api.get(path).details == {name: ["string doesn't match the expected format"]}


def test_what_is_wrong_with_path_query_and_body_is_told_at_once(api: Api):
    assert api.get(f"{WORKSPACE}/channels/nope/messages?limit=0&direction=up").details == {
        ".channelId": ["string doesn't match the expected format"],
        ".limit": ["number must be at least 1"],
        ".direction": ['Invalid value: "up", expected one of: "incoming", "outgoing"'],
    }


def test_an_inactive_channel(api: Api):
    answer = api.send(channel=INACTIVE)

    assert code_of(answer) == (409, "Conflict", "The channel is not active")
    assert api.post(f"{WORKSPACE}/channels/{INACTIVE}/batch/messages", {"messageRequests": [{}]}).json == {
        "code": "Conflict",
        "message": "The channel is not active",
    }


def test_what_is_wrong_earlier_is_told_first(api: Api):
    """Each call has all the faults of the ones after it as well."""
    world = a_world(rate_limits="on")
    api = Api(world)
    big = b"[" * 204_801
    inactive = f"{WORKSPACE}/channels/{INACTIVE}/messages"
    text = "text/plain"
    key = {"Authorization": f"AccessKey {api.key}"}
    json_type = {"Content-Type": "application/json"}

    def ask(path: str, content: bytes, headers: dict[str, str]) -> int:
        return api.request("POST", path, content=content, headers=headers).status

    unknown = f"/workspaces/{NOWHERE}/channels/{NOWHERE}/messages"
    assert ask(unknown, big, {"Content-Type": text}) == 401
    assert ask(unknown, big, {"Authorization": f"AccessKey {api.viewer_key}", "Content-Type": text}) == 403
    assert ask(unknown, big, {**key, "Content-Type": text}) == 413
    assert ask(unknown, b"[", {**key, "Content-Type": text}) == 415
    assert ask(unknown, b"[", {**key, **json_type}) == 400
    assert ask(unknown, b"{}", {**key, **json_type}) == 422
    assert api.post(unknown, {"receiver": {"contacts": [{"id": NOWHERE}, {}]}, "body": a_text()}).status == 422
    two = {"receiver": {"contacts": [{"identifierValue": "1"}, {"identifierValue": "2"}]}, "body": a_text()}
    assert api.post(unknown, two).status == 404
    assert api.post(inactive, two).status == 409
    assert api.post(MESSAGES, two).status == 422
    for _ in range(600):
        api.post(MESSAGES, two)
    assert ask(unknown, big, {"Authorization": f"AccessKey {api.viewer_key}", "Content-Type": text}) == 403
    assert api.request("POST", MESSAGES, content=big, headers={**key, "Content-Type": text}).status == 429


def test_an_unknown_workspace_channel_and_message(api: Api):
    def message(path: str) -> str:
        answer = api.get(path)
        assert (answer.status, answer.json["code"]) == (404, "ResourceNotFound")
        return answer.json["message"]

    prefix = "The requested resource does not exist: "
    assert message(f"/workspaces/{NOWHERE}/channels/{SMS}/messages") == f"{prefix}workspace not found"
    assert message(f"{WORKSPACE}/channels/{NOWHERE}/messages") == f"{prefix}channel not found"
    assert message(f"{MESSAGES}/{NOWHERE}") == f"{prefix}message not found"
    assert message(f"{MESSAGES}/{NOWHERE}/interactions") == f"{prefix}message not found"


def test_an_idempotency_key_is_not_read(api: Api):
    headers = {"Authorization": f"AccessKey {api.key}", "Idempotency-Key": "one"}
    body = {"receiver": {"contacts": [{"identifierValue": "+31600000001"}]}, "body": a_text()}

    ids = {api.post(MESSAGES, body, headers=headers).json["id"] for _ in range(2)}

    assert len(ids) == 2
