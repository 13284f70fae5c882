"""The application, pointed at the emulator."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from emulator.testing import Emulator
from tests.examples.orders.providers import Raven, Rebue
from tests.examples.orders.service import Order, Orders
from tests.examples.orders.web import serving

SECRET = "whsec_of_the_shop"


@dataclass
class Shop:
    """The running application, as its customers and its operators see it."""

    url: str
    service: Orders
    client: httpx.Client

    def post(self, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        """Ask the application."""
        return self.client.post(f"{self.url}{path}", json=body or {})

    def order(self, id: str = "1042", email: str = "ada@example.org", phone: str = "254711000111") -> Order:
        """Place an order."""
        assert self.post("/orders", {"id": id, "email": email, "phone": phone}).status_code == 201
        return self.service.orders[id]


@pytest.fixture
def orders(emulator: Emulator) -> Iterator[Orders]:
    """The service with the credentials that the emulator gives out, and the world's clock."""
    raven, rebue = emulator.account("raven"), emulator.account("cloudrebue")
    with httpx.Client(timeout=5) as client:
        yield Orders(
            Raven(raven.base_url, raven.headers, raven.parameters["from"], sleep=lambda _: None, client=client),
            Rebue(rebue.base_url, rebue.headers, rebue.parameters["sender"], client=client),
            webhook_secret=SECRET,
            now=lambda: emulator.clock.now().timestamp(),
        )


@pytest.fixture
def shop(emulator: Emulator, orders: Orders) -> Iterator[Shop]:
    """The application on a free port; the providers know where to find it."""
    with serving(orders) as url, httpx.Client(timeout=10) as client:
        orders.rebue.receipts_url = f"{url}/hooks/receipts"
        emulator.update_account(
            emulator.account("raven"),
            settings={"outbound_webhooks": True},
            webhooks=[{"url": f"{url}/hooks/raven", "secret": SECRET}],
        )
        emulator.update_account(emulator.account("cloudrebue"), settings={"callback_url": f"{url}/hooks/incoming"})
        yield Shop(url, orders, client)
