"""An application that sends, in two lines."""

from typing import Any

import httpx

from emulator.testing import Account, Emulator

PHONE = "+254722000000"


def send(emulator: Emulator, account: Account | None = None, **body: Any) -> httpx.Response:
    account = account or emulator.account("raven")
    wanted = {"channel": "sms", "to": PHONE, "body": "Your code is 4711", **body}
    return httpx.post(f"{account.base_url}/v1/messages", json=wanted, headers=account.headers)


def mail(emulator: Emulator) -> httpx.Response:
    account = emulator.account("raven")
    wanted = {
        "channel": "email",
        "to": "ada@example.org",
        "from": account.parameters["from"],
        "subject": "Code 8899",
        "bodyHtml": '<p>Hi</p><a href="https://shop.example/t/1">Track</a>',
    }
    return httpx.post(f"{account.base_url}/v1/messages", json=wanted, headers=account.headers)


def to_sink(emulator: Emulator, name: str = "sink") -> None:
    """Let webhooks come to a sink of the emulator's."""
    emulator.update_account(
        emulator.account("raven"),
        settings={"outbound_webhooks": True},
        webhooks=[{"url": emulator.sink(name).url, "secret": "whsec_1"}],
    )
