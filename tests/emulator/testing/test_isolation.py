"""Many worlds at the same time, and nothing of one is seen in another."""

import asyncio
from typing import Any

import aiohttp

from emulator.testing import AsyncEmulator, Emulator

WORLDS = 50
MESSAGES = 200


async def live(world: AsyncEmulator, session: aiohttp.ClientSession) -> set[str]:
    """Send through two APIs, let time pass, and hold what is seen against what was sent; the ids of the messages."""
    raven, rebue = await world.account("raven"), await world.account("cloudrebue")
    sink = world.sink()
    await world.update_account(raven, settings={"outbound_webhooks": True}, webhooks=[{"url": sink.url}])
    for number in range(MESSAGES // 2):
        text = f"{world.world} {number}"
        async with session.post(
            f"{raven.base_url}/v1/messages",
            json={"channel": "sms", "to": "+254722000000", "body": text, "idempotency_key": str(number)},
            headers=raven.headers,
        ) as answer:
            assert answer.status == 202
        async with session.post(
            f"{rebue.base_url}/api/v1/send-sms",
            json={"sender": "BizTxt", "phone": "254711000111", "message": text},
            headers=rebue.headers,
        ) as answer:
            assert answer.status == 200
    await world.clock.advance("5s")
    messages = await world.messages(limit=500)
    assert sorted(message.text or "" for message in messages) == sorted(
        f"{world.world} {number}" for number in range(MESSAGES // 2) for _ in range(2)
    )
    assert {message.status for message in messages} == {"delivered"}
    ids = {message.id for message in messages}
    posts: list[Any] = [post.json["data"]["messageId"] for post in await sink.posts()]
    assert len(posts) == MESSAGES
    assert set(posts) <= ids
    return ids


async def look_into(world: AsyncEmulator, id: str, session: aiohttp.ClientSession) -> int:
    """Ask a world for a message of another one."""
    raven = await world.account("raven")
    async with session.get(f"{raven.base_url}/v1/messages/{id}", headers=raven.headers) as answer:
        return answer.status


def test_fifty_worlds_with_two_hundred_messages_each_see_only_their_own(emulator_server: Emulator):
    async def scene() -> None:
        there = emulator_server.aio
        names = [f"apart-{number}" for number in range(WORLDS)]
        worlds = [await there.create_world(name, seed=number) for number, name in enumerate(names)]
        async with aiohttp.ClientSession() as session:
            seen = await asyncio.gather(*(live(world, session) for world in worlds))
            assert sum(map(len, seen)) == len(set[str]().union(*seen)) == WORLDS * MESSAGES
            others = [next(iter(ids)) for ids in (*seen[1:], seen[0])]
            statuses = await asyncio.gather(
                *(look_into(world, id, session) for world, id in zip(worlds, others, strict=True))
            )
            assert set(statuses) == {404}
        await asyncio.gather(*(there.delete_world(name) for name in names))

    asyncio.run(scene())
