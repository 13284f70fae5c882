"""The timekeeper, with a tiny API of its own and a client that answers as it is told."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.clock import HELD, HELD_START, Pace
from emulator.core.outbox import Announcement, WebhookRules
from emulator.core.records import Channel, Content, Event, EventType, Message, Recipient, Status
from emulator.gateway.policy import Policy
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World
from emulator.server.timekeeper import ClockBusy, Timekeeper, WorldReset
from emulator.server.webhook_client import Outcome


def announce(_world: World, message: Message, _recipient: Recipient, event: Event) -> Iterable[Announcement]:
    if event.type is EventType.DELIVERED and message.endpoint_url:
        yield Announcement("delivered", b'{"id":1}', message.endpoint_url)


POLICY = Policy(
    api="acme",
    webhooks=WebhookRules(
        schedule=(timedelta(seconds=30), timedelta(minutes=2)),
        timeout=timedelta(seconds=10),
        sign=lambda event, _endpoint, at: (("X-Signature", f"{event.wire_id}@{at.isoformat()}"),),
    ),
    choose_provider=lambda *_: ("sandbox", None),
    reports={Channel.SMS: frozenset(EventType)},
)


class Client:
    """Answers with the next of its outcomes, the last one for ever; remembers what was posted, and when."""

    def __init__(self, *outcomes: Outcome, then: Callable[[], None] = lambda: None) -> None:
        self.outcomes = list(outcomes)
        self.posts: list[tuple[str, tuple[tuple[str, str], ...], bytes, timedelta]] = []
        self.then = then

    async def post(self, url, headers, body, *, timeout) -> Outcome:  # noqa: ASYNC109 - the real one's signature
        await asyncio.sleep(0)
        self.posts.append((url, tuple(headers), body, timeout))
        self.then()
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


TAKEN = Outcome(status=200, body=b"ok", error=None)
BROKEN = Outcome(status=500, body=b"no", error=None)


def a_world(pace: Pace = HELD) -> World:
    from msgspec.structs import replace

    return World("default", policies={"acme": replace(POLICY, announce=announce)}, pace=pace)


def a_send(world: World, address: str = "+12025550100") -> Message:
    return send(
        world,
        SendRequest(
            api="acme",
            account_id="a",
            environment="live",
            channel=Channel.SMS,
            sender="ACME",
            addresses=(address,),
            content=Content(text="hello"),
            endpoint_url="http://127.0.0.1:1/hook",
        ),
    )


def test_in_held_nothing_moves_until_advance():
    world = a_world()
    keeper = Timekeeper(world, Client(TAKEN))
    message = a_send(world)

    keeper.nudge()

    assert world.clock.now == HELD_START
    assert world.store.recipients[message.id].status is Status.QUEUED


def test_advance_runs_what_falls_due_and_says_how_much():
    world = a_world()
    client = Client(TAKEN)
    message = a_send(world)

    done = asyncio.run(Timekeeper(world, client).advance(HELD_START + timedelta(seconds=5)))

    assert world.store.recipients[message.id].status is Status.DELIVERED
    assert done == (HELD_START + timedelta(seconds=5), 3, 1)
    assert [post[0] for post in client.posts] == ["http://127.0.0.1:1/hook"]


def test_500_500_200_makes_three_attempts_at_the_scheduled_moments_signed_anew():
    world = a_world()
    client = Client(BROKEN, BROKEN, TAKEN)
    a_send(world)

    asyncio.run(Timekeeper(world, client).advance(HELD_START + timedelta(hours=72)))

    (event,) = world.store.webhook_events
    first = HELD_START + timedelta(milliseconds=500)
    assert [attempt.started_at for attempt in event.attempts] == [
        first,
        first + timedelta(seconds=30),
        first + timedelta(seconds=150),
    ]
    assert [attempt.response_status for attempt in event.attempts] == [500, 500, 200]
    assert event.state == "delivered"
    assert len({post[1] for post in client.posts}) == 3
    assert {post[2] for post in client.posts} == {b'{"id":1}'}


def test_a_receiver_that_never_takes_it_is_given_up_after_the_ladder():
    world = a_world()
    a_send(world)

    asyncio.run(Timekeeper(world, Client(BROKEN)).advance(HELD_START + timedelta(hours=72)))

    (event,) = world.store.webhook_events
    assert (len(event.attempts), event.state) == (3, "failed")


def test_in_held_a_receiver_is_given_two_seconds_at_most():
    world = a_world()
    client = Client(TAKEN)
    a_send(world)

    asyncio.run(Timekeeper(world, client).advance(HELD_START + timedelta(seconds=1)))

    assert client.posts[0][3] == timedelta(seconds=2)


def test_a_second_advance_during_the_first_is_refused():
    world = a_world()
    a_send(world)

    async def both() -> None:
        keeper = Timekeeper(world, Client(TAKEN))
        first = asyncio.create_task(keeper.advance(HELD_START + timedelta(seconds=5)))
        await asyncio.sleep(0)
        with pytest.raises(ClockBusy):
            await keeper.advance(HELD_START + timedelta(seconds=6))
        await first

    asyncio.run(both())


def test_a_reset_during_an_advance_ends_it_and_drops_what_was_on_its_way():
    world = a_world()
    a_send(world)
    client = Client(TAKEN, then=lambda: world.begin(1, HELD))

    with pytest.raises(WorldReset):
        asyncio.run(Timekeeper(world, client).advance(HELD_START + timedelta(seconds=5)))

    assert len(world.store.webhook_events) == 0


def test_a_receivers_send_during_an_advance_is_an_ordinary_stretch():
    world = a_world()
    a_send(world)
    client = Client(TAKEN)
    client.then = lambda: a_send(world) if len(client.posts) == 1 else None

    asyncio.run(Timekeeper(world, client).advance(HELD_START + timedelta(seconds=5)))

    moments = [event.created_at - HELD_START for event in world.store.webhook_events]
    assert moments == [timedelta(milliseconds=500), timedelta(seconds=1)]


def test_two_runs_give_the_same_journal():
    def run() -> list[object]:
        world = a_world()
        for number in range(20):
            a_send(world, f"+1202555010{number % 10}")
        asyncio.run(Timekeeper(world, Client(BROKEN, TAKEN)).advance(HELD_START + timedelta(days=1)))
        return [*world.journal]

    assert run() == run()


def test_a_crowd_of_timers_at_one_instant_is_no_endless_loop(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emulator.gateway.timers.MOST_AT_ONE_INSTANT", 50)
    world = a_world()
    for _ in range(200):
        a_send(world)

    done = asyncio.run(Timekeeper(world, Client(TAKEN)).advance(HELD_START + timedelta(seconds=1)))

    assert done.timers_run == 600


def test_in_a_fast_pace_messages_live_by_themselves():
    world = a_world(Pace(1000.0))
    client = Client(TAKEN)

    async def live() -> None:
        keeper = Timekeeper(world, client)
        done = asyncio.Event()
        client.then = done.set
        a_send(world)
        keeper.nudge()
        await asyncio.wait_for(done.wait(), 5)
        await keeper.drain()
        keeper.stop()

    asyncio.run(live())

    (event,) = world.store.webhook_events
    assert event.state == "delivered"


def test_virtual_time_starts_at_the_machines_in_a_running_pace():
    world = a_world(Pace(1.0))

    assert abs(world.clock.now - datetime.now(UTC)) < timedelta(minutes=1)
