"""A temporary bounce that somebody reports by hand, where the API calls the provider again for one."""

from datetime import timedelta

import pytest

from emulator.core.records import Channel, EventType, Status
from emulator.gateway.retries import report_by_hand
from emulator.providers.script import Report
from tests.emulator.gateway.acme import Acme

SOFT = Report(type=EventType.BOUNCED, hard=False, reason="mailbox-full")
HARD = Report(type=EventType.BOUNCED, reason="unknown-subscriber")


def sent(script: str = "deliver", **policy):
    acme = Acme(default_script=script, **policy)
    message = acme.send("ada@example.org", channel=Channel.EMAIL)
    acme.advance(0.2)
    return acme, message


def test_the_provider_is_called_again_and_what_it_had_still_to_say_is_dropped():
    acme, message = sent(retry_soft_bounces=True)

    recipient = report_by_hand(acme.world, message.id, SOFT)

    assert recipient.status is Status.SENT
    acme.advance(60)
    assert [(type, at) for type, at in acme.timeline(message) if at >= 0.2] == [
        ("bounced", 0.2),
        ("retry_scheduled", 0.2),
        ("sent", 1.25),
        ("delivered", 1.65),
    ]


def test_each_one_spends_a_retry_until_the_message_failed():
    acme, message = sent("silent", retry_soft_bounces=True, provider_retries=(timedelta(seconds=1),))
    assert report_by_hand(acme.world, message.id, SOFT).status is Status.SENT
    acme.advance(2)

    assert report_by_hand(acme.world, message.id, SOFT).status is Status.FAILED

    acme.advance(600)
    assert acme.timeline(message)[-1] == ("failed", 2.2)
    assert acme.recipient(message).attempt == 2


def test_one_before_the_providers_answer_ends_that_call_too():
    acme = Acme(retry_soft_bounces=True)
    message = acme.send("ada@example.org", channel=Channel.EMAIL)
    acme.advance(0.06)

    report_by_hand(acme.world, message.id, SOFT)
    acme.advance(60)

    assert [type for type, _ in acme.timeline(message)].count("sent") == 1
    assert acme.recipient(message).attempt == 2


def test_other_recipients_go_on_undisturbed():
    acme, message = sent(retry_soft_bounces=True)
    other = acme.send("bob@example.org", channel=Channel.EMAIL)

    report_by_hand(acme.world, message.id, SOFT)
    acme.advance(0.99)

    assert acme.recipient(other).status is Status.DELIVERED


@pytest.mark.parametrize(("step", "retry"), [(HARD, True), (SOFT, False)])
def test_a_permanent_one_and_an_api_without_retries_end_bounced(step: Report, retry: bool):
    acme, message = sent("silent", retry_soft_bounces=retry)

    assert report_by_hand(acme.world, message.id, step).status is Status.BOUNCED

    acme.advance(600)
    assert acme.recipient(message).attempt == 1


def test_one_after_delivery_calls_nobody():
    acme, message = sent(retry_soft_bounces=True)
    acme.advance(60)

    assert report_by_hand(acme.world, message.id, SOFT).status is Status.DELIVERED

    acme.advance(600)
    assert acme.timeline(message)[-1] == ("bounced", 60.2)
