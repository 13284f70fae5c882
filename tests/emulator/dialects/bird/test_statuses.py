"""The life of a message: one status, in the order that the documentation allows, whatever happens to its recipients."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core.records import EventType, Origin, Status
from emulator.dialects.bird import statuses, vocabulary
from emulator.dialects.bird.policy import POLICY
from emulator.dialects.bird.statuses import Step, history, news, steps
from emulator.gateway.reporting import cancel
from tests.builders import NOON, a_message, a_recipient, an_event
from tests.emulator.dialects.bird.conftest import CHANNEL_IDS, CONTRACT, EMAIL, SMS, WHATSAPP, Api

E = EventType

ALL = set(CONTRACT.document["components"]["schemas"]["Message"]["properties"]["status"]["enum"])


def words(*events: Any, **changes: Any) -> list[str]:
    """The statuses of one recipient that these events happened to, a second apart."""
    made = [an_event(type=E.QUEUED)]
    for place, each in enumerate(events, 1):
        facts = {"type": each} if isinstance(each, EventType) else each
        made.append(an_event(**{"at": NOON + timedelta(seconds=place), **facts}))
    return [step.status for step in steps(a_message(**changes), made)]


RECEIPT = {"origin": Origin.RECEIPT}


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([E.SENDING, E.SENT, E.DELIVERED], ["accepted", "sent", "delivered"]),
        ([E.SENDING, {"type": E.FAILED, "origin": Origin.ANSWER}], ["accepted", "sending_failed"]),
        ([E.SENDING, E.SENT, {"type": E.FAILED, **RECEIPT}], ["accepted", "sent", "delivery_failed"]),
        ([E.SENDING, E.SENT, {"type": E.BOUNCED, **RECEIPT}], ["accepted", "sent", "delivery_failed"]),
        ([E.SENDING, E.SENT, E.EXPIRED], ["accepted", "sent", "delivery_failed"]),
        ([E.EXPIRED], ["accepted", "sending_failed"]),
        ([E.SUPPRESSED], ["accepted", "sending_failed"]),
        (
            [E.SENDING, E.RETRY_SCHEDULED, E.RETRY_SCHEDULED, E.SENT, E.DELIVERED],
            ["accepted", "processing", "sent", "delivered"],
        ),
        ([E.SENDING, E.RETRY_SCHEDULED, E.FAILED], ["accepted", "processing", "sending_failed"]),
        ([E.SENDING, {"type": E.FAILED, **RECEIPT}, E.SENT], ["accepted", "sent", "delivery_failed"]),
        ([E.SENDING, {"type": E.DELIVERED, **RECEIPT}, E.SENT], ["accepted", "delivered"]),
        ([E.SENDING, E.SENT, E.DELIVERED, {"type": E.BOUNCED, **RECEIPT}], ["accepted", "sent", "delivered"]),
        ([E.SENDING, E.SENT, {"type": E.BOUNCED, **RECEIPT}, E.DELIVERED], ["accepted", "sent", "delivery_failed"]),
        ([E.SENDING, E.SENT, E.DELIVERED, E.READ, E.CLICKED, E.COMPLAINED], ["accepted", "sent", "delivered"]),
        ([E.SENDING, E.SENT, E.DEFERRED, E.UNCERTAIN], ["accepted", "sent"]),
    ],
)
def test_events_move_the_status_only_as_the_documentation_allows(events: list[Any], wanted: list[str]):
    assert words(*events) == wanted


def scheduled_words(*events: Any, **changes: Any) -> list[str]:
    message = a_message(**changes)
    made = [an_event(type=E.SCHEDULED), *(an_event(type=each) for each in events)]
    return [step.status for step in steps(message, made)]


def test_what_was_scheduled_is_processed_before_it_is_sent():
    assert scheduled_words(E.SENDING, E.SENT, E.DELIVERED) == ["scheduled", "processing", "sent", "delivered"]
    assert scheduled_words(E.SUPPRESSED) == ["scheduled", "processing", "sending_failed"]
    assert scheduled_words(E.SUPPRESSED, extras={"skip": "quiet_hours"}) == ["scheduled", "skipped"]
    assert scheduled_words(E.CANCELED) == ["scheduled", "deleted"]


@pytest.mark.parametrize(("extras", "wanted"), [({"rejection": {}}, "rejected"), ({"skip": "quiet_hours"}, "skipped")])
def test_what_must_not_be_sent_is_not_sent_whatever_a_provider_does(extras: Any, wanted: str):
    assert words(E.SENDING, E.SENT, E.DELIVERED, extras=extras) == ["accepted", wanted]


def test_only_what_waits_can_be_deleted():
    assert words(E.CANCELED) == ["accepted"]
    assert words(E.SENDING, E.SENT, E.CANCELED) == ["accepted", "sent"]


def test_every_event_has_a_word_or_none():
    assert set(statuses.WORDS) == set(EventType)
    assert {word for word in statuses.WORDS.values() if word} <= ALL


def test_every_status_is_in_the_table():
    followed = {status for each in vocabulary.FOLLOWS.values() for status in each}

    assert set(vocabulary.FOLLOWS) | followed == ALL
    assert ALL - set(vocabulary.FOLLOWS) == {*statuses.FAILED, "delivered"}


def test_the_core_s_lifecycle_lets_no_reading_change_a_status():
    assert all(Status.READ not in following for following in POLICY.lifecycle.values())


class TestSeveralReceivers:
    def lives(self, *lives: list[tuple[int, EventType]]) -> list[str]:
        """The message's statuses, of receivers to whom events happened after so many seconds."""
        recipients = [
            a_recipient(
                id=f"msg-1:{place}",
                events=(
                    an_event(),
                    *(
                        an_event(type=type, at=NOON + timedelta(seconds=after), origin=Origin.RECEIPT)
                        for after, type in life
                    ),
                ),
            )
            for place, life in enumerate(lives)
        ]
        return [step.status for step in history(a_message(), recipients)]

    def test_the_message_is_as_far_as_the_furthest(self):
        assert self.lives([(1, E.SENT)], [(2, E.SENT), (3, E.DELIVERED)]) == ["accepted", "sent", "delivered"]

    def test_it_has_failed_only_when_all_have(self):
        assert self.lives([(1, E.SENT), (2, E.BOUNCED)], [(1, E.SENT)]) == ["accepted", "sent"]
        assert self.lives([(1, E.SENT), (2, E.BOUNCED)], [(1, E.SENT), (3, E.BOUNCED)]) == [
            "accepted",
            "sent",
            "delivery_failed",
        ]

    def test_it_never_goes_back(self):
        assert self.lives([(1, E.SENT), (2, E.BOUNCED)], [(3, E.RETRY_SCHEDULED), (4, E.SENT)]) == ["accepted", "sent"]
        assert self.lives([(1, E.SENT), (2, E.DELIVERED)], [(3, E.SUPPRESSED)]) == ["accepted", "sent", "delivered"]

    def test_what_was_sent_at_all_fails_in_delivery(self):
        assert self.lives([(1, E.SENT), (2, E.BOUNCED)], [(3, E.SUPPRESSED)]) == ["accepted", "sent", "delivery_failed"]
        assert self.lives([(1, E.SUPPRESSED)], [(2, E.SUPPRESSED)]) == ["accepted", "sending_failed"]

    def test_by_the_api(self, api: Api):
        def to(*names: str) -> dict[str, Any]:
            return api.life([{"identifierValue": f"{each}@simulator.example"} for each in names], EMAIL)

        assert to("bounce", "deliver")["status"] == "delivered"
        assert to("bounce", "silent")["status"] == "sent"
        failed = to("bounce", "blocked")
        assert (failed["status"], failed["failure"]["code"]) == ("delivery_failed", 15005)


def test_news_are_what_the_last_event_brought():
    message = a_message()
    events = (an_event(), an_event(type=E.SENDING), an_event(type=E.SENT))
    recipient = a_recipient(events=events)

    assert news(message, [recipient], recipient) == [Step("sent", NOON, events[-1])]
    again = a_recipient(events=(*events, an_event(type=E.DEFERRED)))
    assert news(message, [again], again) == []


def code_of(shown: dict[str, Any]) -> int | None:
    """The code of a message's failure, or None."""
    return shown["failure"]["code"] if "failure" in shown else None


# The column of this API in the table of magic recipients: what the caller sees by number, the last status and the code.
# Interactions follow the plus.
SENT_AND_DELIVERED = ["accepted", "sent", "delivered"]
FAILED_LATER = ["accepted", "sent", "delivery_failed"]
FAILED_AT_ONCE = ["accepted", "sending_failed"]
AFTER_RETRIES = ["accepted", "processing", "sent", "delivered"]
GIVEN_UP = ["accepted", "processing", "sending_failed"]

SMS_COLUMN: dict[int, tuple[list[str], int | None, str]] = {
    0: (SENT_AND_DELIVERED, None, "00:00:00.5"),
    1: (SENT_AND_DELIVERED, None, "00:00:30"),
    2: (FAILED_LATER, 15005, "00:00:00.5"),
    3: (SENT_AND_DELIVERED, None, "00:00:15"),
    4: (FAILED_AT_ONCE, 14002, "00:00:00.05"),
    5: (FAILED_LATER, 15003, "00:00:00.5"),
    6: (GIVEN_UP, 12001, "00:00:51.05"),
    7: (AFTER_RETRIES, None, "00:00:06.6"),
    8: (FAILED_AT_ONCE, 11003, "00:00:00.1"),
    9: (FAILED_LATER, 15002, "00:01:00"),
    10: (SENT_AND_DELIVERED, None, "00:00:00.5"),
    11: (SENT_AND_DELIVERED, None, "00:00:00.5"),
    12: (SENT_AND_DELIVERED, None, "00:00:00.5"),
    13: (SENT_AND_DELIVERED, None, "00:00:00.5"),
    14: (["accepted", "delivered"], None, "00:00:00.3"),
    15: (["accepted", "sent"], None, "00:00:00.1"),
    16: (SENT_AND_DELIVERED, None, "00:00:00.5"),
}


@pytest.mark.parametrize("number", SMS_COLUMN)
@pytest.mark.parametrize("area", ["+1202555{:04}", "+447700900{:03}"])
def test_each_magic_number_has_its_fate(api: Api, number: int, area: str):
    wanted, code, last = SMS_COLUMN[number]
    address = area.format(number + 100 if area.startswith("+1") else number)
    for event in ("sms.outbound", "sms.inbound", "sms.interaction"):
        api.subscribe(event)

    shown = api.life(address)

    assert [step.status for step in history(api.record(shown["id"]), api.recipients(shown["id"]))] == wanted
    assert shown["status"] == wanted[-1]
    assert code_of(shown) == code
    assert shown["lastStatusAt"] == f"2026-01-01T{last}Z"
    assert len(api.told("sms.inbound")) == (1 if number in (11, 12) else 0)
    assert api.told("sms.interaction") == []
    assert (shown["reason"] == "") == (code is None)


NAMES = [
    "deliver",
    "slow",
    "bounce",
    "soft-then-deliver",
    "blocked",
    "complaint",
    "timeout",
    "flaky",
    "invalid",
    "expired",
    "read",
    "reply",
    "stop",
    "duplicate",
    "out-of-order",
    "silent",
    "open-click",
]
MAIL_COLUMN: dict[str, tuple[str, int | None, list[str]]] = {
    "deliver": ("delivered", None, []),
    "slow": ("delivered", None, []),
    "bounce": ("delivery_failed", 15005, []),
    "soft-then-deliver": ("delivered", None, []),
    "blocked": ("sending_failed", 14002, []),
    "complaint": ("delivered", None, ["reported-as-spam"]),
    "timeout": ("sending_failed", 12001, []),
    "flaky": ("delivered", None, []),
    "invalid": ("sending_failed", 11003, []),
    "expired": ("delivery_failed", 15002, []),
    "read": ("delivered", None, ["opened"]),
    "reply": ("delivered", None, []),
    "stop": ("delivered", None, ["unsubscribe-request"]),
    "duplicate": ("delivered", None, []),
    "out-of-order": ("delivered", None, []),
    "silent": ("sent", None, []),
    "open-click": ("delivered", None, ["opened", "clicked"]),
}
MAIL_BODY = {"type": "html", "html": {"html": '<p><a href="https://shop.example.com/">Look</a></p>'}}


@pytest.mark.parametrize("name", NAMES)
def test_each_magic_mail_address_has_its_fate(api: Api, name: str):
    status, code, done = MAIL_COLUMN[name]
    for event in ("email.inbound", "email.interaction"):
        api.subscribe(event)

    shown = api.life(f"{name}@simulator.example", EMAIL, body=MAIL_BODY)

    assert (shown["status"], code_of(shown)) == (status, code)
    assert [each["type"] for each in api.interactions(shown["id"], EMAIL)] == done
    assert len(api.told("email.interaction")) == len(done)
    assert len(api.told("email.inbound")) == (1 if name == "reply" else 0)


WHATSAPP_COLUMN: dict[int, tuple[str, int | None, list[str]]] = {
    0: ("delivered", None, []),
    2: ("delivery_failed", 15005, []),
    3: ("delivered", None, []),
    4: ("sending_failed", 14002, []),
    5: ("delivery_failed", 15003, []),
    8: ("sending_failed", 11003, []),
    9: ("delivery_failed", 15002, []),
    10: ("delivered", None, ["read"]),
    12: ("delivered", None, []),
    14: ("delivered", None, ["read"]),
    15: ("sent", None, []),
    16: ("delivered", None, ["read", "clicked"]),
    20: ("delivered", None, ["unsubscribe-request"]),
    23: ("delivery_failed", 15001, []),
}


@pytest.mark.parametrize("number", WHATSAPP_COLUMN)
def test_each_magic_number_has_its_fate_on_whatsapp(api: Api, number: int):
    status, code, done = WHATSAPP_COLUMN[number]

    shown = api.life(f"+120255501{number:02}", WHATSAPP)

    assert (shown["status"], code_of(shown)) == (status, code)
    assert [each["type"] for each in api.interactions(shown["id"], WHATSAPP)] == done


@pytest.mark.parametrize(("name", "status"), [("deliver", "delivered"), ("bounce", "delivery_failed")])
@pytest.mark.parametrize("platform", ["facebook", "instagram", "telegram", "line"])
def test_platforms_with_ids_of_their_own_have_magic_ones(api: Api, platform: str, name: str, status: str):
    assert api.life(f"sim-{name}", CHANNEL_IDS[platform])["status"] == status


@pytest.mark.parametrize(("channel", "to"), [(SMS, "+12025550112"), (EMAIL, "stop@simulator.example")])
def test_after_a_stop_nothing_more_is_sent(api: Api, channel: str, to: str):
    assert api.life(to, channel, seconds=5)["status"] == "delivered"

    later = api.life(to, channel, seconds=5)

    assert (later["status"], later["failure"]["source"]["name"]) == ("sending_failed", "contact")


EXTRAS: dict[int, tuple[str, int | None]] = {
    17: ("delivered", None),
    18: ("sending_failed", 14001),
    19: ("delivery_failed", 15001),
    21: ("delivered", None),
    22: ("sending_failed", 12003),
    24: ("sending_failed", 12001),
    26: ("sending_failed", 12001),
    27: ("sending_failed", 12001),
    28: ("delivered", None),
    29: ("sent", None),
}


@pytest.mark.parametrize("number", EXTRAS)
def test_the_further_magic_numbers(api: Api, number: int):
    status, code = EXTRAS[number]

    shown = api.life(f"+120255501{number}")

    assert (shown["status"], code_of(shown)) == (status, code)


def test_every_status_is_reached(api: Api):
    from datetime import UTC, datetime

    api.settings(global_holdout=["+31600000009"])
    reached = {api.accepted()["status"], api.accepted(scheduledFor="2026-01-02T00:00:00Z")["status"]}
    for address in ("+31600000001", "+31600000009", "+12025550102", "+12025550108", "+12025550115"):
        reached.add(api.life(address, seconds=5)["status"])
    reached.add(api.life("+12025550106", seconds=20)["status"])
    waiting = api.accepted(scheduledFor=datetime(2026, 1, 3, tzinfo=UTC).isoformat())
    cancel(api.world, waiting["id"])
    reached.add(api.message(waiting["id"])["status"])

    assert reached == ALL - {"rejected"}, "a batch reaches that one"
