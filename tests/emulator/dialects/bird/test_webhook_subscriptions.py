"""Who is told about events: subscriptions with filters, five alike at most, and the log of what was not taken."""

import json
from datetime import timedelta
from typing import Any

import pytest

from emulator.core.outbox import PostOutcome
from emulator.core.records import WebhookEndpoint
from emulator.dialects.bird.fixtures import CONTACT_ID, ORGANIZATION_ID, OTHER_WORKSPACE_ID, WORKSPACE_ID
from emulator.gateway import telling
from tests.emulator.dialects.bird.conftest import (
    EMAIL,
    ORGANIZATION,
    SMS,
    SUBSCRIPTIONS,
    WHATSAPP,
    WORKSPACE,
    Answer,
    Api,
)

NOWHERE = "00000000-0000-4000-8000-000000000000"
SHORT = f"{WORKSPACE}/webhook-subscriptions"
OF_THE_SMS_CHANNEL = [{"key": "channelId", "value": SMS}]

# The example of the contract, "createWebhookSubscription".
THE_EXAMPLE: dict[str, Any] = {
    "service": "channels",
    "event": "sms.outbound",
    "eventFilters": OF_THE_SMS_CHANNEL,
    "url": "http://127.0.0.1:9000/hooks/bird",
    "signingKey": "emulator-signing-key",
}


def made(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(SUBSCRIPTIONS, {k: v for k, v in (THE_EXAMPLE | changes).items() if v is not ...})
    assert answer.status == 201, answer
    return answer.json


def not_found(thing: str) -> tuple[int, dict[str, str]]:
    message = f"The requested resource does not exist: {thing} not found"
    return 404, {"code": "ResourceNotFound", "message": message}


def outcome(answer: Answer) -> tuple[int, dict[str, str]]:
    return answer.status, answer.json


class TestSubscribing:
    def test_the_answer_is_that_of_the_contract(self, api: Api):
        api.advance(0.123)

        subscription = made(api)

        assert subscription == {
            "id": subscription["id"],
            "organizationId": ORGANIZATION_ID,
            "workspaceId": WORKSPACE_ID,
            "service": "channels",
            "event": "sms.outbound",
            "eventFilters": OF_THE_SMS_CHANNEL,
            "url": "http://127.0.0.1:9000/hooks/bird",
            "signingKey": "emulator-signing-key",
            "status": "active",
            "createdAt": "2026-01-01T00:00:00.123Z",
            "updatedAt": "2026-01-01T00:00:00.123Z",
        }

    def test_the_key_is_shown_once(self, api: Api):
        subscription = made(api)
        without = {name: value for name, value in subscription.items() if name != "signingKey"}

        assert api.get(f"{SUBSCRIPTIONS}/{subscription['id']}").json == without
        assert api.get(SUBSCRIPTIONS).json == {"results": [without]}

    def test_what_is_not_given_is_not_shown(self, api: Api):
        subscription = made(api, eventFilters=None, signingKey=...)

        assert not {"eventFilters", "template", "signingKey"} & set(subscription)

    def test_a_template_is_kept(self, api: Api):
        assert made(api, template="twilio")["template"] == "twilio"

    @pytest.mark.parametrize(
        "url",
        [
            "https://shop.example.com/hooks",
            "https://shop.example.com",
            "http://127.0.0.1:9999/hooks/bird?tenant=a",
            "http://localhost:9999",
            "http://[::1]:9999/a#b",
            "http://receiver:8080/hooks",
            "http://host.docker.internal/hooks",
        ],
    )
    def test_any_web_address_is_taken(self, api: Api, url: str):
        assert made(api, url=url)["url"] == url

    @pytest.mark.parametrize(
        "url", ["", "shop.example.com", "ftp://shop.example.com", "https://", "https://a b", "https://me:pw@x.example/"]
    )
    def test_anything_else_is_no_address(self, api: Api, url: str):
        refused = api.post(SUBSCRIPTIONS, THE_EXAMPLE | {"url": url})

        assert refused.details == {".url": ["string doesn't match the expected format"]}

    @pytest.mark.parametrize(
        ("changes", "details"),
        [
            ({"service": ...}, {".service": ["Property 'service' is missing"]}),
            ({"event": ...}, {".event": ["Property 'event' is missing"]}),
            ({"url": ...}, {".url": ["Property 'url' is missing"]}),
            (
                {"service": "mail"},
                {
                    ".service": [
                        'Invalid value: "mail", expected one of: "channels", "numbers", "payments", "conversations"'
                    ]
                },
            ),
            ({"event": "sms.delivered"}, {".event": ["string doesn't match the expected format"]}),
            ({"event": "channel.removed"}, {".event": ["string doesn't match the expected format"]}),
            ({"eventFilters": {}}, {".eventFilters": ["value must be an array"]}),
            (
                {"eventFilters": [{"key": "channelId"}]},
                {".eventFilters[0].value": ["Property 'value' is missing"]},
            ),
            (
                {"eventFilters": [{"key": "colour", "value": "red"}]},
                {
                    ".eventFilters[0].key": [
                        'Invalid value: "colour", expected one of: "channelId", "messageStatus", "interactionType", "platformId", "channelStatus"'
                    ]
                },
            ),
            (
                {"eventFilters": [*OF_THE_SMS_CHANNEL, {"key": "channelId", "value": EMAIL}]},
                {".eventFilters": ["only one 'channelId' is allowed"]},
            ),
        ],
    )
    def test_a_bad_member_is_refused(self, api: Api, changes: dict[str, Any], details: dict[str, list[str]]):
        body = {name: value for name, value in (THE_EXAMPLE | changes).items() if value is not ...}

        assert api.post(SUBSCRIPTIONS, body).details == details

    def test_unknown_members_are_ignored(self, api: Api):
        assert "status2" not in made(api, status2="x")

    @pytest.mark.parametrize("service", ["numbers", "payments", "conversations"])
    def test_other_services_are_taken_and_never_tell(self, api: Api, service: str):
        made(api, service=service, event="sms.outbound", eventFilters=[{"key": "any", "value": "x"}])

        api.life()

        assert api.told() == []

    def test_five_may_be_alike(self, api: Api):
        for number in range(5):
            made(api, url=f"http://127.0.0.1:9000/{number}", eventFilters=None)

        sixth = api.post(SUBSCRIPTIONS, THE_EXAMPLE | {"eventFilters": []})

        assert outcome(sixth) == (
            409,
            {"code": "Conflict", "message": "At most five webhook subscriptions may have the same filters"},
        )
        made(api)
        made(api, event="sms.inbound", eventFilters=None)
        api.delete(f"{SUBSCRIPTIONS}/{api.get(f'{SUBSCRIPTIONS}?reverse=true').json['results'][0]['id']}")
        made(api, eventFilters=None)

    def test_the_order_of_filters_makes_no_difference(self, api: Api):
        filters = [*OF_THE_SMS_CHANNEL, {"key": "messageStatus", "value": "sent"}]
        for _ in range(5):
            made(api, eventFilters=filters)

        assert api.post(SUBSCRIPTIONS, THE_EXAMPLE | {"eventFilters": filters[::-1]}).status == 409

    def test_a_viewer_may_not(self, api: Api):
        assert api.post(SUBSCRIPTIONS, THE_EXAMPLE, key=api.viewer_key).status == 403


class TestFilters:
    def told_after(self, api: Api, event: str, *filters: tuple[str, str]) -> list[tuple[str, str]]:
        """Subscribe, let messages to SMS and WhatsApp be delivered and read; gives events and statuses."""
        made(api, event=event, eventFilters=[{"key": key, "value": value} for key, value in filters])
        api.life("+31600000001", SMS)
        api.life("+12025550110", WHATSAPP)
        bodies = [json.loads(told.body) for told in api.told()]
        return [(body["event"], body["payload"].get("status") or body["payload"]["type"]) for body in bodies]

    def test_without_one_every_event_of_the_type_is_told(self, api: Api):
        assert self.told_after(api, "sms.outbound") == [
            ("sms.outbound", "accepted"),
            ("sms.outbound", "sent"),
            ("sms.outbound", "delivered"),
        ]

    @pytest.mark.parametrize(
        ("filters", "statuses"),
        [
            ([("channelId", SMS)], ["accepted", "sent", "delivered"]),
            ([("channelId", EMAIL)], []),
            ([("messageStatus", "sent")], ["sent"]),
            ([("platformId", "sms-messagebird"), ("messageStatus", "delivered")], ["delivered"]),
            ([("platformId", "whatsapp"), ("messageStatus", "delivered")], []),
            ([("interactionType", "read")], []),
        ],
    )
    def test_all_have_to_match(self, api: Api, filters: list[tuple[str, str]], statuses: list[str]):
        assert [status for _, status in self.told_after(api, "sms.outbound", *filters)] == statuses

    @pytest.mark.parametrize(("type", "count"), [("read", 1), ("clicked", 0)])
    def test_interactions_are_told_by_type(self, api: Api, type: str, count: int):
        told = self.told_after(api, "whatsapp.interaction", ("interactionType", type))

        assert told == [("whatsapp.interaction", type)] * count


class TestReading:
    def test_the_newest_come_first_and_in_pages(self, api: Api):
        ids = [made(api, event=f"{name}.inbound")["id"] for name in ("sms", "email", "line")]

        first = api.get(f"{SUBSCRIPTIONS}?limit=2").json
        second = api.get(f"{SUBSCRIPTIONS}?limit=2&pageToken={first['nextPageToken']}").json

        assert [each["id"] for page in (first, second) for each in page["results"]] == ids[::-1]
        assert [each["id"] for each in api.get(f"{SUBSCRIPTIONS}?reverse=true").json["results"]] == ids
        assert api.get(f"{SUBSCRIPTIONS}?limit=101").details == {".limit": ["number must be at most 100"]}

    def test_the_short_path_reads_the_same(self, api: Api):
        id = made(api)["id"]

        assert api.get(SHORT).json == api.get(SUBSCRIPTIONS).json
        assert api.get(f"{SHORT}/{id}").json == api.get(f"{SUBSCRIPTIONS}/{id}").json

    @pytest.mark.parametrize("path", [SHORT, f"{SHORT}/{NOWHERE}"])
    def test_the_short_path_is_for_reading_only(self, api: Api, path: str):
        refused = api.post(path, THE_EXAMPLE)

        assert (refused.status, refused.headers["allow"]) == (405, "GET")

    def test_what_is_not_there_is_a_404(self, api: Api):
        id = made(api)["id"]
        elsewhere = f"{ORGANIZATION}/workspaces/{OTHER_WORKSPACE_ID}/webhook-subscriptions"

        for path in (f"{SUBSCRIPTIONS}/{NOWHERE}", f"{elsewhere}/{id}", f"{SUBSCRIPTIONS}/{CONTACT_ID}"):
            for answer in (
                api.get(path),
                api.patch(path, {}),
                api.delete(path),
                api.get(f"{path}/logs"),
                api.get(f"{path}/logs/details?requestId=x"),
            ):
                assert outcome(answer) == not_found("webhook subscription")
        assert outcome(api.get(f"{SHORT}/{NOWHERE}")) == not_found("webhook subscription")

    def test_the_organization_has_to_be_the_keys(self, api: Api):
        path = SUBSCRIPTIONS.replace(ORGANIZATION_ID, NOWHERE)

        assert outcome(api.get(path)) == not_found("organization")
        assert outcome(api.post(path, THE_EXAMPLE)) == not_found("organization")

    def test_one_that_the_control_api_made_is_shown_as_well(self, api: Api):
        endpoint = WebhookEndpoint(
            id=CONTACT_ID,
            api="bird",
            account_id=WORKSPACE_ID,
            url="http://127.0.0.1:9000/",
            secret="s",
            created_at=api.world.clock.now,
        )
        api.world.store.endpoints.put(endpoint)

        (shown,) = api.get(SUBSCRIPTIONS).json["results"]

        assert (shown["service"], shown["event"], shown["updatedAt"]) == ("channels", "*", "2026-01-01T00:00:00Z")

    def test_a_viewer_may_look(self, api: Api):
        assert api.get(SUBSCRIPTIONS, key=api.viewer_key).status == 200
        assert api.get(SHORT, key=api.viewer_key).status == 200


class TestChanging:
    def test_only_what_is_given_changes(self, api: Api):
        before = made(api)
        api.advance(1)

        changed = api.patch(f"{SUBSCRIPTIONS}/{before['id']}", {"url": "http://127.0.0.1:9000/hooks/bird-2"})

        expected = before | {"url": "http://127.0.0.1:9000/hooks/bird-2", "updatedAt": "2026-01-01T00:00:01Z"}
        del expected["signingKey"]
        assert (changed.status, changed.json) == (200, expected)
        assert api.get(f"{SUBSCRIPTIONS}/{before['id']}").json == expected

    def test_later_events_go_by_the_new_rules(self, api: Api):
        id = made(api)["id"]
        body = {
            "url": "http://127.0.0.1:9000/new",
            "signingKey": "",
            "eventFilters": [{"key": "messageStatus", "value": "delivered"}],
            "template": "twilio",
        }

        assert api.patch(f"{SUBSCRIPTIONS}/{id}", body).json["template"] == "twilio"
        api.life()

        (told,) = api.told()
        assert (told.url, json.loads(told.body)["payload"]["status"]) == ("http://127.0.0.1:9000/new", "delivered")
        assert api.world.store.endpoints[id].secret == ""

    def test_filters_can_be_taken_away(self, api: Api):
        id = made(api)["id"]

        assert "eventFilters" not in api.patch(f"{SUBSCRIPTIONS}/{id}", {"eventFilters": None}).json

    def test_it_must_not_become_the_sixth_alike(self, api: Api):
        for _ in range(5):
            made(api)
        id = made(api, eventFilters=None)["id"]

        assert api.patch(f"{SUBSCRIPTIONS}/{id}", {"eventFilters": OF_THE_SMS_CHANNEL}).status == 409
        assert api.patch(f"{SUBSCRIPTIONS}/{id}", {"url": "http://127.0.0.1:1/"}).status == 200

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"url": "ftp://x"}, ".url"),
            ({"eventFilters": [{"key": "colour", "value": "red"}]}, ".eventFilters[0].key"),
            ({"eventFilters": OF_THE_SMS_CHANNEL * 2}, ".eventFilters"),
            ({"signingKey": 1}, ".signingKey"),
        ],
    )
    def test_a_bad_member_is_refused(self, api: Api, body: Any, path: str):
        assert list(api.patch(f"{SUBSCRIPTIONS}/{made(api)['id']}", body).details) == [path]

    def test_a_viewer_may_not(self, api: Api):
        assert api.patch(f"{SUBSCRIPTIONS}/{NOWHERE}", {}, key=api.viewer_key).status == 403


class TestUnsubscribing:
    def test_nothing_more_is_told(self, api: Api):
        id = made(api)["id"]

        answer = api.delete(f"{SUBSCRIPTIONS}/{id}")
        api.life()

        assert (answer.status, answer.body) == (204, b"")
        assert api.get(f"{SUBSCRIPTIONS}/{id}").status == 404
        assert api.told() == []

    def test_retries_are_dropped(self, api: Api):
        id = made(api)["id"]
        api.accepted()
        attempted(api, 500)

        api.delete(f"{SUBSCRIPTIONS}/{id}")
        api.advance(10)

        assert attempted(api, 200) == 0

    def test_a_viewer_may_not(self, api: Api):
        assert api.delete(f"{SUBSCRIPTIONS}/{NOWHERE}", key=api.viewer_key).status == 403


def attempted(api: Api, status: int | None, body: str = "") -> int:
    """Let every attempt that is due be answered so; says how many there were."""
    count = 0
    while api.world.ready:
        begun = telling.begin_attempt(api.world, api.world.ready.popleft())
        if begun is not None:
            event, attempt = begun
            error = None if status is not None else "refused"
            telling.end_attempt(api.world, event.id, attempt, PostOutcome(status, body, error))
            count += 1
    return count


class TestLog:
    def logs(self, api: Api, id: str, query: str = "") -> list[dict[str, Any]]:
        answer = api.get(f"{SUBSCRIPTIONS}/{id}/logs{query}")
        assert answer.status == 200, answer
        return answer.json["results"]

    def test_what_was_taken_at_once_is_not_in_it(self, api: Api):
        id = made(api)["id"]
        api.accepted()

        attempted(api, 204)

        assert self.logs(api, id) == []

    def test_what_was_refused_is_and_what_the_last_attempt_brought(self, api: Api):
        id = made(api)["id"]
        api.advance(0.5)
        api.accepted()
        attempted(api, 500, "Internal Server Error")

        (entry,) = self.logs(api, id)

        assert entry == {
            "requestId": entry["requestId"],
            "attemptCount": 1,
            "httpStatusCode": 500,
            "executionStatus": "failed",
            "createdAt": "2026-01-01T00:00:00.5Z",
        }
        details = api.get(f"{SUBSCRIPTIONS}/{id}/logs/details?requestId={entry['requestId']}").json
        request = json.loads(details.pop("requestBody"))
        assert (request["event"], request["payload"]["status"]) == ("sms.outbound", "accepted")
        assert details == entry | {"responseBody": "Internal Server Error"}

    def test_what_a_retry_brought_home_succeeded(self, api: Api):
        id = made(api, eventFilters=[{"key": "messageStatus", "value": "accepted"}])["id"]
        api.accepted()
        attempted(api, 503)
        api.advance(10)
        attempted(api, 200, "ok")

        (entry,) = self.logs(api, id)

        assert (entry["attemptCount"], entry["httpStatusCode"], entry["executionStatus"]) == (2, 200, "succeeded")

    def test_where_nobody_answered_there_is_no_status(self, api: Api):
        id = made(api, eventFilters=[{"key": "messageStatus", "value": "accepted"}])["id"]
        api.accepted()
        attempted(api, None)
        for seconds in (10, 30, 60, 300, 900, 1800, 3600, 7200, 14400):
            api.advance(seconds)
            assert attempted(api, None) == 1
        api.advance(86400)

        (entry,) = self.logs(api, id)

        assert attempted(api, None) == 0, "ten attempts, and no more"
        assert entry == {
            "requestId": entry["requestId"],
            "attemptCount": 10,
            "executionStatus": "failed",
            "createdAt": "2026-01-01T00:00:00Z",
        }
        details = api.get(f"{SUBSCRIPTIONS}/{id}/logs/details?requestId={entry['requestId']}").json
        assert details["responseBody"] == ""

    def test_one_that_was_sent_again_by_hand_never_failed(self, api: Api):
        id = made(api)["id"]
        api.accepted()
        attempted(api, 200)
        (told,) = api.told()
        telling.retry_by_hand(api.world, told.id)
        attempted(api, 200)

        assert self.logs(api, id) == []
        answer = api.get(f"{SUBSCRIPTIONS}/{id}/logs/details?requestId={told.id}")
        assert outcome(answer) == not_found("webhook subscription log")

    def test_it_is_newest_first_in_pages_and_filtered_by_how_it_ended(self, api: Api):
        id = made(api, eventFilters=[{"key": "messageStatus", "value": "accepted"}])["id"]
        for number in range(4):
            api.accepted()
            attempted(api, 500)
            if number % 2:
                api.advance(10)
                attempted(api, 200)
            api.advance(1)
        entries = self.logs(api, id)

        first = api.get(f"{SUBSCRIPTIONS}/{id}/logs?limit=3").json
        second = api.get(f"{SUBSCRIPTIONS}/{id}/logs?limit=3&pageToken={first['nextPageToken']}").json

        assert [each["createdAt"] for each in entries] == sorted((e["createdAt"] for e in entries), reverse=True)
        assert [*first["results"], *second["results"]] == entries
        ended = [
            [each["executionStatus"] for each in self.logs(api, id, f"?executionStatus={word}")]
            for word in ("succeeded", "failed")
        ]
        assert len(ended[0]) + len(ended[1]) == 4
        assert set(ended[0]) <= {"succeeded"}
        assert set(ended[1]) <= {"failed"}
        assert self.logs(api, id, "?reverse=true") == entries, "an unknown name is ignored"

    def test_it_goes_back_seven_days(self, api: Api):
        id = made(api, eventFilters=[{"key": "messageStatus", "value": "accepted"}])["id"]
        api.accepted()
        attempted(api, 500)
        api.world.clock.move_to(api.world.clock.now + timedelta(days=7))
        (entry,) = self.logs(api, id)

        api.world.clock.move_to(api.world.clock.now + timedelta(seconds=1))

        assert self.logs(api, id) == []
        answer = api.get(f"{SUBSCRIPTIONS}/{id}/logs/details?requestId={entry['requestId']}")
        assert outcome(answer) == not_found("webhook subscription log")

    def test_each_subscription_has_its_own(self, api: Api):
        one, other = made(api)["id"], made(api, event="sms.inbound", eventFilters=None)["id"]
        api.accepted()
        attempted(api, 500)

        (entry,) = self.logs(api, one)

        assert self.logs(api, other) == []
        answer = api.get(f"{SUBSCRIPTIONS}/{other}/logs/details?requestId={entry['requestId']}")
        assert outcome(answer) == not_found("webhook subscription log")

    @pytest.mark.parametrize(
        ("query", "details"),
        [
            ("logs?limit=101", {".limit": ["number must be at most 100"]}),
            (
                "logs?executionStatus=pending",
                {".executionStatus": ['Invalid value: "pending", expected one of: "succeeded", "failed"']},
            ),
            ("logs/details", {".requestId": ["Property 'requestId' is missing"]}),
            ("logs/details?requestId=", {".requestId": ["minimum string length is 1"]}),
        ],
    )
    def test_a_bad_query_is_refused(self, api: Api, query: str, details: dict[str, list[str]]):
        assert api.get(f"{SUBSCRIPTIONS}/{made(api)['id']}/{query}").details == details

    def test_a_viewer_may_look(self, api: Api):
        assert api.get(f"{SUBSCRIPTIONS}/{made(api)['id']}/logs", key=api.viewer_key).status == 200


def test_every_event_that_can_be_subscribed_to_is_listed(api: Api):
    (channels,) = api.get(f"{WORKSPACE}/available-webhooks").json["results"]

    assert channels["service"] == "channels"
    events = {each["name"]: each["filterKeys"] for each in channels["events"]}
    platforms = ("sms", "email", "whatsapp", "facebook", "instagram", "telegram", "line")
    kinds = ("inbound", "outbound", "interaction")
    assert list(events) == [
        *(f"{platform}.{kind}" for platform in platforms for kind in kinds),
        "channel.created",
        "channel.updated",
    ]
    assert events["sms.outbound"] == ["channelId", "platformId", "messageStatus"]
    assert events["channel.created"] == ["channelId", "platformId", "channelStatus"]
    for name, keys in events.items():
        made(api, event=name, eventFilters=[{"key": key, "value": "x"} for key in keys])


def test_the_available_webhooks_are_those_of_a_workspace(api: Api):
    assert outcome(api.get(f"/workspaces/{NOWHERE}/available-webhooks")) == not_found("workspace")
