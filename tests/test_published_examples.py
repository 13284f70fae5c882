"""The examples of the five vendors' own pages, as they stand there but for host, credential, ids and digits.

What a page shows of an answer or a webhook must come with the same members, in the same order where the page shows all
of them, and of the same types. Over HTTP, with the fixtures of a new world.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import httpx
import pytest

from emulator.testing import Account, Emulator

SINK = "examples"


class Vendor:
    """One API as a client sees it, and what it was told."""

    def __init__(self, emulator: Emulator, api: str, environment: str | None = None) -> None:
        self.emulator = emulator
        self.account: Account = emulator.account(api, environment=environment)
        self.sink = emulator.sink(SINK)
        self.client = httpx.Client(base_url=self.account.base_url, headers=self.account.headers, timeout=20)

    def listen(self, **settings: Any) -> None:
        """Let webhooks come."""
        self.emulator.update_account(self.account, webhooks=[{"url": self.sink.url}], settings=settings)

    def post(self, path: str, example: str | Mapping[str, Any] | list[Any], **headers: str) -> httpx.Response:
        """Post an example's text, or a body."""
        content = example if isinstance(example, str) else json.dumps(example)
        return self.client.post(path, content=content, headers={"Content-Type": "application/json", **headers})

    def told(self) -> list[dict[str, Any]]:
        """What came to the sink; with a signature that holds, where there is one."""
        posts = self.sink.posts()
        assert all(post.signature is not False for post in posts)
        return [json.loads(post.body) for post in posts]


Of = Callable[..., Vendor]


@pytest.fixture
def vendor(emulator: Emulator) -> Iterator[Of]:
    """Makes a client of an API, and ends its connections."""
    made: list[Vendor] = []

    def of(api: str, environment: str | None = None) -> Vendor:
        made.append(Vendor(emulator, api, environment))
        return made[-1]

    yield of
    for each in made:
        each.client.close()


def shape(value: Any) -> Any:
    """Members in their order, and types; of a list its items."""
    if isinstance(value, dict):
        return [(name, shape(member)) for name, member in cast("dict[str, Any]", value).items()]
    if isinstance(value, list):
        return [shape(item) for item in cast("list[Any]", value)]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def has(answer: Any, example: Any) -> bool:
    """Whether an answer has all members of an example, of its types; it may have more."""
    if isinstance(example, dict):
        members = cast("dict[str, Any]", example)
        return isinstance(answer, dict) and all(name in answer and has(answer[name], members[name]) for name in members)
    return shape(answer) == shape(example)


class TestRaven:
    SMS = """{
"channel": "sms",
"to": "+254722000000",
"body": "Hi Ada, your order #AC-1042 is on its way."
}"""
    MAIL = r"""{
"channel": "email",
"to": "ada@acme.co.ke",
"from": "orders@mail.acme.co.ke",
"subject": "Your order #AC-1042 is on its way",
"bodyHtml": "<p>Hi Ada, your order is on its way. Track it <a href=\"...\" >here</a>.</p>",
"bodyText": "Hi Ada, your order is on its way."
}"""
    ACCEPTED = """{
"id": "8ad4f7c2-9e3b-4a1c-bc2f-1d8e3a9b7c4d",
"status": "queued",
"channel": "email",
"to": "ada@acme.co.ke",
"enqueuedAt": "2026-05-01T10:23:18.114Z"
}"""

    @pytest.fixture
    def raven(self, vendor: Of) -> Vendor:
        return vendor("raven")

    @pytest.mark.parametrize("example", [SMS, MAIL], ids=["sms", "email"])
    def test_both_sends_are_accepted_and_walk_through_their_life(self, raven: Vendor, example: str):
        answer = raven.post("/v1/messages", example)

        asked, accepted = json.loads(example), answer.json()
        assert (answer.status_code, shape(accepted)) == (202, shape(json.loads(self.ACCEPTED)))
        assert (accepted["status"], accepted["channel"], accepted["to"]) == ("queued", asked["channel"], asked["to"])
        assert len(accepted["enqueuedAt"]) == len("2026-05-01T10:23:18.114Z")
        raven.emulator.clock.advance("49ms")
        assert self.read(raven, accepted)["status"] == "queued"
        raven.emulator.clock.advance("10s")
        message = self.read(raven, accepted)
        assert [each["eventType"] for each in message["events"]] == ["queued", "sending", "sent", "delivered"]
        assert message["providerMessageId"]
        assert message["costAmount"] is not None

    def read(self, raven: Vendor, accepted: Mapping[str, Any]) -> Any:
        return raven.client.get(f"/v1/messages/{accepted['id']}").json()

    def test_the_dashboards_path_does_the_same_with_a_session(self, raven: Vendor):
        session = raven.emulator.sign_in(raven.account)

        answer = httpx.post(
            f"{raven.account.base_url}/v1/admin/messages", json=json.loads(self.SMS), headers=session, timeout=20
        )

        assert (answer.status_code, shape(answer.json())) == (202, shape(json.loads(self.ACCEPTED)))
        assert self.read(raven, answer.json())["id"] == answer.json()["id"]

    def test_a_key_gives_the_original_answer_or_409(self, raven: Vendor):
        body = {**json.loads(self.SMS), "idempotency_key": "order-AC-1042"}

        first, again, other = (
            raven.post("/v1/messages", each) for each in (body, body, {**body, "body": "Another text"})
        )

        assert (first.status_code, again.content, other.status_code) == (202, first.content, 409)
        assert "already used" in other.json()["message"]
        assert len(raven.emulator.messages()) == 1

    @pytest.mark.parametrize(
        ("example", "change", "status"),
        [
            (SMS, {"body": "x" * 4096}, 202),
            (SMS, {"body": "x" * 4097}, 400),
            (SMS, {"body": ""}, 400),
            (SMS, {"to": "254722000000"}, 400),
            (SMS, {"channel": "fax"}, 400),
            (MAIL, {"from": None}, 400),
            (MAIL, {"subject": None}, 400),
            (MAIL, {"externalId": "AC-1042"}, 202),
        ],
    )
    def test_the_table_of_members(self, raven: Vendor, example: str, change: dict[str, Any], status: int):
        body = {name: value for name, value in (json.loads(example) | change).items() if value is not None}

        assert raven.post("/v1/messages", body).status_code == status


class TestTripDesk:
    SEND = """{ "channel": "whatsapp", "to": "+15551234567", "template": "order_confirmation", "language": "en",
"variables": { "name": "Nayeem", "order_id": "TR-204821", "eta": "15 minutes" } }"""
    ACCEPTED = """{ "id": "msg_01HNQX2P8Y9R3T4V5W6Z7A8B9C", "status": "queued", "channel": "whatsapp",
"cost_estimate": "0.012", "created_at": "2026-05-23T14:22:17Z" }"""
    KEY = "7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8"

    @pytest.fixture(params=["live", "test"])
    def desk(self, vendor: Of, request: pytest.FixtureRequest) -> Vendor:
        return vendor("tripdesk", request.param)

    @pytest.mark.parametrize("header", ["Idempotency-Key", "idempotency_key"])
    def test_the_send_is_accepted_once(self, desk: Vendor, header: str):
        answer, again = (desk.post("/api/v1/messages", self.SEND, **{header: self.KEY}) for _ in range(2))

        accepted, example = answer.json(), json.loads(self.ACCEPTED)
        assert (answer.status_code, shape(accepted)) == (202, shape(example))
        assert again.content == answer.content
        for name in ("status", "channel", "cost_estimate"):
            assert accepted[name] == example[name]
        assert (len(accepted["id"]), len(accepted["created_at"])) == (len(example["id"]), len(example["created_at"]))

    def test_the_events_of_the_page(self, desk: Vendor):
        desk.listen()
        mail = {"channel": "email", "subject": "Trip", "text": "It begins."}
        sent = desk.post("/api/v1/messages", self.SEND).json()["id"]
        failed = desk.post("/api/v1/messages", {"channel": "sms", "to": "+12025550106", "text": "Hi"}).json()["id"]
        bounced = desk.post("/api/v1/messages", {**mail, "to": "bounce@simulator.example"}).json()["id"]
        audience = desk.account.parameters["audience"]
        broadcast = desk.post("/api/v1/messages", {"channel": "broadcast", "to": audience, "text": "Hi"}).json()["id"]
        desk.emulator.clock.advance("1h")

        told = {(each["type"], each["data"]["message_id"]): each["data"] for each in desk.told()}

        assert told["message.sent", sent]["provider"]["message_id"]
        assert told["message.sent", sent]["provider"]["status"]
        assert ("message.delivered", sent) in told
        assert ("message.sent", broadcast) in told
        assert ("message.delivered", broadcast) not in told
        assert {"last_error", "retry_count", "refund"} <= set(told["message.failed", failed])
        assert told["message.bounced", bounced]["bounce"]["diagnostic"]

    def test_assigned_conversations_and_matched_contacts_are_told(self, desk: Vendor):
        desk.listen()
        parameters = desk.account.parameters
        path = f"/api/v1/conversations/{parameters['conversation_id']}/assign"
        desk.post(path, {"agent_id": parameters["agent_id"]})
        said = {"channel": "telegram", "sender": "82710394", "to": "bot", "text": "Hello"}
        desk.emulator.inbound(api="tripdesk", account=desk.account, **said, external_id=parameters["external_id"])
        desk.emulator.clock.advance("1s")

        assert [each["type"] for each in desk.told()] == ["conversation.assigned", "contact.matched"]


class TestCloudRebue:
    SINGLE = """{
"sender": "CLOUD_REBUE",
"message": "Test API",
"phone": "254722000111",
"correlator": 1
}"""
    MULTI = """{
"sender": "CLOUD_REBUE",
"message": "Test API",
"phone": "254722000111,254722000222",
"correlator": 1
}"""
    QUEUED = r"""[
{
"status":true,
"message":"Message successfully queued!",
"data":{
"correlator":"1",
"uniqueId":"aded7b1a-d786-4168-bb48-0bd12def5821",
"client_id":"1",
"phone":"254722000111",
"operator":"safaricom",
"sms_units":1,
"short_code":"BizTxt",
"message":"Test message",
"link_id":"link-id-here",
"end_point":"https:\/\/example.com\/delivery",
"batch_id":"e3c812f4-a027-49a0-9375-b0ecdeef1602",
"created_at":"2021-12-03 08:51:16"
}
}
]"""
    BATCH = """[
{
"sender": "CLOUD_REBUE",
"message": "Test API",
"phone": "0722000111",
"correlator": 1
},
{
"sender": "BizTxt",
"message": "Test API 2",
"phone": "0722000222",
"correlator": 2
}
]"""
    BATCH_QUEUED = """[
{
"status": true,
"message": "Message successfully queued!",
"data": {
"correlator": 1,
"uniqueId": "unique-string",
"phone": "254XXXXXXXXX",
"sms_units": 1
}
},
{
"status": true,
"message": "Message successfully queued!",
"data": {
"correlator": 2,
"uniqueId": "unique-string",
"phone": "254XXXXXXXXX",
"sms_units": 1
}
}
]"""
    RECEIPT = """{
"phone": "254XXXXXXXXX",
"correlator": 2,
"uniqueId": "unique-string",
"deliveryStatus": "DeliveredToTerminal",
"deliveryTime": "2020-01-01 00:00:00"
}"""

    @pytest.fixture
    def rebue(self, vendor: Of) -> Vendor:
        return vendor("cloudrebue")

    @pytest.mark.parametrize("example", [SINGLE, MULTI], ids=["single", "multi"])
    def test_an_object_is_queued_with_all_members(self, rebue: Vendor, example: str):
        more = {"link_id": "link-id-here", "endpoint": rebue.sink.url}

        answer = rebue.post("/api/v1/send-sms", {**json.loads(example), **more}, Accept="application/json")

        asked, told = json.loads(example), json.loads(self.QUEUED)
        (queued,) = answer.json()
        assert (answer.status_code, shape(queued)) == (200, shape(told[0]))
        assert (queued["status"], queued["message"]) == (True, "Message successfully queued!")
        assert (queued["data"]["correlator"], queued["data"]["phone"]) == ("1", asked["phone"])
        assert (queued["data"]["operator"], queued["data"]["end_point"]) == ("safaricom", rebue.sink.url)

    def test_a_batch_is_queued_with_four_members_each(self, rebue: Vendor):
        answer = rebue.post("/api/v1/send-sms", self.BATCH, Accept="application/json")

        assert (answer.status_code, shape(answer.json())) == (200, shape(json.loads(self.BATCH_QUEUED)))
        assert [each["data"]["correlator"] for each in answer.json()] == [1, 2]
        assert [each["data"]["phone"] for each in answer.json()] == ["254722000111", "254722000222"]

    def test_a_hundred_are_a_batch_and_no_more(self, rebue: Vendor):
        one = json.loads(self.SINGLE)

        assert len(rebue.post("/api/v1/send-sms", [one] * 100).json()) == 100
        assert rebue.post("/api/v1/send-sms", [one] * 101).json()["status"] is False

    @pytest.mark.parametrize("phone", ["254722000111", "0722000111", "722000111", "0110000111", "110000111"])
    def test_each_form_of_a_number_is_taken(self, rebue: Vendor, phone: str):
        answer = rebue.post("/api/v1/send-sms", [{**json.loads(self.SINGLE), "phone": phone}])

        assert answer.json()[0]["data"]["phone"] == f"254{phone[-9:]}"

    def test_a_wrong_token_is_unauthenticated(self, rebue: Vendor):
        answer = rebue.post("/api/v1/send-sms", self.SINGLE, Authorization="Bearer none")

        assert (answer.status_code, answer.json()) == (401, {"status": False, "message": "Unauthenticated."})

    def test_the_receipt_comes_to_the_endpoint(self, rebue: Vendor):
        queued = rebue.post(
            "/api/v1/send-sms", {**json.loads(self.SINGLE), "correlator": 2, "endpoint": rebue.sink.url}
        )
        rebue.emulator.clock.advance("1m")

        (receipt,) = rebue.told()

        example = json.loads(self.RECEIPT)
        assert list(receipt) == list(example)
        assert (receipt["deliveryStatus"], str(receipt["correlator"])) == ("DeliveredToTerminal", "2")
        assert receipt["uniqueId"] == queued.json()[0]["data"]["uniqueId"]
        assert len(receipt["deliveryTime"]) == len(example["deliveryTime"])


class TestArowana:
    ACCEPTED = """{
  "message_id": "msg_a1b2c3d4",
  "status": "queued",
  "created_at": "2026-03-27T14:30:00Z",
  "billing": {
    "channel": "RCS",
    "message_type": "basic_message",
    "hold_amount": 0.08,
    "message_price": 0.08,
    "balance": {
      "free": 49.92,
      "reserved": 0.08,
      "total": 50.0
    },
    "tier": {
      "channel": "RCS",
      "current": "tier_1",
      "volume_used": 12501
    }
  }
}"""
    DELIVERED = """{
  "id": "evt_z9y8x7",
  "event": "message.delivered",
  "timestamp": "2026-03-27T14:30:05Z",
  "data": {
    "message_id": "msg_a1b2c3d4",
    "delivered_at": "2026-03-27T14:30:05Z"
  }
}"""
    READ = """{
  "message_id": "msg_a1b2c3d4",
  "status": "delivered",
  "events": [
    { "type": "queued",    "at": "2026-03-27T14:30:00Z" },
    { "type": "sent",      "at": "2026-03-27T14:30:01Z" },
    { "type": "delivered", "at": "2026-03-27T14:30:05Z" }
  ]
}"""
    STARTED = """{
  "id": "evt_a1b2c3",
  "event": "conversation.started",
  "timestamp": "2026-03-27T14:31:00Z",
  "data": {
    "agent_id": "ag_live_xxxx",
    "from": "+4917612345678",
    "session_expires_at": "2026-03-28T14:31:00Z",
    "user_message": {
      "type": "text",
      "text": "Yes, I'm interested!"
    }
  }
}"""
    PERSON = "+4917612345678"

    @pytest.fixture
    def shop(self, vendor: Of) -> Vendor:
        return vendor("arowana")

    def text(self, shop: Vendor, **changes: Any) -> dict[str, Any]:
        return {
            "agent_id": shop.account.parameters["agent_id"],
            "to": self.PERSON,
            "message_type": "MESSAGE",
            "traffic_type": "TRANSACTION",
            "content": {"text": "Your parcel leaves today."},
            **changes,
        }

    def test_the_answer_to_a_send_has_the_pages_figures(self, shop: Vendor):
        answer = shop.post(
            "/v1/messages", self.text(shop), **{"Idempotency-Key": "0d0e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8"}
        )

        example = json.loads(self.ACCEPTED)
        assert (answer.status_code, shape(answer.json())) == (200, shape(example))
        assert (answer.json()["status"], answer.json()["billing"]) == ("queued", example["billing"])

    def test_delivery_is_told_and_read_at_the_pages_moments(self, shop: Vendor):
        shop.listen()
        id = shop.post("/v1/messages", self.text(shop)).json()["message_id"]
        shop.emulator.clock.advance("5s")

        (told,) = shop.told()
        read = shop.client.get(f"/v1/messages/{id}").json()

        assert list(told) == list(json.loads(self.DELIVERED))
        assert has(told, json.loads(self.DELIVERED))
        assert told["data"]["message_id"] == id
        assert has(read, json.loads(self.READ))
        assert [(each["type"], each["at"][-4:]) for each in read["events"]] == [
            ("queued", ":00Z"),
            ("sent", ":01Z"),
            ("delivered", ":05Z"),
        ]

    def test_a_reply_opens_a_session_of_24_hours(self, shop: Vendor):
        shop.listen()
        agent, example = shop.account.parameters["agent_id"], json.loads(self.STARTED)
        refused = shop.post("/v1/messages", self.text(shop, message_type="CONVERSATION"))
        said = example["data"]["user_message"]["text"]
        shop.emulator.inbound(
            api="arowana", account=shop.account, channel="rcs", sender=self.PERSON, to=agent, text=said
        )
        shop.emulator.clock.advance("1s")

        (told,) = shop.told()

        assert refused.status_code == 422
        assert shape(told) == shape(example)
        assert told["data"]["user_message"] == example["data"]["user_message"]
        assert shop.post("/v1/messages", self.text(shop, message_type="CONVERSATION")).status_code == 200
        shop.emulator.clock.advance("24h")
        assert shop.post("/v1/messages", self.text(shop, message_type="CONVERSATION")).status_code == 422

    def test_email_events_have_names_of_their_own(self, shop: Vendor):
        url = shop.sink.url
        shop.emulator.update_account(shop.account, webhooks=[{"url": url, "events": ["message.delivered"]}])
        mail = {
            "channel_id": shop.account.parameters["channel_id"],
            "to": "kim@example.org",
            "subject": "Receipt",
            "message_type": "MESSAGE",
            "content": {"text": "Paid."},
        }
        assert shop.post("/v1/messages", mail).status_code == 200
        shop.emulator.clock.advance("10s")
        assert shop.told() == []

    def test_the_table_of_errors(self, shop: Vendor):
        invalid = shop.post("/v1/messages", self.text(shop, to="nobody"))
        incapable = shop.post("/v1/messages", self.text(shop, to="+12025550122"))
        suppressed = shop.post("/v1/messages", self.text(shop, to="+12025550104"))
        shop.emulator.update_account(shop.account, balance="0.05")
        shop.emulator.fault({"rate_limit": {"limit": 1, "per": "10s"}}, api="arowana")
        poor = shop.post("/v1/messages", self.text(shop))
        limited = shop.post("/v1/messages", self.text(shop))

        assert (invalid.status_code, invalid.json()["details"][0]["field"]) == (400, "to")
        assert incapable.status_code == 404
        assert suppressed.status_code == 422
        assert (poor.status_code, poor.json()["topup_url"][:5]) == (402, "https")
        assert (limited.status_code, limited.json()["retry_after"]) == (429, 10)


class TestBird:
    @pytest.fixture
    def bird(self, vendor: Of) -> Vendor:
        return vendor("bird")

    def path(self, bird: Vendor, rest: str = "/messages", platform: str = "sms-messagebird") -> str:
        workspace = bird.account.parameters["workspaceId"]
        channels: list[dict[str, Any]] = bird.account.fixtures["channels"]  # type: ignore[assignment] # as it is listed
        id = next(each["id"] for each in channels if platform.startswith(each["channel"]) and each["state"] == "active")
        return f"/workspaces/{workspace}/channels/{id}{rest}"

    def text(self, *addresses: str, **changes: Any) -> dict[str, Any]:
        contacts = [{"identifierValue": each} for each in addresses or ("+31600000001",)]
        return {"receiver": {"contacts": contacts}, "body": {"type": "text", "text": {"text": "Hi"}}, **changes}

    def test_a_message_is_accepted_and_its_contact_made(self, bird: Vendor):
        answer = bird.post(self.path(bird), self.text(tags=["Spring", "ONE"], reference="order-17"))

        message = answer.json()
        assert (answer.status_code, message["status"], message["tags"]) == (202, "accepted", ["spring", "one"])
        contact = message["receiver"]["contacts"][0]
        workspace = bird.account.parameters["workspaceId"]
        known = bird.client.get(f"/workspaces/{workspace}/contacts/{contact['id']}").json()
        assert known["featuredIdentifiers"] == [{"key": "phonenumber", "value": "+31600000001"}]

    def test_the_message_has_all_members_of_the_page(self, bird: Vendor):
        body = self.text(tags=["spring"], reference="order-17", scheduledFor="2026-01-01T01:00:00Z")
        id = bird.post(self.path(bird), body).json()["id"]
        bird.emulator.clock.advance("2h")

        message = bird.client.get(self.path(bird, f"/messages/{id}")).json()

        texts = ("bodyId", "channelId", "createdAt", "details", "direction", "id", "lastStatusAt", "platformId")
        more = ("platformReferenceId", "reason", "reference", "scheduledFor", "sendAt", "status")
        assert all(isinstance(message[name], str) for name in (*texts, *more))
        assert isinstance(message["chargeableUnits"], int)
        assert message["ignorePersistedEventhooks"] is False
        assert (message["tags"], len(message["tagIds"])) == (["spring"], 1)
        assert message["status"] == "delivered"

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"receiver": None}, 422),
            ({"body": None}, 422),
            ({"tags": ["x"] * 11}, 422),
            ({"scheduledFor": "2026-02-06T00:00:00Z"}, 422),
            ({"scheduledFor": "2026-02-04T00:00:00Z"}, 202),
            ({"body": {"type": "text", "text": {"text": "x" * 205_000}}}, 413),
        ],
    )
    def test_the_statuses_of_a_send(self, bird: Vendor, change: dict[str, Any], status: int):
        body = {name: value for name, value in (self.text() | change).items() if value is not None}

        answer = bird.post(self.path(bird), body)

        assert answer.status_code == status
        assert status == 202 or {"code", "message"} <= set(answer.json())

    def test_unknown_and_inactive_channels_and_no_json(self, bird: Vendor):
        workspace = bird.account.parameters["workspaceId"]
        channels: list[dict[str, Any]] = bird.account.fixtures["channels"]  # type: ignore[assignment] # as it is listed
        inactive = next(each["id"] for each in channels if each["state"] != "active")

        assert bird.post(f"/workspaces/{workspace}/channels/{workspace}/messages", self.text()).status_code == 404
        assert bird.post(f"/workspaces/{workspace}/channels/{inactive}/messages", self.text()).status_code == 409
        assert bird.post(self.path(bird), "{").status_code == 400

    def test_only_mail_has_several_receivers(self, bird: Vendor):
        two = self.text("+31600000001", "+31600000002")
        mails = self.text("ada@example.org", "bob@example.org")

        assert bird.post(self.path(bird), two).status_code == 422
        assert bird.post(self.path(bird, platform="email-messagebird"), mails).status_code == 202

    @pytest.mark.parametrize("of_channel", [False, True])
    def test_media_is_uploaded_with_the_form_and_fetched_back(self, bird: Vendor, of_channel: bool):
        workspace = bird.account.parameters["workspaceId"]
        whole = f"/workspaces/{workspace}/channel-media/presigned-upload"
        path = self.path(bird, "/presigned-upload") if of_channel else whole

        prepared = bird.post(path, {"contentType": "image/png"})
        form = prepared.json()
        fields = {name: (None, value) for name, value in form["uploadFormData"].items()}
        uploaded = httpx.request(
            form["uploadMethod"], form["uploadUrl"], files={**fields, "file": ("a.png", b"\x89PNG")}, timeout=20
        )
        moved = bird.client.get(form["mediaUrl"])
        fetched = httpx.get(moved.headers["location"], timeout=20)

        assert (prepared.status_code, list(form)) == (200, ["mediaUrl", "uploadUrl", "uploadMethod", "uploadFormData"])
        assert (uploaded.status_code, uploaded.content) == (204, b"")
        assert (moved.status_code, fetched.content, fetched.headers["content-type"]) == (302, b"\x89PNG", "image/png")
        assert bird.post(whole, {"contentType": ""}).status_code == 422

    def test_lists_of_a_channel_and_of_the_workspace(self, bird: Vendor):
        workspace = bird.account.parameters["workspaceId"]
        sent = [bird.post(self.path(bird), self.text()).json()["id"] for _ in range(26)]

        def listed(path: str, **query: Any) -> Any:
            return bird.client.get(path, params=query).json()

        for path in (self.path(bird), f"/workspaces/{workspace}/channels/messages"):
            first = listed(path)
            assert [each["id"] for each in first["results"]] == sent[:0:-1]
            rest = listed(path, pageToken=first["nextPageToken"])
            assert ([each["id"] for each in rest["results"]], "nextPageToken" in rest) == ([sent[0]], False)
            assert [each["id"] for each in listed(path, reverse="true", limit=1)["results"]] == [sent[0]]
            assert {bird.client.get(path, params={"limit": each}).status_code for each in (0, 1001)} == {422}
            assert len(listed(path, limit=1000)["results"]) == 26
