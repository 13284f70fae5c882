"""What customers are told: who hears an event, its body and signature, and how often it is tried."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from emulator.core.outbox import PostOutcome
from emulator.core.records import Channel, WebhookEvent
from emulator.dialects.bird.fixtures import WORKSPACE_ID
from emulator.dialects.bird.webhooks import RULES, signature
from emulator.gateway.inbound import Inbound, receive
from emulator.gateway.telling import begin_attempt, end_attempt, retry_by_hand
from tests.emulator.dialects.bird.conftest import (
    CHANNEL_IDS,
    CONTRACT,
    EMAIL,
    SMS,
    SUBSCRIPTIONS,
    WHATSAPP,
    Api,
    a_text,
)

KEY = "emulator-signing-key"
URL = "http://127.0.0.1:9999/hooks/bird?tenant=a"


def payloads(events: list[WebhookEvent]) -> list[dict[str, Any]]:
    """The payloads of events, each held against the contract."""
    found: list[dict[str, Any]] = []
    for event in events:
        body = json.loads(event.body)
        assert list(body) == ["service", "event", "payload"]
        assert (body["service"], body["event"]) == ("channels", event.type)
        pointer = f"#/webhooks/{event.type}/post/requestBody/content/application~1json/schema"
        assert CONTRACT.schema_problems(pointer, body) == []
        found.append(body["payload"])
    return found


def independent_signature(key: str, timestamp: str, url: str, body: bytes) -> str:
    """As a receiver computes it, after the documentation and with nothing of ours."""
    signed = timestamp.encode() + b"\n" + url.encode() + b"\n" + hashlib.sha256(body).digest()
    return base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()


class TestOutbound:
    def test_each_status_is_told_once_with_the_message_as_it_is_then(self, api: Api):
        api.subscribe()
        sent = api.accepted(reference="order-17")
        api.advance(0.05)
        handed_over = api.message(sent["id"])
        api.advance(0.1)

        told = payloads(api.told("sms.outbound"))

        assert told == [sent, handed_over, api.message(sent["id"])]
        assert [each["status"] for each in told] == ["accepted", "sent", "delivered"]

    def test_a_scheduled_message_is_told_of_and_processed(self, api: Api):
        api.subscribe()
        api.accepted(scheduledFor=(api.world.clock.now + timedelta(hours=1)).isoformat())
        api.advance(3_601)

        statuses = [each["status"] for each in payloads(api.told())]

        assert statuses == ["scheduled", "processing", "sent", "delivered"]

    def test_a_failure_is_told_with_its_cause(self, api: Api):
        api.subscribe()
        api.life("+12025550102")

        last = payloads(api.told())[-1]

        assert (last["status"], last["failure"]["code"]) == ("delivery_failed", 15005)

    def test_a_rejected_entry_of_a_batch_is_told_of(self, api: Api):
        api.subscribe()
        api.post(f"/workspaces/{WORKSPACE_ID}/channels/{SMS}/batch/messages", {"messageRequests": [{}]})
        api.advance(1)

        assert [each["status"] for each in payloads(api.told())] == ["accepted", "rejected"]

    def test_a_receipt_that_comes_twice_is_told_twice_in_the_same_bytes(self, api: Api):
        api.subscribe()
        api.life("+12025550113")

        told = api.told()

        assert [each["status"] for each in payloads(told)] == ["accepted", "sent", "delivered", "delivered"]
        assert told[2].body == told[3].body

    def test_an_answer_that_its_receipt_overtook_is_told_after_it(self, api: Api):
        api.subscribe()
        shown = api.life("+12025550114")

        assert [each["status"] for each in payloads(api.told())] == ["accepted", "delivered", "sent"]
        assert shown["status"] == "delivered"

    def test_mail_to_several_is_told_of_as_one_message(self, api: Api):
        api.subscribe("email.outbound")
        contacts = [{"identifierValue": f"{each}@simulator.example"} for each in ("deliver", "bounce", "flaky")]
        api.life(contacts, EMAIL)

        assert [each["status"] for each in payloads(api.told())] == ["accepted", "sent", "delivered"]

    @pytest.mark.parametrize(
        ("platform", "event"),
        [
            ("sms-messagebird", "sms"),
            ("email-messagebird", "email"),
            ("whatsapp", "whatsapp"),
            ("facebook", "facebook"),
            ("instagram", "instagram"),
            ("telegram", "telegram"),
            ("line", "line"),
        ],
    )
    def test_each_platform_has_events_of_its_own(self, api: Api, platform: str, event: str):
        api.subscribe(f"{event}.outbound")
        api.life("ada@example.com" if event == "email" else "+31600000001", CHANNEL_IDS[platform])

        assert len(payloads(api.told(f"{event}.outbound"))) == 3

    def test_voice_has_no_events(self, api: Api):
        api.subscribe()

        assert api.life(channel=CHANNEL_IDS["voice-messagebird"])["status"] == "delivered"
        assert api.told() == []


class TestInteractions:
    def test_an_interaction_is_told_as_it_is_read(self, api: Api):
        api.subscribe("whatsapp.interaction")
        shown = api.life("+12025550116", WHATSAPP)

        assert payloads(api.told()) == api.interactions(shown["id"], WHATSAPP)

    def test_several_types_need_several_subscriptions(self, api: Api):
        api.subscribe("whatsapp.interaction", eventFilters=[{"key": "interactionType", "value": "clicked"}])
        api.life("+12025550116", WHATSAPP)

        assert [each["type"] for each in payloads(api.told())] == ["clicked"]


class TestInbound:
    def write(self, api: Api, channel: Channel = Channel.SMS, to: str = "+31970000000", **facts: Any) -> None:
        person = "ada@example.com" if channel is Channel.EMAIL else "+31600000001"
        facts.setdefault("text", "Hello")
        receive(
            api.world, Inbound(api="bird", account_id=WORKSPACE_ID, channel=channel, person=person, sender=to, **facts)
        )

    def test_what_a_person_writes_is_told_as_it_is_read(self, api: Api):
        api.subscribe("sms.inbound")
        self.write(api, text="STOP")

        (told,) = payloads(api.told("sms.inbound"))

        assert told["body"] == a_text("STOP")
        assert (told["direction"], told["status"]) == ("incoming", "delivered")
        assert told == api.message(told["id"])

    def test_mail_is_of_type_html_with_a_message_id(self, api: Api):
        api.subscribe("email.inbound")
        self.write(api, Channel.EMAIL, "orders@shop.example.com", text="Where <is> it?")

        (told,) = payloads(api.told())

        assert told["body"] == {
            "type": "html",
            "html": {"text": "Where <is> it?", "html": "<p>Where &lt;is&gt; it?</p>"},
        }
        assert told["sender"]["contact"]["identifierKey"] == "emailaddress"
        assert told["parts"][0]["platformReference"].endswith("@example.com>")

    def test_a_scripted_reply_says_what_it_answers(self, api: Api):
        api.subscribe("sms.inbound")
        shown = api.life("+12025550111")

        (told,) = payloads(api.told())

        assert told["replyTo"] == {"id": shown["id"], "type": "message"}
        assert told["body"] == a_text("Simulated reply")

    def test_an_answer_may_name_what_was_received(self, api: Api):
        api.subscribe("sms.inbound")
        self.write(api)
        (told,) = payloads(api.told())

        sent = api.accepted(replyTo={"id": told["id"], "type": "message"})

        assert sent["replyTo"] == {"id": told["id"], "type": "message"}
        refused = api.send(channel=WHATSAPP, replyTo={"id": told["id"], "type": "message"})
        assert refused.details == {".replyTo.id": ["message not found"]}, "another channel received it"

    @pytest.mark.parametrize(
        ("rich", "body"),
        [
            (
                {"media": {"contentType": "image/png", "mediaUrl": "https://files.example.com/a.png"}},
                {
                    "type": "image",
                    "image": {"images": [{"mediaUrl": "https://files.example.com/a.png"}], "text": "Hello"},
                },
            ),
            (
                {"media": {"contentType": "application/pdf", "mediaUrl": "https://x.example/a", "filename": "a.pdf"}},
                {
                    "type": "file",
                    "file": {
                        "files": [
                            {
                                "mediaUrl": "https://x.example/a",
                                "contentType": "application/pdf",
                                "filename": "a.pdf",
                            }
                        ],
                        "text": "Hello",
                    },
                },
            ),
            (
                {
                    "media": {
                        "contentType": "image/webp",
                        "mediaUrl": "https://x.example/s",
                        "metadata": {"isAnimated": True},
                    }
                },
                {
                    "type": "file",
                    "file": {
                        "files": [
                            {
                                "mediaUrl": "https://x.example/s",
                                "contentType": "image/webp",
                                "metadata": {"isAnimated": True},
                            }
                        ],
                        "text": "Hello",
                    },
                },
            ),
            (
                {"location": {"latitude": 52.1, "longitude": 4.5, "label": "The shop"}},
                {
                    "type": "location",
                    "location": {
                        "coordinates": {"latitude": 52.1, "longitude": 4.5},
                        "location": {"label": "The shop"},
                    },
                },
            ),
        ],
    )
    def test_what_is_more_than_text(self, api: Api, rich: Any, body: Any):
        api.subscribe("whatsapp.inbound")
        self.write(api, Channel.WHATSAPP, "+31970000002", rich=rich)

        (told,) = payloads(api.told())

        assert told["body"] == body

    def test_a_tap_on_a_quick_reply_is_a_text_with_its_words(self, api: Api):
        api.subscribe("whatsapp.inbound")
        self.write(api, Channel.WHATSAPP, "+31970000002", text=None, rich={"suggestion": {"text": "Yes please"}})

        assert payloads(api.told())[0]["body"] == a_text("Yes please")

    def test_a_person_who_writes_becomes_a_contact(self, api: Api):
        api.subscribe("email.inbound")
        self.write(api, Channel.EMAIL, "orders@shop.example.com")

        contact = payloads(api.told())[0]["sender"]["contact"]["id"]

        assert api.accepted("ada@example.com", EMAIL)["receiver"]["contacts"][0]["id"] == contact


class TestWhoHears:
    @pytest.mark.parametrize(
        ("filters", "statuses"),
        [
            (None, ["accepted", "sent", "delivered"]),
            ([], ["accepted", "sent", "delivered"]),
            ([{"key": "channelId", "value": SMS}], ["accepted", "sent", "delivered"]),
            ([{"key": "channelId", "value": EMAIL}], []),
            ([{"key": "messageStatus", "value": "delivered"}], ["delivered"]),
            ([{"key": "messageStatus", "value": "sent"}, {"key": "channelId", "value": SMS}], ["sent"]),
            ([{"key": "messageStatus", "value": "sent"}, {"key": "channelId", "value": EMAIL}], []),
            ([{"key": "platformId", "value": "sms-messagebird"}], ["accepted", "sent", "delivered"]),
            ([{"key": "interactionType", "value": "clicked"}], []),
        ],
    )
    def test_all_filters_have_to_match(self, api: Api, filters: Any, statuses: list[str]):
        api.subscribe(eventFilters=filters)
        api.life()

        assert [each["status"] for each in payloads(api.told())] == statuses

    def test_every_matching_subscription_hears_it(self, api: Api):
        api.subscribe(url="http://127.0.0.1:9001/a")
        api.subscribe(url="http://127.0.0.1:9002/b")
        api.subscribe("email.outbound", url="http://127.0.0.1:9003/c")
        api.accepted()

        assert [each.url for each in api.told()] == ["http://127.0.0.1:9001/a", "http://127.0.0.1:9002/b"]

    def test_subscriptions_to_other_services_never_fire(self, api: Api):
        api.subscribe(service="conversations")
        api.life()

        assert api.told() == []

    def test_a_message_s_own_address_hears_what_a_subscription_matches(self, api: Api):
        own = {"url": "http://127.0.0.1:9000/own"}
        api.accepted(notification=own)
        assert api.told() == [], "there is no subscription"

        api.subscribe(eventFilters=[{"key": "messageStatus", "value": "accepted"}])
        api.life(notification=own)

        assert [each.url for each in api.told()] == [URL, own["url"]]
        assert api.told()[0].body == api.told()[1].body


class TestSignature:
    def attempt(self, api: Api, event: WebhookEvent, status: int = 200) -> dict[str, str]:
        """Make one attempt; returns its headers."""
        ready = next(each for each in api.world.ready if each.event_id == event.id)
        api.world.ready.remove(ready)
        begun = begin_attempt(api.world, ready)
        assert begun is not None
        end_attempt(api.world, event.id, begun[1], PostOutcome(status))
        return dict(begun[1].headers)

    def test_the_vector_of_the_documentation(self):
        body = (
            b'{"service":"channels","event":"sms.outbound",'
            b'"payload":{"id":"5f0c5b0e-5b1e-4f5c-9f4e-0a0d6f6b2a11","status":"delivered"}}'
        )

        assert signature(KEY, "1767225600", URL, body) == "BhadW37vMV9qiU7OoKBLlanYhqRXhnxRFzlJ2Z5aA2Y="
        assert independent_signature(KEY, "1767225600", URL, body) == "BhadW37vMV9qiU7OoKBLlanYhqRXhnxRFzlJ2Z5aA2Y="

    def test_a_receiver_can_verify_an_attempt(self, api: Api):
        api.subscribe()
        api.accepted()
        (event,) = api.told()

        headers = self.attempt(api, event)

        assert headers == {
            "Content-Type": "application/json",
            "MessageBird-Signature": independent_signature(KEY, "1767225600", URL, event.body),
            "MessageBird-Request-Timestamp": "1767225600",
        }

    def test_a_message_s_own_address_is_signed_with_the_subscription_s_key(self, api: Api):
        api.subscribe()
        api.accepted(notification={"url": "http://127.0.0.1:9000/own"})
        own = api.told()[1]

        signed = self.attempt(api, own)["MessageBird-Signature"]

        assert signed == independent_signature(KEY, "1767225600", "http://127.0.0.1:9000/own", own.body)

    def test_without_a_key_nothing_is_signed(self, api: Api):
        api.subscribe(signingKey="")
        api.accepted()

        assert self.attempt(api, api.told()[0]) == {"Content-Type": "application/json"}

    def test_a_retry_repeats_the_first_timestamp_and_signature_for_nearly_eight_hours(self, api: Api):
        api.subscribe()
        api.accepted()
        (event,) = api.told()
        began = api.world.clock.now
        signed = self.attempt(api, event, 500)
        made = [0.0]
        while api.world.clock.timers:
            api.advance((api.world.clock.timers[0].due_at - api.world.clock.now).total_seconds())
            if any(each.event_id == event.id for each in api.world.ready):
                made.append((api.world.clock.now - began).total_seconds())
                assert self.attempt(api, event, 500) == signed

        assert made == [0, 10, 40, 100, 400, 1300, 3100, 6700, 13900, 28300]
        assert api.told()[0].state == "failed"
        assert made[-1] == timedelta(hours=7, minutes=51, seconds=40).total_seconds()

    def test_an_attempt_by_hand_repeats_it_too(self, api: Api):
        api.subscribe()
        api.accepted()
        (event,) = api.told()
        signed = self.attempt(api, event)
        api.advance(100)
        retry_by_hand(api.world, event.id)

        assert self.attempt(api, event) == signed

    @pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (299, True), (301, False), (404, False)])
    def test_only_2xx_is_success(self, status: int, taken: bool):
        assert RULES.is_success(status) is taken


def test_channels_are_told_of(api: Api):
    api.subscribe("channel.updated", eventFilters=[{"key": "channelId", "value": SMS}])

    api.patch(f"/workspaces/{WORKSPACE_ID}/channels/{SMS}", {"name": "Texts"})
    api.patch(f"/workspaces/{WORKSPACE_ID}/channels/{EMAIL}", {"name": "Mails"})

    (told,) = payloads(api.told())
    assert told["name"] == "Texts"


def test_a_subscription_that_is_gone_hears_nothing(api: Api):
    made = api.subscribe()
    assert api.delete(f"{SUBSCRIPTIONS}/{made['id']}").status == 204
    api.life()

    assert api.told() == []
