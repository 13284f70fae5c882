"""Where a request belongs, and which addresses lead back there."""

import asyncio
from typing import Any

import httpx
import pytest

from emulator.app import App, create_app
from emulator.server.dialect import AccountCard
from emulator.settings import Settings
from tests.emulator.dialects.raven.conftest import SMS


def a_card(app: App, world: str) -> AccountCard:
    (api,) = (each for each in app.apis.values() if each.dialect.name == "raven")
    return next(card for card in api.dialect.describe(app.worlds.get(world)) if card.name == "acme")


def location(app: App, path: str, headers: Any) -> str:
    """Where the answer to a send says that the message is."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8026") as client:
            return await client.post(path, json=SMS, headers=headers)

    answer = asyncio.run(send())
    assert answer.status_code == 202, answer.text
    return answer.headers["location"]


@pytest.fixture
def app() -> App:
    app = create_app(Settings(pace="held"))
    app.worlds.create("blue")
    return app


def test_an_address_that_leads_back_names_the_world_that_the_path_named(app: App):
    (headers,) = a_card(app, "blue").credentials.values()

    assert location(app, "/w/blue/raven/v1/messages", headers).startswith("/w/blue/raven/v1/messages/")


def test_an_address_that_leads_back_names_the_world_that_the_credential_selected(app: App):
    (headers,) = a_card(app, "blue").credentials.values()

    assert location(app, "/raven/v1/messages", headers).startswith("/w/blue/raven/v1/messages/")
    assert location(app, "/v1/messages", {**headers, "Host": "api-raven-cloud.autotribes.app"}).startswith(
        "/w/blue/v1/messages/"
    )


def test_the_default_world_needs_no_name_in_an_address(app: App):
    (headers,) = a_card(app, "default").credentials.values()

    assert location(app, "/raven/v1/messages", headers).startswith("/raven/v1/messages/")
