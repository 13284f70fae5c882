"""The sandbox: a code by SMS, a verified number, five messages from the shared agent."""

from typing import Any

import pytest

from emulator.core.records import Channel
from emulator.dialects.arowana import test_agent
from tests.emulator.dialects.arowana.asking import Answer, Workspace

PHONE = "+4915112345678"
OTHER_PHONE = "+4915112345679"
MINUTE = 60


@pytest.fixture
def shop() -> Workspace:
    return Workspace()


def register(shop: Workspace, phone: str = PHONE, **more: Any) -> Answer:
    return shop.post("/v1/test/register", {"phone": phone}, **more)


def verify(shop: Workspace, code: str = "123456", phone: str = PHONE, **more: Any) -> Answer:
    return shop.post("/v1/test/verify", {"phone": phone, "code": code}, **more)


def send(shop: Workspace, **changes: Any) -> Answer:
    key = changes.pop("key", None)
    body = {
        "agent_id": "ag_test_0001",
        "to": PHONE,
        "traffic_type": "TRANSACTION",
        "content": {"text": "Hello from the sandbox."},
        **changes,
    }
    return shop.post("/v1/test/messages", body, **({} if key is None else {"key": key}))


def status(shop: Workspace) -> dict[str, Any]:
    return shop.get("/v1/test/status").json


@pytest.fixture
def verified(shop: Workspace) -> Workspace:
    """A workspace with a verified number."""
    register(shop)
    assert verify(shop).status == 200
    return shop


def test_a_workspace_without_a_number_has_five_messages_left(shop: Workspace):
    assert status(shop) == {
        "phone": None,
        "status": "NONE",
        "agent_id": None,
        "messages_used": 0,
        "messages_limit": 5,
        "messages_remaining": 5,
    }


def test_a_code_is_sent_by_sms(shop: Workspace):
    answer = register(shop)

    (notice,) = shop.world.store.messages
    assert (answer.status, answer.json) == (
        200,
        {"phone": PHONE, "status": "OTP_SENT", "expires_at": "2026-01-01T00:10:00Z"},
    )
    assert (notice.channel, shop.world.store.recipients[notice.id].address) == (Channel.SMS, PHONE)
    assert "123456" in (notice.content.text or "")
    assert status(shop) == {
        "phone": PHONE,
        "status": "OTP_SENT",
        "agent_id": None,
        "messages_used": 0,
        "messages_limit": 5,
        "messages_remaining": 5,
    }


def test_the_code_costs_nothing_and_is_no_message_of_the_workspace(shop: Workspace):
    shop.listen_to_all()
    register(shop)
    shop.advance(10)

    assert shop.get("/v1/messages").json["total"] == 0
    assert shop.get("/v1/billing/balance").json["total"] == 50.0
    assert shop.data_of("message.delivered") == []
    (notice,) = shop.world.store.messages
    assert shop.get(f"/v1/messages/{notice.id}").status == 404


def test_a_right_code_verifies_the_number(shop: Workspace):
    register(shop)

    answer = verify(shop)

    assert (answer.status, answer.json) == (
        200,
        {
            "phone": PHONE,
            "status": "VERIFIED",
            "agent_id": "ag_test_0001",
            "messages_limit": 5,
            "messages_remaining": 5,
        },
    )
    assert status(shop)["status"] == "VERIFIED"
    assert status(shop)["agent_id"] == "ag_test_0001"


def test_the_code_can_be_chosen(shop: Workspace):
    shop.amend(test_code="654321")
    register(shop)

    assert verify(shop).status == 422
    assert verify(shop, "654321").status == 200


def test_a_wrong_code_is_refused(shop: Workspace):
    register(shop)

    answer = verify(shop, "000000")

    assert (answer.status, answer.json) == (
        422,
        {
            "error": "invalid_code",
            "message": "The code is wrong or has expired.",
            "details": [{"field": "code", "message": "Is wrong or has expired."}],
        },
    )
    assert verify(shop).status == 200


def test_a_code_is_good_for_five_tries(shop: Workspace):
    register(shop)
    tries = [verify(shop, "000000").status for _ in range(5)]

    assert tries == [422] * 5
    assert verify(shop).status == 422, "the right code comes too late"
    register(shop)
    assert verify(shop).status == 200, "a new code has tries of its own"


def test_a_code_is_good_for_ten_minutes(shop: Workspace):
    register(shop)
    shop.advance(10 * MINUTE)
    late = verify(shop)
    register(shop)
    shop.advance(10 * MINUTE - 1)

    assert late.status == 422
    assert verify(shop).status == 200


def test_a_workspace_has_one_number(shop: Workspace):
    register(shop)

    answer = register(shop, OTHER_PHONE)

    assert (answer.status, answer.json) == (
        409,
        {"error": "invalid_state", "message": "This workspace has a test number already."},
    )


def test_a_verified_number_is_verified_once(verified: Workspace):
    for answer in (verify(verified), register(verified)):
        assert (answer.status, answer.json) == (
            409,
            {"error": "invalid_state", "message": "The number is verified already."},
        )
    assert status(verified)["status"] == "VERIFIED"


def test_a_number_that_was_not_registered_is_refused_without_a_reason(shop: Workspace):
    nothing = verify(shop)
    register(shop)
    other = verify(shop, phone=OTHER_PHONE)

    for answer in (nothing, other):
        assert (answer.status, answer.json) == (403, {"error": "forbidden", "message": "Forbidden."})


def test_a_number_of_another_workspace_is_refused_without_a_reason(verified: Workspace):
    for answer in (register(verified, key=verified.other_key), verify(verified, key=verified.other_key)):
        assert (answer.status, answer.json) == (403, {"error": "forbidden", "message": "Forbidden."})


def test_the_first_to_verify_a_number_gets_it(shop: Workspace):
    register(shop)
    register(shop, key=shop.other_key)

    assert verify(shop, key=shop.other_key).status == 200
    assert verify(shop).status == 403


def test_the_agent_has_places_for_ten_numbers(shop: Workspace):
    shop.fill_test_agent(test_agent.MOST_NUMBERS)
    register(shop)

    answer = verify(shop)

    assert (answer.status, answer.json) == (
        409,
        {"error": "no_slot_available", "message": "No test agent slot is free."},
    )
    assert status(shop)["status"] == "OTP_SENT"


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", 123456])
def test_a_code_has_six_digits(shop: Workspace, code: Any):
    register(shop)

    answer = verify(shop, code)

    assert (answer.status, answer.json["details"][0]["field"]) == (400, "code")


def test_a_number_is_in_international_form(shop: Workspace):
    answer = register(shop, "0151 12345678")

    assert answer.status == 400
    assert answer.json["details"] == [{"field": "phone", "message": "Must be a phone number in international format."}]


def test_a_message_costs_nothing(verified: Workspace):
    answer = send(verified)

    assert answer.status == 200
    assert answer.json == {
        "message_id": answer.json["message_id"],
        "status": "queued",
        "created_at": "2026-01-01T00:00:00Z",
        "billing": {
            "channel": "RCS",
            "message_type": "basic_message",
            "hold_amount": 0.0,
            "message_price": 0.0,
            "balance": {"free": 50.0, "reserved": 0.0, "total": 50.0},
            "tier": {"channel": "RCS", "current": "tier_1", "volume_used": 12500},
        },
    }


def test_an_empty_wallet_does_not_stop_the_sandbox(verified: Workspace):
    verified.choose_balance(0)

    assert send(verified).status == 200


def test_a_message_is_delivered_told_and_stands_in_the_log(verified: Workspace):
    verified.listen_to_all()
    id = send(verified).json["message_id"]
    verified.advance(10)

    shown = verified.get(f"/v1/messages/{id}").json
    assert (shown["status"], shown["agent_id"], shown["cost"]) == ("delivered", "ag_test_0001", "0.0000")
    assert [data["message_id"] for data in verified.data_of("message.delivered")] == [id]
    assert verified.get("/v1/messages").json["messages"][0]["id"] == id
    assert verified.get("/v1/billing/balance").json["total"] == 50.0
    assert verified.get("/v1/billing/usage").json["channels"][0]["cost"] == 0.0


@pytest.mark.parametrize(
    "content",
    [
        {"rich_card": {"standalone": {"content": {"title": "The lamp is back"}}}},
        {"rich_card": {"carousel": {"card_width": "MEDIUM", "cards": [{"title": "Red"}, {"title": "Blue"}]}}},
    ],
)
def test_cards_are_taken_too(verified: Workspace, content: dict[str, Any]):
    assert send(verified, content=content).status == 200


def test_media_are_not(verified: Workspace):
    answer = send(verified, content={"media": {"url": "https://img.example/a.pdf"}})

    assert (answer.status, answer.json["details"][0]["field"]) == (400, "content.media")


@pytest.mark.parametrize("template", [{"template_id": ["x"]}, {"template_id": "tpl_parcel01", "template_data": 5}])
def test_templates_are_not_read(verified: Workspace, template: dict[str, Any]):
    answer = send(verified, **template)

    assert answer.status == 200
    assert verified.read(answer.json["message_id"])["content_type"] == "TEXT"


def test_a_message_is_no_usage(verified: Workspace):
    send(verified)

    assert verified.get("/v1/billing/usage").json["channels"][0]["basic_message"] == 0


def test_there_are_five_messages_and_never_more(verified: Workspace):
    sent = [send(verified).status for _ in range(5)]
    used_up = status(verified)
    sixth = send(verified)
    verified.advance(40 * 24 * 60 * MINUTE)

    assert sent == [200] * 5
    assert (used_up["messages_used"], used_up["messages_remaining"]) == (5, 0)
    assert (sixth.status, sixth.json) == (
        403,
        {"error": "test_quota_exceeded", "message": "All 5 test messages are used."},
    )
    assert send(verified).status == 403


def test_a_refused_message_uses_nothing_up(verified: Workspace):
    assert send(verified, message_type="NEWSLETTER").json["error"] == "newsletter_not_enabled"
    assert send(verified, message_type="CONVERSATION").json["error"] == "no_active_session"
    assert send(verified, to=OTHER_PHONE).status == 403
    assert status(verified)["messages_used"] == 0


def test_a_repeated_message_uses_up_one(verified: Workspace):
    first = send(verified, idempotency_key="one")
    again = send(verified, idempotency_key="one")

    assert again.body == first.body
    assert status(verified)["messages_used"] == 1


def test_any_other_number_is_refused_without_a_reason(verified: Workspace):
    answers = [send(verified, to=OTHER_PHONE), send(verified, key=verified.other_key)]

    for answer in answers:
        assert (answer.status, answer.json) == (403, {"error": "forbidden", "message": "Forbidden."})


def test_without_a_verified_number_nothing_is_sent(shop: Workspace):
    register(shop)

    assert send(shop).status == 403


def test_there_is_one_test_agent(verified: Workspace):
    answer = send(verified, agent_id="ag_test_0002")

    assert (answer.status, answer.json) == (404, {"error": "not_found", "message": "Agent not found."})


def test_the_test_agent_sends_in_the_sandbox_only(verified: Workspace):
    answer = verified.send(agent_id="ag_test_0001", to=PHONE)

    assert (answer.status, answer.json["message"]) == (404, "Agent not found.")


def test_a_key_without_permission_to_send_is_refused(verified: Workspace):
    answer = send(verified, key=verified.key_with_role("editor"))

    assert (answer.status, answer.json["message"]) == (403, "This API key may not send messages.")


def test_a_device_without_rcs_is_found_out(shop: Workspace):
    register(shop, "+12025550122")
    verify(shop, phone="+12025550122")

    answer = send(shop, to="+12025550122")

    assert (answer.status, answer.json["error"]) == (404, "device_not_rcs_capable")
    assert status(shop)["messages_used"] == 0


def test_a_reply_opens_a_session_with_the_test_agent(verified: Workspace):
    verified.listen_to_all()
    send(verified)
    verified.advance(10)
    verified.reply("Hello!", person=PHONE, agent="ag_test_0001")

    (told,) = verified.data_of("conversation.started")
    answer = send(verified, message_type="CONVERSATION")

    assert (told["agent_id"], told["from"], told["user_message"]) == (
        "ag_test_0001",
        PHONE,
        {"type": "text", "text": "Hello!"},
    )
    assert answer.status == 200
    assert (answer.json["billing"]["hold_amount"], answer.json["billing"]["in_session"]) == (0.0, True)
