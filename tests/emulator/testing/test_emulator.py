"""What a test can ask of an emulator, and what it is told."""

import re
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from emulator.testing import (
    AsyncClock,
    AsyncEmulator,
    AsyncSink,
    Clock,
    Emulator,
    NothingFound,
    NotSeen,
    NotVerified,
    Refused,
    Sink,
)
from emulator.testing.control import span_of
from tests.emulator.testing.sending import PHONE, mail, send, to_sink

START = datetime(2026, 1, 1, tzinfo=UTC)


# Accounts


def test_an_account_has_all_that_is_needed_for_a_call(emulator: Emulator):
    live, test = emulator.account("raven"), emulator.account("raven", environment="test")

    assert (live.environment, test.environment) == ("live", "test")
    assert live.base_url == f"{emulator.url}/raven"
    assert [send(emulator, account).status_code for account in (live, test)] == [202, 202]
    assert emulator.account("raven", live.id).name == live.name
    assert {api.name for api in emulator.apis()} >= {"raven", "cloudrebue"}


def test_a_name_that_is_not_there_is_told_with_the_nearest_one(emulator: Emulator):
    with pytest.raises(LookupError, match=r"no API called 'ravn'; did you mean raven\?"):
        emulator.account("ravn")
    with pytest.raises(LookupError, match=r"no account of raven called 'akme'; did you mean acme\?"):
        emulator.account("raven", "akme")
    with pytest.raises(LookupError, match="environment 'prod'"):
        emulator.account("raven", environment="prod")


def test_money_and_status_of_an_account_can_be_set(emulator: Emulator):
    account = emulator.account("cloudrebue")

    emulator.update_account(account, balance="12.50")
    wallet = emulator.account_state(account).wallet

    assert wallet is not None
    assert (wallet.balance, wallet.held) == (Decimal("12.5"), Decimal(0))
    assert emulator.update_account(account, status="suspended").status == "suspended"
    with pytest.raises(LookupError, match="nobody"):
        emulator.account_state("nobody")


def test_an_account_can_be_made_and_signed_in_to(emulator: Emulator):
    made = emulator.create_account("cloudrebue", "Second", balance=5)

    assert emulator.account_state(made.id).name == "Second"
    assert "Authorization" in emulator.sign_in(emulator.account("raven"))
    with pytest.raises(Refused, match="already") as refused:
        emulator.create_account("cloudrebue", "Second")
    assert (refused.value.status, refused.value.word) == (409, "already-exists")


# Messages


def test_a_message_is_found_with_its_code(emulator: Emulator):
    send(emulator)

    message = emulator.wait_for_message(recipient=PHONE, contains="code")

    assert (message.code, message.recipient, message.status) == ("4711", PHONE, "queued")
    assert (message.api, message.channel, message.created_at) == ("raven", "sms", START)


def test_codes_and_links_of_a_mail_are_found_in_subject_and_html(emulator: Emulator):
    mail(emulator)

    message = emulator.wait_for_message(channel="email")

    assert (message.text, message.subject, message.code) == ("Hi\nTrack", "Code 8899", "8899")
    assert message.link("track") == message.link("/t/") == message.links[0] == "https://shop.example/t/1"
    assert message.search(r"Code (\d+)") == "8899"
    with pytest.raises(NothingFound, match=r"no link with 'unsubscribe'; there are https://shop\.example/t/1"):
        message.link("unsubscribe")
    with pytest.raises(NothingFound, match="is not found"):
        message.search("nothing")


def test_a_message_without_a_code_says_what_it_says(emulator: Emulator):
    send(emulator, body="Hi Ada")

    message = emulator.wait_for_message()

    with pytest.raises(NothingFound, match="no one-time code in 'Hi Ada'"):
        _ = message.code
    with pytest.raises(NothingFound, match="no link in 'Hi Ada'"):
        message.link()


def test_each_wait_gives_the_next_message_the_oldest_first(emulator: Emulator):
    for number in range(3):
        send(emulator, body=f"number {number}")

    found = [emulator.wait_for_message(recipient=PHONE).text for _ in range(3)]

    assert found == ["number 0", "number 1", "number 2"]
    assert [message.text for message in emulator.messages()] == found[::-1], "looking takes nothing"


def test_a_wait_lasts_until_the_message_comes(emulator: Emulator):
    send(emulator, body="an older one")
    emulator.wait_for_message()
    later = threading.Timer(0.1, send, [emulator], {"body": "the new one"})
    later.start()

    message = emulator.wait_for_message(within="20s", recipient=PHONE)
    later.join()

    assert message.text == "the new one"


def test_two_who_wait_are_given_two_messages(emulator: Emulator):
    found: list[str] = []
    waiting = [threading.Thread(target=lambda: found.append(emulator.wait_for_message().text)) for _ in range(4)]
    for thread in waiting:
        thread.start()
    for number in range(4):
        send(emulator, body=f"number {number}")
    for thread in waiting:
        thread.join()

    assert sorted(found) == [f"number {number}" for number in range(4)]


def test_a_condition_of_ones_own_passes_others_over(emulator: Emulator):
    send(emulator, body="no")
    send(emulator, body="yes")

    assert emulator.wait_for_message(where=lambda message: message.text == "yes").text == "yes"
    assert emulator.wait_for_message().text == "no", "what was passed over is still there"


def test_a_wait_in_vain_says_what_came_instead(emulator: Emulator):
    send(emulator, body="Hello there")
    send(emulator, channel="pigeon")
    emulator.wait_for_message()

    with pytest.raises(NotSeen) as error:
        emulator.wait_for_message(recipient="+15550100", within=0.05)

    told = str(error.value)
    assert told.startswith("no other message with recipient '+15550100' was accepted within 50ms\n")
    assert re.search(r"raven sms to \+254722000000 \(queued\): Hello there  \[given to an earlier wait\]", told)
    assert re.search(r"raven POST /v1/messages -> 400  .*channel", told)
    send(emulator)
    with pytest.raises(NotSeen, match="1 came that `where` did not want"):
        emulator.wait_for_message(where=lambda _: False, within="10ms")


def test_counts_hold_or_say_what_came(emulator: Emulator):
    for _ in range(3):
        send(emulator)

    assert emulator.verify(exactly=3, recipient=PHONE) == emulator.verify(at_least=1, at_most=3) == 3
    assert emulator.verify() == 3
    with pytest.raises(
        NotVerified, match=r"exactly 1 of contains 'code'; 3 came\.\nwhat came, newest first:\n  raven sms"
    ):
        emulator.verify(exactly=1, contains="code")
    with pytest.raises(Refused, match="no API 'ravn'"):
        emulator.verify(api="ravn")


def test_a_receipt_by_hand_changes_the_message(emulator: Emulator):
    send(emulator, to="+12025550115")  # silent
    message = emulator.wait_for_message()
    emulator.clock.advance("1s")

    changed = emulator.receipt(message, "failed", reason="absent-subscriber")

    assert (message.status, changed.status) == ("queued", "failed")
    assert changed.events[-1] == "failed"
    with pytest.raises(Refused, match="no report 'clicked' on sms"):
        emulator.receipt(message, "clicked")


def test_the_recipient_answers(emulator: Emulator):
    rebue = emulator.account("cloudrebue")
    body = {"sender": "BizTxt", "phone": "254711000111", "message": "Sale! Write STOP to 22999."}
    httpx.post(f"{rebue.base_url}/api/v1/send-sms", json=body, headers=rebue.headers)
    message = emulator.wait_for_message()

    said = emulator.reply(message, "STOP", to="22999")

    assert (said.sender, said.to, said.text, said.in_reply_to) == ("254711000111", "22999", "STOP", message.id)
    assert [each.recipient for each in emulator.suppressions()] == ["254711000111"]
    assert emulator.suppressions(api="raven") == []
    with pytest.raises(Refused, match="nobody who receives sms at BizTxt"):
        emulator.reply(message, "STOP")


def test_whom_a_recipient_answers_must_be_known(emulator: Emulator):
    send(emulator)

    with pytest.raises(ValueError, match="names no sender; say with `to` whom"):
        emulator.reply(emulator.wait_for_message(), "STOP")


# Time


def test_time_moves_when_told(emulator: Emulator):
    assert emulator.clock.now() == START
    moved = emulator.clock.advance("1h30m")

    assert moved.now == START + timedelta(minutes=90)
    assert emulator.clock.advance(to=START + timedelta(days=2)).now == START + timedelta(days=2)
    assert emulator.clock.advance(timedelta(seconds=1.5)).now == START + timedelta(days=2, seconds=1.5)
    assert emulator.clock.advance(0.5).now == START + timedelta(days=2, seconds=2)
    assert emulator.clock.set_pace(10).pace == 10
    assert emulator.clock.read().timers == 0
    with pytest.raises(Refused, match="the clock never goes back"):
        emulator.clock.advance(to=START)
    with pytest.raises(ValueError, match="time zone"):
        emulator.clock.advance(to=datetime(2027, 1, 1))
    with pytest.raises(ValueError, match="never negative"):
        span_of(-1)


def test_a_message_lives_as_time_goes_by(emulator: Emulator):
    send(emulator)
    message = emulator.wait_for_message()

    moved = emulator.clock.advance("5s")

    assert emulator.message(message).status == "delivered"
    assert moved.timers_run > 0


# What goes wrong


def test_providers_do_as_the_newest_rule_says(emulator: Emulator):
    first = emulator.script({"refuse": "invalid-address"}, recipient="+2547*", name="all")
    emulator.script({"after": "2s", "report": "delivered"}, recipient=re.compile("722"), times=1)

    send(emulator)
    send(emulator)
    emulator.clock.advance("1m")

    assert [message.status for message in emulator.messages()] == ["failed", "delivered"]
    assert [(rule.name, rule.match, rule.used) for rule in emulator.rules()][-1] == ("all", {"recipient": "+2547*"}, 1)
    emulator.withdraw(first)
    assert first.id not in [rule.id for rule in emulator.rules()]
    with pytest.raises(Refused, match="raport"):
        emulator.script({"raport": "bounced"})


def test_answers_go_wrong_as_a_fault_says(emulator: Emulator):
    fault = emulator.fault(
        {"status": 503}, api="raven", recipient="+254*", times=1, from_=START, until=START + timedelta(days=1)
    )

    assert [send(emulator).status_code for _ in range(2)] == [503, 202]
    assert [(each.fault, each.used, each.scope["recipient"]) for each in emulator.faults()] == [
        ({"status": 503}, 1, "+254*")
    ]
    emulator.withdraw(fault)
    emulator.fault({"latency": "1ms"})
    emulator.clear()
    assert (emulator.faults(), emulator.rules()) == ([], [])
    with pytest.raises(Refused, match="operaton"):
        emulator.fault({"status": 503}, operaton="sendMessage")


def test_the_beginning_of_a_story_can_be_loaded(emulator: Emulator, tmp_path: Path):
    story = tmp_path / "x.story.yaml"
    story.write_text(
        "name: x\napi: raven\n"
        "providers: [{script: [{refuse: invalid-address}]}]\n"
        "faults: [{api: raven, times: 1, status: 500}]\n"
        "steps: [{advance: 1s}]\n"
    )

    emulator.load(story)
    answers = [send(emulator).status_code, send(emulator).status_code]
    emulator.clock.advance("1m")

    assert answers == [500, 202]
    assert [message.status for message in emulator.messages()] == ["failed"]
    emulator.load({"name": "y", "api": "raven", "faults": [{"status": 418}]})
    assert send(emulator).status_code == 418


# Webhooks


def test_a_sink_keeps_what_comes_and_answers_as_told(emulator: Emulator):
    to_sink(emulator)
    sink = emulator.sink()
    sink.answer(500, 200)
    send(emulator)

    emulator.clock.advance("1s")
    first, second = sink.wait_for_post(), sink.wait_for_post()
    emulator.clock.advance("1m")
    third = sink.wait_for_post()

    assert [post.json["type"] for post in (first, second, third)] == [
        "message.sent",
        "message.delivered",
        "message.sent",
    ]
    assert [(post.status, post.signature) for post in sink.posts()] == [(500, True), (200, True), (200, True)]
    assert [attempt.state for attempt in emulator.attempts(type="message.sent")] == ["delivered", "failed"]
    with pytest.raises(NotSeen, match=r"nothing else was posted to .*; before:\n  #1  500  {"):
        sink.wait_for_post(within="10ms")
    sink.forget()
    assert sink.posts() == []
    with pytest.raises(NotSeen, match="nothing was posted to"):
        sink.wait_for_post(within="10ms", where=lambda _: True)


def test_an_event_can_be_posted_once_more(emulator: Emulator):
    to_sink(emulator)
    send(emulator)
    emulator.clock.advance("150ms")
    (attempt,) = emulator.attempts()

    again = emulator.retry(attempt)
    emulator.clock.advance()

    assert (again.trigger, again.state) == ("manual", "pending")
    assert len(emulator.sink().posts()) == 2


# The world


def test_a_restored_world_goes_on_as_it_would_have(emulator: Emulator):
    send(emulator, body="before")
    emulator.wait_for_message()
    kept = emulator.snapshot()
    send(emulator, body="after")
    first = emulator.wait_for_message()

    emulator.restore(kept)
    assert [message.text for message in emulator.messages()] == ["before"]
    send(emulator, body="after")
    second = emulator.wait_for_message()

    assert second == first, "the same id, and given once more"


def test_a_reset_world_is_as_new(emulator: Emulator):
    send(emulator)
    first = emulator.wait_for_message()
    emulator.reset(seed=1)
    assert emulator.messages() == []
    send(emulator)

    assert emulator.wait_for_message().text == first.text


def test_another_world_is_there_for_the_block_only(emulator: Emulator):
    name = f"{emulator.world}-other"
    with emulator.new_world(name, seed=7) as other:
        send(other)

        assert (other.world, other.url) == (name, emulator.url + "-other")
        assert name in emulator.worlds()
        assert len(other.messages()) == 1
        assert emulator.messages() == []
    assert name not in emulator.worlds()


def test_what_happened_is_told_to_people(emulator: Emulator):
    to_sink(emulator)
    emulator.sink().answer(500)
    send(emulator, to="+12025550102")
    send(emulator, channel="pigeon")
    emulator.clock.advance("5s")

    told = emulator.what_happened().splitlines()

    assert told[0].startswith(f"world {emulator.world} at {emulator.url}, 2026-01-01T00:00:05")
    assert re.fullmatch(r"raven sms \S+ to \+12025550102 \(failed\): Your code is 4711", told[1])
    assert any(re.match(r"  \+500ms    failed  kind hard, reason", line) for line in told)
    assert any(re.match(r"  \+500ms    webhook message.failed, attempt 1: 500", line) for line in told)
    assert told[-1].startswith("  raven POST /v1/messages -> 400")


def test_the_journal_is_read_to_its_end(emulator: Emulator):
    account = emulator.account("raven")
    with httpx.Client() as client:
        for _ in range(501):
            client.get(f"{account.base_url}/v1/messages?limit=1", headers=account.headers)

    assert len(emulator.journal(kind="call")) == 501


def test_both_faces_have_the_same_calls():
    own = {"start", "stop", "aio", "partner", "clock"}  # an AsyncEmulator's clock is made with it

    assert {name for name in dir(Emulator) if name[0] != "_"} - own == {
        name for name in dir(AsyncEmulator) if name[0] != "_"
    }
    for blocking, waiting in ((Clock, AsyncClock), (Sink, AsyncSink)):
        assert {name for name in dir(blocking) if name[0] != "_"} == {name for name in dir(waiting) if name[0] != "_"}
