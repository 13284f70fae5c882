"""What the shop tells its customers about their orders, and what it learns from the providers."""

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.examples.orders.providers import NotSent, Raven, Rebue, Uncertain

TOLERANCE = 300  # seconds that a webhook's signature may be old
STOP_WORDS = {"STOP", "UNSUBSCRIBE", "CANCEL"}


class BadSignature(Exception):
    """A webhook is not from who it says, or too old."""


@dataclass
class Order:
    """One order, and how its customer was told."""

    id: str
    email: str
    phone: str
    mail_id: str | None = None
    mail_status: str = "none"
    sms_status: str = "none"
    pickup_code: str | None = None
    collected: bool = False


@dataclass
class Orders:
    """The service. `now` gives unix seconds; tests hand in the clock of the world that their providers live in."""

    raven: Raven
    rebue: Rebue
    webhook_secret: str
    now: Callable[[], float] = time.time
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    opted_out: set[str] = field(default_factory=set[str])
    _seen: set[str] = field(default_factory=set[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def place(self, id: str, email: str, phone: str) -> Order:
        """Take an order and confirm it by mail; by SMS if no mail can be sent."""
        order = self.orders.setdefault(id, Order(id, email, phone))
        link = f"https://shop.example/track/{id}"
        text = f"Thank you! Your order {id} is confirmed. Track it: {link}"
        html = f'<p>Thank you! Your order {id} is confirmed.</p><p><a href="{link}">Track your order</a></p>'
        try:
            order.mail_id = self.raven.mail(f"order-{id}-confirmed", email, f"Your order {id}", text, html)
            order.mail_status = "sent"
        except NotSent:
            order.mail_status = "failed"
            self._fall_back(order)
        return order

    def ready(self, id: str) -> None:
        """The order can be collected: send a code by SMS."""
        order = self.orders[id]
        if order.pickup_code is None:
            order.pickup_code = f"{secrets.randbelow(10**6):06}"
        spaced = f"{order.pickup_code[:3]} {order.pickup_code[3:]}"
        self.raven.text(f"order-{id}-ready", order.phone, f"Order {id} is ready. Your pick-up code is {spaced}.")

    def collect(self, id: str, code: str) -> bool:
        """Hand the order out if the code is right."""
        order = self.orders[id]
        order.collected = order.collected or hmac.compare_digest(order.pickup_code or "", code)
        return order.collected

    def told_by_raven(self, headers: dict[str, str], body: bytes) -> None:
        """Take a webhook of Raven. Raises `BadSignature`."""
        self._check_signature(headers.get("x-raven-signature", ""), body)
        event = json.loads(body)
        if not self._is_new(event["id"]):
            return
        order = next((each for each in self.orders.values() if each.mail_id == event["data"]["messageId"]), None)
        if order is None:
            return
        order.mail_status = event["data"]["status"]
        if event["type"] in ("message.bounced", "message.failed", "message.suppressed"):
            self._fall_back(order)

    def told_by_rebue(self, receipt: dict[str, Any]) -> None:
        """Take a delivery receipt."""
        order = self.orders.get(str(receipt["correlator"]))
        if order is not None:
            delivered = receipt["deliveryStatus"] == "DeliveredToTerminal"
            order.sms_status = "delivered" if delivered else "failed"

    def customer_wrote(self, said: dict[str, Any]) -> None:
        """Take an incoming SMS."""
        word = said["message"].strip().upper()
        if word in STOP_WORDS:
            self.opted_out.add(said["phone"])
        elif word == "START":
            self.opted_out.discard(said["phone"])

    def _fall_back(self, order: Order) -> None:
        """Tell the customer by SMS, once, unless they do not want it."""
        with self._lock:
            if order.sms_status != "none":
                return
            order.sms_status = "opted out" if order.phone in self.opted_out else "sending"
        if order.sms_status == "opted out":
            return
        text = f"Your order {order.id} is confirmed. We could not mail you. Send STOP to 22999 to get no more texts."
        try:
            self.rebue.text(order.id, order.phone, text)
            order.sms_status = "sent"
        except Uncertain:
            order.sms_status = "uncertain"  # a receipt will tell
        except NotSent:
            order.sms_status = "failed"

    def _is_new(self, event_id: str) -> bool:
        with self._lock:
            is_new = event_id not in self._seen
            self._seen.add(event_id)
        return is_new

    def _check_signature(self, header: str, body: bytes) -> None:
        stamp, _, given = header.removeprefix("t=").partition(",v1=")
        expected = hmac.new(self.webhook_secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, given):
            raise BadSignature("the signature does not fit")
        if abs(self.now() - int(stamp)) > TOLERANCE:
            raise BadSignature("the signature is too old")
