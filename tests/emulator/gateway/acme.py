"""A tiny API, `acme`, in a world of its own: what the gateway's tests act on.

SMS and e-mail go to the simulated providers, the account has one endpoint and some money. `Acme` moves time as the
server's timekeeper does, but posts nothing: a table says how endpoints answer.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from emulator.core import wallet
from emulator.core.clock import HELD, Pace, VirtualClock
from emulator.core.outbox import Announcement, PostOutcome, WebhookRules
from emulator.core.records import (
    Channel,
    Content,
    Event,
    EventType,
    InboundMessage,
    Message,
    Recipient,
    WebhookEndpoint,
    WebhookEvent,
)
from emulator.gateway import sending, telling
from emulator.gateway.policy import Charging, Policy
from emulator.gateway.timers import run_next
from emulator.gateway.world import World

E = EventType
ACCOUNT, SENDER = "acme-account", "ACME"
SMS_MICROS, MAIL_MICROS, TOP_UP_MICROS = 800_000, 100_000, 20_000_000
REFUSED = PostOutcome(500, "no")
WAITS = (timedelta(seconds=30), timedelta(minutes=2))


def _sign(event: WebhookEvent, endpoint: WebhookEndpoint | None, at: datetime) -> tuple[tuple[str, str], ...]:
    return (("x-acme-signature", f"{endpoint.secret if endpoint else '-'}/{event.wire_id}/{at.isoformat()}"),)


def _announce(world: World, _message: Message, recipient: Recipient, event: Event) -> Iterable[Announcement]:
    body = f"{recipient.id} {event.type} {event.at.isoformat()}".encode()
    for endpoint in world.store.endpoints_by_account.get(ACCOUNT):
        yield Announcement(type=f"message.{event.type}", body=body, url=endpoint.url, endpoint=endpoint)


def _announce_inbound(world: World, message: InboundMessage) -> Iterable[Announcement]:
    for endpoint in world.store.endpoints_by_account.get(ACCOUNT):
        yield Announcement(type="inbound", body=(message.text or "").encode(), url=endpoint.url, endpoint=endpoint)


def _is_two_way(_world: World, _account_id: str, channel: Channel, sender: str | None) -> bool:
    return channel is Channel.SMS and sender == SENDER


def acme_policy(**changes: Any) -> Policy:
    """The API's choices, changed in some."""
    usual: dict[str, Any] = {
        "api": "acme",
        "webhooks": WebhookRules(schedule=WAITS, timeout=timedelta(seconds=10), sign=_sign),
        "choose_provider": lambda _world, message, _recipient: (
            ("africas_talking" if message.channel is Channel.SMS else "ses"),
            None,
        ),
        "rates": {Channel.SMS: SMS_MICROS, Channel.EMAIL: MAIL_MICROS},
        "charging": Charging(
            capture=frozenset({E.DELIVERED}),
            release=frozenset({E.FAILED, E.BOUNCED, E.EXPIRED, E.SUPPRESSED, E.CANCELED}),
        ),
        "reports": {
            Channel.SMS: frozenset({E.DELIVERED, E.DEFERRED, E.FAILED, E.EXPIRED}),
            Channel.EMAIL: frozenset(
                {E.DELIVERED, E.DEFERRED, E.BOUNCED, E.EXPIRED, E.OPENED, E.CLICKED, E.COMPLAINED, E.UNSUBSCRIBED}
            ),
        },
        "announce": _announce,
        "announce_inbound": _announce_inbound,
        "receives": _is_two_way,
        "opt_outs": _is_two_way,
        "suppress_on": {E.BOUNCED: "bounced", E.COMPLAINED: "complained", E.UNSUBSCRIBED: "unsubscribed"},
    }
    return Policy(**usual | changes)


class Acme:
    """A world with one account of `acme`; `answers` are what its endpoints say to the next posts, then 200."""

    def __init__(
        self, *, pace: Pace = HELD, new_clock: Callable[[Pace], VirtualClock] = VirtualClock, **policy: Any
    ) -> None:
        self.world = World("default", policies={"acme": acme_policy(**policy)}, pace=pace, new_clock=new_clock)
        self.store, self.clock = self.world.store, self.world.clock
        self.start = self.clock.now
        self.answers: list[PostOutcome] = []
        self.posted: list[tuple[str, float]] = []
        wallet.open_wallet(self.store, self.world.ids, ACCOUNT, "KES", TOP_UP_MICROS, at=self.start)
        self.endpoint = self.add_endpoint("hook")

    def add_endpoint(self, id: str) -> WebhookEndpoint:
        return self.store.endpoints.put(
            WebhookEndpoint(
                id=id,
                api="acme",
                account_id=ACCOUNT,
                url=f"http://127.0.0.1/{id}",
                secret=f"secret-{id}",
                created_at=self.clock.now,
            )
        )

    def send(self, *addresses: str, channel: Channel = Channel.SMS, **changes: Any) -> Message:
        usual: dict[str, Any] = {
            "api": "acme",
            "account_id": ACCOUNT,
            "environment": "live",
            "channel": channel,
            "sender": SENDER,
            "addresses": addresses,
            "content": Content(text="Gate 4 is open: https://example.com/gates"),
        }
        return sending.send(self.world, sending.SendRequest(**usual | changes))

    def advance(self, seconds: float) -> None:
        """One timer, then what became due, then on."""
        to = self.clock.now + timedelta(seconds=seconds)
        self.post_ready()
        while run_next(self.world, to):
            self.post_ready()
        self.clock.jump_to(to)

    def post_ready(self) -> None:
        while self.world.ready:
            begun = telling.begin_attempt(self.world, self.world.ready.popleft())
            if begun is not None:
                event, attempt = begun
                self.posted.append((event.type, self.seconds(self.clock.now)))
                outcome = self.answers.pop(0) if self.answers else PostOutcome(200)
                telling.end_attempt(self.world, event.id, attempt, outcome)

    def recipient(self, message: Message, place: int = 0) -> Recipient:
        return self.store.recipients[message.id if place == 0 else f"{message.id}:{place}"]

    def timeline(self, message: Message, place: int = 0) -> list[tuple[str, float]]:
        """What happened to a recipient, and when, in seconds from acceptance."""
        accepted_at = message.created_at
        return [
            (event.type.value, round((event.at - accepted_at).total_seconds(), 3))
            for event in self.recipient(message, place).events
        ]

    def told(self) -> list[WebhookEvent]:
        return list(self.store.webhook_events)

    def seconds(self, moment: datetime) -> float:
        """Seconds since the world began."""
        return round((moment - self.start).total_seconds(), 3)

    def money(self) -> tuple[int, int]:
        """What was taken out of the wallet, and what is held."""
        found = wallet.wallet_of(self.store, ACCOUNT)
        return TOP_UP_MICROS - found.balance_micros, found.held_micros

    def notes(self) -> list[str]:
        return [entry.fact.kind for entry in self.world.journal if hasattr(entry.fact, "kind")]
