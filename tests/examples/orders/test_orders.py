"""The order service, tested as its customers and its providers see it."""

import httpx
import pytest

from emulator.testing import Emulator
from tests.examples.orders.conftest import Shop

ADA = "ada@example.org"
PHONE = "254711000111"


# What customers are told


def test_an_order_is_confirmed_by_mail_with_a_link(emulator: Emulator, shop: Shop):
    shop.order("1042")

    mail = emulator.wait_for_message(recipient=ADA)

    assert mail.subject == "Your order 1042"
    assert mail.link("Track your order") == "https://shop.example/track/1042"


def test_the_shop_learns_that_the_mail_was_delivered(emulator: Emulator, shop: Shop):
    order = shop.order()

    emulator.clock.advance("5s")

    assert order.mail_status == "delivered"
    assert order.sms_status == "none"


def test_the_code_in_the_text_opens_the_locker(emulator: Emulator, shop: Shop):
    shop.order("1042")
    shop.post("/orders/1042/ready")

    text = emulator.wait_for_message(recipient=PHONE, channel="sms")

    assert shop.post("/orders/1042/collect", {"code": "000000x"}).status_code == 403
    assert shop.post("/orders/1042/collect", {"code": text.code}).status_code == 200


# When things go wrong at the provider


def test_a_mail_that_bounces_is_followed_by_a_text(emulator: Emulator, shop: Shop):
    emulator.script({"after": "2s", "report": "bounced", "kind": "hard"}, recipient=ADA)
    order = shop.order("1042")
    emulator.verify(exactly=0, channel="sms")

    emulator.clock.advance("5s")

    text = emulator.wait_for_message(channel="sms", recipient=PHONE)
    assert "Your order 1042 is confirmed" in text.text
    assert order.mail_status == "bounced"
    emulator.clock.advance("5s")
    assert order.sms_status == "delivered"


def test_magic_recipients_need_no_script(emulator: Emulator, shop: Shop):
    order = shop.order(email="bounce@simulator.example")

    emulator.clock.advance("1m")

    assert order.mail_status == "bounced"
    assert order.sms_status == "delivered"


def test_a_phone_that_is_switched_off_is_known_as_such(emulator: Emulator, shop: Shop):
    emulator.script({"after": "2s", "report": "bounced", "kind": "hard"}, channel="email")
    emulator.script({"after": "48h", "report": "expired", "reason": "absent-subscriber"}, channel="sms")
    order = shop.order()

    emulator.clock.advance("3d")

    assert order.sms_status == "failed"


def test_a_receipt_by_hand_says_what_no_script_foresaw(emulator: Emulator, shop: Shop):
    order = shop.order()
    mail = emulator.wait_for_message(recipient=ADA)
    emulator.clock.advance("5s")

    emulator.receipt(mail, "complained")
    emulator.clock.advance()

    assert order.mail_status == "complained"


# When things go wrong on the way


def test_an_outage_is_ridden_out(emulator: Emulator, shop: Shop):
    fault = emulator.fault({"status": 503}, api="raven", times=2)

    order = shop.order()

    assert order.mail_status == "sent"
    assert [each.used for each in emulator.faults() if each.id == fault.id] == [2]
    emulator.verify(exactly=1, recipient=ADA)


def test_a_send_whose_answer_was_lost_is_repeated_and_mailed_once(emulator: Emulator, shop: Shop):
    emulator.fault({"ambiguous_commit": True}, api="raven", operation="sendMessage", times=1)

    order = shop.order()

    calls = [entry["call"]["status"] for entry in emulator.journal(kind="call", operation="sendMessage")]
    assert len(calls) == 2
    assert order.mail_status == "sent"
    emulator.verify(exactly=1, recipient=ADA)


def test_a_text_whose_answer_was_lost_is_not_repeated(emulator: Emulator, shop: Shop):
    emulator.script({"report": "bounced", "kind": "hard"}, channel="email")
    emulator.fault({"ambiguous_commit": True}, api="cloudrebue", times=1)
    order = shop.order()

    emulator.clock.advance("600ms")
    uncertain = order.sms_status
    emulator.clock.advance("1m")

    assert uncertain == "uncertain"
    assert order.sms_status == "delivered", "the receipt tells"
    emulator.verify(exactly=1, channel="sms")


def test_an_empty_account_is_no_reason_to_try_again(emulator: Emulator, shop: Shop):
    emulator.update_account(emulator.account("cloudrebue"), balance=0)
    emulator.script({"report": "bounced", "kind": "hard"}, channel="email")
    order = shop.order()

    emulator.clock.advance("1m")

    assert order.sms_status == "failed"
    emulator.verify(exactly=0, channel="sms")


# Webhooks


def test_a_webhook_that_comes_twice_makes_one_text(emulator: Emulator, shop: Shop):
    emulator.script({"report": "bounced", "kind": "hard"}, channel="email")
    emulator.fault({"webhook": "duplicate"}, api="raven")
    shop.order()

    emulator.clock.advance("1m")

    emulator.verify(exactly=1, channel="sms")


def test_a_webhook_with_a_bad_signature_is_refused(emulator: Emulator, shop: Shop):
    emulator.fault({"webhook": "bad_signature"}, api="raven", type="message.delivered", times=1)
    order = shop.order()

    emulator.clock.advance("5s")
    before = order.mail_status
    emulator.clock.advance("1m")

    first, second = reversed(emulator.attempts(type="message.delivered"))
    assert (first.response or {})["status"] == 401
    assert (second.response or {})["status"] == 200, "the second attempt is signed as it should be"
    assert (before, order.mail_status) == ("sent", "delivered")


def test_a_webhook_that_is_not_signed_is_refused(shop: Shop):
    answer = httpx.post(f"{shop.url}/hooks/raven", json={"id": "1", "type": "message.bounced", "data": {}})

    assert answer.status_code == 401


# Opting out


def test_who_writes_stop_gets_no_more_texts(emulator: Emulator, shop: Shop):
    emulator.script({"report": "bounced", "kind": "hard"}, channel="email")
    shop.order("1042")
    emulator.clock.advance("5s")
    text = emulator.wait_for_message(channel="sms")

    emulator.reply(text, "Stop", to="22999")
    emulator.clock.advance()
    second = shop.order("1043", email="eve@example.org")
    emulator.clock.advance("5s")

    assert second.sms_status == "opted out"
    emulator.verify(exactly=1, channel="sms")


# Trying two ways from one point


@pytest.mark.parametrize(("report", "sms"), [("delivered", "none"), ("bounced", "delivered")])
def test_a_snapshot_is_a_point_to_come_back_to(emulator: Emulator, shop: Shop, report: str, sms: str):
    emulator.script({"silent": True}, channel="email")
    order = shop.order()
    mail = emulator.wait_for_message()
    emulator.clock.advance("1s")
    kept = emulator.snapshot()

    emulator.clock.advance("30d")
    emulator.restore(kept)
    emulator.receipt(mail, report)
    emulator.clock.advance("5s")

    assert order.mail_status == report
    assert order.sms_status == sms
