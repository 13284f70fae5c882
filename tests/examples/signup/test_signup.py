"""The sign-up and the emulator in one process and one event loop: no port is opened by the application's calls."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from emulator.testing import AsyncEmulator, Emulator, NotSeen
from tests.examples.signup.signup import SignUp

PHONE = "+254722000000"

Scene = Callable[[AsyncEmulator, SignUp], Awaitable[None]]


@asynccontextmanager
async def signing_up() -> AsyncGenerator[tuple[AsyncEmulator, SignUp]]:
    """An emulator in this loop, and the application on top of it."""
    async with Emulator() as emulator:
        account = await emulator.account("raven")
        assert emulator.app is not None
        transport = httpx.ASGITransport(emulator.app)
        async with httpx.AsyncClient(transport=transport, base_url=account.base_url, headers=account.headers) as client:
            yield emulator, SignUp(client)


def play(scene: Scene) -> None:
    """Run a scene. With pytest-asyncio or anyio it would be a fixture."""

    async def run() -> None:
        async with signing_up() as (emulator, signup):
            await scene(emulator, signup)

    asyncio.run(run())


def test_the_code_lets_its_receiver_in():
    async def scene(emulator: AsyncEmulator, signup: SignUp) -> None:
        await signup.begin(PHONE)
        text = await emulator.wait_for_message(recipient=PHONE)

        assert not signup.confirm(PHONE, "not it")
        assert signup.confirm(PHONE, text.code)

    play(scene)


def test_each_wait_gives_the_next_message():
    async def scene(emulator: AsyncEmulator, signup: SignUp) -> None:
        await signup.begin(PHONE)
        old = await emulator.wait_for_message(recipient=PHONE)
        waiting = asyncio.create_task(emulator.wait_for_message(recipient=PHONE))
        await signup.begin(PHONE)
        new = await waiting

        assert not signup.confirm(PHONE, old.code)
        assert signup.confirm(PHONE, new.code)

    play(scene)


def test_an_outage_reaches_the_application():
    async def scene(emulator: AsyncEmulator, signup: SignUp) -> None:
        await emulator.fault({"status": 503}, api="raven")

        with pytest.raises(httpx.HTTPStatusError):
            await signup.begin(PHONE)
        with pytest.raises(NotSeen, match="503"):
            await emulator.wait_for_message(recipient=PHONE, within="50ms")

    play(scene)


def test_the_fixture_serves_coroutines_as_well(emulator: Emulator):
    account = emulator.account("raven")

    async def scene() -> None:
        async with httpx.AsyncClient(base_url=account.base_url, headers=account.headers) as client:
            signup = SignUp(client)
            waiting = asyncio.create_task(emulator.aio.wait_for_message(recipient=PHONE))
            await signup.begin(PHONE)
            assert signup.confirm(PHONE, (await waiting).code)

    asyncio.run(scene())
