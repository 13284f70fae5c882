"""A runner that never fails proves nothing: each expectation is held against an application with one defect.

Each defect comes with a story that holds without it and must fail with it, and with what the failure must say.
"""

import asyncio
import re
from typing import Any, NamedTuple

import pytest

from emulator.server.connection import serving
from emulator.stories.client import Unreachable
from emulator.stories.results import FAILED, PASSED, SKIPPED
from tests.emulator.stories.apps import Front, Shop
from tests.emulator.stories.playing import play, play_all, play_at

KEY = {"X-Raven-Key": "rk_live_a3f7b2c1_GmarNMXssAo36NtOXQ6PDIPpajrVmLVE"}

SEND = '{operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi}'
TOLD = 'given: {account: {settings: {outbound_webhooks: true}, webhooks: [{url: "${receiver}", events: [message.delivered]}]}}'
RETRY = """
  - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi, idempotencyKey: k}, capture: {a: body.id}}
  - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi, idempotencyKey: k}, expect: {body: {id: "${a}"}}}
"""


def story(*steps: str, api: str = "raven", top: str = "") -> str:
    lines = "\n".join(f"  - {step}" for step in steps)
    return f"name: A story\napi: {api}\n{top.strip()}\nsteps:\n{lines}\n"


class Defect(NamedTuple):
    """What an application does wrong, a story that notices it, the line of the step, and what the failure says."""

    text: str
    line: int
    says: str
    spoil: Any = None
    request: Any = None
    faults: str = ""


def at(path: str, method: str = "POST"):
    """Spoil only answers to this."""

    def decorate(change):
        def spoil(asked, said):
            if asked["path"].endswith(path) and asked["method"] == method:
                change(said)

        return spoil

    return decorate


@at("/v1/messages")
def says_200(said):
    said["status"] = 200


@at("/v1/messages")
def says_another_address(said):
    said["body"]["to"] = "+254000000000"


@at("/v1/messages")
def forgets_a_member(said):
    del said["body"]["enqueuedAt"]


@at("/v1/messages")
def says_an_id_as_a_number(said):
    said["body"]["id"] = 7


def shows_more_money(asked, said):
    if asked["path"].endswith("/accounts"):
        for account in said["body"]["accounts"]:
            if account["wallet"]:
                account["wallet"]["balance"] = "1000.000000"


def loses_the_last_event(asked, said):
    if "timeline" in said["body"]:
        said["body"]["timeline"].pop()


def ignores_keys(asked):
    if isinstance(asked["body"], dict):
        asked["body"].pop("idempotencyKey", None)


def never_advances(asked):
    if asked["path"].endswith("/clock/advance") and asked["body"].get("by", "0s") != "0s":
        asked["body"] = {"by": "0s"}


def restores_nothing(asked):
    if asked["path"].endswith("/restore"):
        asked["path"] = asked["path"].rpartition("/snapshots")[0] + "/snapshots"


def suppresses_nobody(asked, said):
    if asked["path"].endswith("/suppressions") and "suppressions" in said["body"]:
        said["body"]["suppressions"] = []


def hides_messages(asked, said):
    if asked["path"].endswith("/_emulator/messages"):
        said["body"]["messages"] = []


HEAD = 4  # lines before the first step, when there is nothing at the top
DEFECTS = {
    "another status": Defect(
        story(f"call: {SEND}, expect: {{status: 202}}}}"), 5, "status expected 202 got 200", says_200
    ),
    "a value that was not asked for": Defect(
        story(f'call: {SEND}, expect: {{body: {{to: "+254722000000"}}}}}}'),
        5,
        'body.to expected "+254722000000" got "+254000000000"',
        says_another_address,
    ),
    "a member that the contract asks for is missing": Defect(
        story(f"call: {SEND}}}"), 5, "the answer breaks the contract", forgets_a_member
    ),
    "a member of another type": Defect(
        story(f"call: {SEND}, expect: {{body: {{id: {{$type: uuid}}}}}}}}"),
        5,
        "body.id expected the type uuid got 7",
        says_an_id_as_a_number,
    ),
    "a raw request answered with another status": Defect(
        story(
            'request: {method: POST, path: /v1/messages, as: acme, body: {channel: sms, to: "+254722000000", body: Hi}, expect: {status: 202}}'
        ),
        5,
        "status expected 202 got 200",
        says_200,
    ),
    "nothing to capture": Defect(
        story(f"call: {SEND}, expect: {{contract: false}}, capture: {{at: body.enqueuedAt}}}}"),
        5,
        "nothing to capture as at: body has no enqueuedAt",
        forgets_a_member,
    ),
    "keys are ignored": Defect(f"name: x\napi: raven\n\nsteps:{RETRY}", 6, "body.id expected", request=ignores_keys),
    "keys are ignored, in a loop": Defect(
        "name: x\napi: raven\n\nsteps:\n  - repeat:\n      times: 3\n      steps:\n"
        '        - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi, idempotencyKey: k}, expect: {status: 202}}\n'
        "  - call: {operation: listMessages, expect: {body: {data: {$length: 1}}}}\n",
        9,
        "body.data.$length expected 1 got 3",
        request=ignores_keys,
    ),
    "time does not pass": Defect(
        story(f"call: {SEND}}}", "advance: 5s", "timeline: {status: delivered}"),
        7,
        'status expected "delivered" got "queued"',
        request=never_advances,
    ),
    "an event is missing": Defect(
        story(f"call: {SEND}}}", "advance: 5s", "timeline: {events: [queued, sending, sent, delivered]}"),
        7,
        'events expected ["queued","sending","sent","delivered"] got ["queued","sending","sent"]',
        loses_the_last_event,
    ),
    "an event is missing among others": Defect(
        story(f"call: {SEND}}}", "advance: 5s", "timeline: {includes: [sent, delivered]}"),
        7,
        'includes expected "delivered"',
        loses_the_last_event,
    ),
    "money is not taken": Defect(
        story(
            'call: {operation: sendSms, body: {sender: "${account.sender}", message: Hi, phone: "254711000111"}}',
            "wallet: {balance: 9}",
            api="cloudrebue",
            top="given: {account: {balance: 10}}",
        ),
        6,
        'balance expected 9 got "1000.000000"',
        shows_more_money,
    ),
    "nobody is suppressed": Defect(
        story(
            f"call: {SEND}}}",
            "advance: 1m",
            'suppression: {recipient: "+254722000000"}',
            top="providers: [{match: {}, script: [{after: 1s, report: delivered}, {after: 1s, reply: STOP}]}]",
        ),
        7,
        r"\+254722000000 is not suppressed",
        suppresses_nobody,
    ),
    "what was restored is still changed": Defect(
        story(
            "snapshot: before",
            f"call: {SEND}}}",
            "restore: before",
            "call: {operation: listMessages, expect: {body: {data: []}}}",
        ),
        8,
        r"body.data expected 0 items",
        request=restores_nothing,
    ),
    "a webhook never comes": Defect(
        story(f"call: {SEND}}}", "webhook: {type: message.delivered, within: 10s}", top=TOLD),
        6,
        "message.delivered did not come within 10s; nothing came",
        faults="[{webhook: drop}]",
    ),
    "a webhook comes twice": Defect(
        story(
            f"call: {SEND}}}",
            "webhook: {type: message.delivered, within: 10s}",
            "webhook: {within: 10s, none: true}",
            top=TOLD,
        ),
        7,
        "a webhook came that was not to come",
        faults="[{webhook: duplicate}]",
    ),
    "a webhook is signed with another secret": Defect(
        story(f"call: {SEND}}}", "webhook: {type: message.delivered, within: 10s}", top=TOLD),
        6,
        "signature expected valid got another",
        faults="[{webhook: bad_signature}]",
    ),
    "a webhook is late": Defect(
        story(f"call: {SEND}}}", "webhook: {type: message.delivered, within: 10s}", top=TOLD),
        6,
        "message.delivered did not come within 10s",
        faults="[{webhook: late}]",
    ),
    "a webhook is not retried as it should": Defect(
        story(
            f"call: {SEND}}}",
            "advance: 1h",
            "attempts: {type: message.delivered, statuses: [503, 200], after: [0s, 10s]}",
            top=TOLD.replace("{", "{receiver: {answers: [503, 200]}, ", 1),
        ),
        7,
        r'after\[1\] expected "10s" got "30s"',
    ),
    "the connection breaks": Defect(
        story(f"call: {SEND}}}"),
        5,
        "connection expected an answer got before-headers",
        faults="[{reset: before-headers}]",
    ),
    "the body breaks off": Defect(
        story(f"call: {SEND}}}"), 5, "connection expected an answer got in-body", faults="[{reset: in-body}]"
    ),
    "the answer takes too long": Defect(
        story(f"call: {SEND}, timeout: 1s}}"),
        5,
        "connection expected an answer got timeout",
        faults="[{latency: 5s}]",
    ),
    "the answer is no JSON": Defect(
        story(f"call: {SEND}, expect: {{body: {{status: queued}}}}}}"),
        5,
        "body expected an object got null",
        faults="[{malformed: true}]",
    ),
    "the answer says that it is a page": Defect(
        story(f"call: {SEND}}}"), 5, "the answer breaks the contract", faults="[{content_type: text/html}]"
    ),
    "a break that was expected does not come": Defect(
        story(f"call: {SEND}, expect: {{broken: any}}}}"), 5, "an answer came, and none was expected"
    ),
    "messages are not listed": Defect(
        story(f"call: {SEND}}}", "await: {contains: Hi, within: 0s}"),
        6,
        "no message with contains Hi was sent",
        hides_messages,
    ),
}
WITHOUT_A_WHOLE = {"a webhook is not retried as it should", "a break that was expected does not come"}


def said(result) -> str:
    assert result.failure is not None
    differences = [f"{each.path} expected {each.expected} got {each.got}" for each in result.failure.differences]
    return "\n".join([result.failure.sentence, *differences])


@pytest.mark.parametrize("name", [name for name in DEFECTS if name not in WITHOUT_A_WHOLE])
def test_a_story_holds_for_an_application_without_the_defect(name):
    result = play(DEFECTS[name].text)

    assert result.status == PASSED, result.failure


@pytest.mark.parametrize("name", DEFECTS)
def test_a_story_fails_for_an_application_with_the_defect_and_says_where_and_why(name):
    defect = DEFECTS[name]
    text = defect.text.replace("steps:", f"faults: {defect.faults}\nsteps:", 1) if defect.faults else defect.text

    result = play(
        text,
        around=lambda app: (
            Front(app, spoil=defect.spoil, request=defect.request) if defect.spoil or defect.request else app
        ),
    )

    assert result.status == FAILED
    line = defect.line + bool(defect.faults)
    assert result.failure.line == line, (result.failure.line, said(result))
    assert re.search(defect.says if "\\" in defect.says else re.escape(defect.says), said(result)), said(result)


def test_a_webhook_for_which_nobody_gave_an_address_says_so():
    result = play(story(f"call: {SEND}}}", "webhook: {type: message.delivered, within: 10s}"))

    assert said(result) == (
        "message.delivered did not come within 10s; nothing came, and no part of the story names ${receiver}"
    )


SHOP = """\
name: An order is told to the buyer once, even when the connection dies
api: raven
given: {variables: {app: "", phone: "+254722000000"}}
faults: [{operation: sendMessage, times: 1, ambiguous_commit: true}]
steps:
  - request: {method: POST, url: "${app}/orders", body: {number: AC-1042, phone: "${phone}"}, expect: {status: 201}}
  - await: {recipient: "${phone}", within: 200ms, message: {text: {$contains: AC-1042}}, capture: {id: id}}
  - advance: 5s
  - timeline: {message: "${id}", status: delivered}
  - call: {operation: listMessages, expect: {body: {data: {$length: 1}}}}
"""


def shop(defect: str | None):
    return lambda url: Shop(f"{url}/raven", KEY, defect)


def test_the_story_of_the_shop_holds_for_a_shop_without_a_defect():
    result = play_all([("a.story.yaml", SHOP)], beside=shop(None), path="/w/default")[0]

    assert result.status == PASSED, result.failure


@pytest.mark.parametrize("defect", Shop.DEFECTS)
def test_the_story_of_the_shop_fails_for_each_defect(defect):
    result = play_all([("a.story.yaml", SHOP)], beside=shop(defect), path="/w/default")[0]

    assert result.status == FAILED


def test_a_failure_shows_the_timeline_and_the_webhooks_of_the_message():
    result = play(story(f"call: {SEND}}}", "advance: 5s", "timeline: {status: read}", top=TOLD))

    lines = "\n".join(result.failure.timeline)
    assert re.search(r"\+254722000000 \(delivered\), accepted at 2026-01-01T00:00:00.000Z", lines)
    assert re.search(r"\+500ms +delivered", lines)
    assert re.search(r"\+500ms +webhook message.delivered, attempt 1: 200", lines)


def test_steps_after_a_failure_are_not_played():
    result = play(story("call: {operation: getMessage, parameters: {id: nobody}}", "advance: 5s"))

    assert [step.status for step in result.steps] == [FAILED]


def test_a_step_inside_a_group_is_named_by_its_own_line():
    text = "name: x\napi: raven\nsteps:\n  - parallel:\n      - advance: 0s\n      - timeline: {}\n"

    result = play(text)

    assert result.failure.line == 6
    assert result.failure.sentence == "no message was accepted yet"


def test_what_is_captured_at_the_same_time_is_there_afterwards():
    call = f"call: {SEND}, capture: {{NAME: body.id}}}}"
    result = play(
        "name: x\napi: raven\nsteps:\n  - parallel:\n"
        + "".join(f"      - {call.replace('NAME', name)}\n" for name in ("one", "two"))
        + '  - timeline: {message: "${one}"}\n  - timeline: {message: "${two}"}\n'
    )

    assert result.status == PASSED, result.failure


def test_what_cannot_be_given_is_led_back_to_its_line():
    result = play(
        "name: x\napi: raven\nproviders:\n  - match: {channel: sms}\n    script: [{report: opened}]\nsteps: [{advance: 1s}]\n"
    )

    assert result.status == FAILED
    assert result.failure.line == 5
    assert "no report 'opened' on sms" in result.failure.sentence


def test_an_account_that_there_is_not_fails_with_those_that_there_are():
    result = play(story(f"call: {SEND}, as: acmee}}"))

    assert "raven has no account acmee; did you mean acme/" in result.failure.sentence


def test_a_story_is_played_in_each_of_its_environments():
    results = play_all([("a.story.yaml", story(f"call: {SEND}}}", top="given: {environment: [live, test]}"))])

    assert [(result.status, result.take.title) for result in results] == [
        (PASSED, "A story (live)"),
        (PASSED, "A story (test)"),
    ]


def test_workers_play_at_the_same_time_and_see_nothing_of_one_another():
    one = story(
        f"repeat: {{times: 20, steps: [call: {SEND}}}]}}",
        "call: {operation: listMessages, expect: {body: {data: {$length: 20}}}}",
    )
    texts = [(f"{number}.story.yaml", one) for number in range(12)]

    results = play_all(texts, workers=6)

    assert [result.take.story.file for result in results] == [file for file, _ in texts]
    assert {result.status for result in results} == {PASSED}


def test_where_time_is_real_a_webhook_is_waited_for():
    top = TOLD.replace("{", "{clock: {pace: real}, ", 1)

    result = play(story(f"call: {SEND}}}", "webhook: {type: message.delivered, within: 5s}", top=top))

    assert result.status == PASSED, result.failure
    assert 0.4 < result.steps[1].seconds < 5


async def no_control(scope, receive, send):
    """A vendor's API, as far as this story needs it."""
    status, body = (404, b"{}") if scope["path"] != "/v1/messages" else (202, b'{"id":1}')
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})


def play_without_control(text: str):
    async def run():
        from emulator.stories.runner import Options, run_stories
        from emulator.stories.story import parse_story

        async with serving(no_control) as url:
            return (await run_stories([parse_story(text, file="a")], Options(url, headers=KEY)))[0]

    return asyncio.run(run())


def test_without_a_control_api_steps_that_need_one_are_skipped_by_name_and_the_others_played():
    request = "request: {method: POST, path: /v1/messages, expect: {status: 202}}"
    result = play_without_control(story(request, "timeline: {}", "advance: 10ms", "advance: 72h", "wallet: {}"))

    assert [(step.status, step.why) for step in result.steps] == [
        (PASSED, None),
        (SKIPPED, "timeline needs a control API, and the target has none"),
        (PASSED, None),
        (SKIPPED, "advance needs a control API; 3d of real time are too long to wait"),
        (SKIPPED, "wallet needs a control API, and the target has none"),
    ]


def test_without_a_control_api_a_story_that_gives_something_is_skipped_as_a_whole():
    result = play_without_control(story("advance: 10ms", top="given: {account: {balance: 1}}"))

    assert (result.status, result.skipped) == (SKIPPED, "account needs a control API, and the target has none")


def test_a_target_where_nobody_listens_is_unreachable():
    with pytest.raises(Unreachable, match="cannot be reached"):
        play_at("http://127.0.0.1:9", story("advance: 1s"))
