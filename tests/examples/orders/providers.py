"""The two services that messages go through: Raven for mail and urgent texts, Cloud Rebue for cheap SMS."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

ATTEMPTS = 4


class NotSent(Exception):
    """A provider will not take a message, or could not be reached."""


class Uncertain(Exception):
    """The connection died after the request was sent: nobody knows whether the message was taken."""


@dataclass
class Raven:
    """Mail and SMS. Sends carry an idempotency key, so that they can be repeated safely."""

    base_url: str
    headers: dict[str, str]
    sender: str
    sleep: Callable[[float], None] = time.sleep
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=5))

    def mail(self, key: str, to: str, subject: str, text: str, html: str) -> str:
        """Send a mail; returns the message's id."""
        body = {
            "channel": "email",
            "to": to,
            "from": self.sender,
            "subject": subject,
            "bodyText": text,
            "bodyHtml": html,
        }
        return self._send(key, body)

    def text(self, key: str, to: str, text: str) -> str:
        """Send an SMS; returns the message's id."""
        return self._send(key, {"channel": "sms", "to": f"+{to}", "body": text})

    def _send(self, key: str, body: dict[str, str]) -> str:
        why = ""
        for attempt in range(ATTEMPTS):
            pause = 2.0**attempt
            try:
                answer = self.client.post(
                    f"{self.base_url}/v1/messages", json={**body, "idempotency_key": key}, headers=self.headers
                )
            except httpx.TransportError as error:
                # Whether it was taken or not: the same key makes no second message.
                why = str(error)
            else:
                if answer.status_code == 202:
                    return answer.json()["id"]
                why = f"{answer.status_code}: {answer.text}"
                if answer.status_code == 429:
                    pause = float(answer.headers.get("Retry-After", pause))
                elif answer.status_code < 500:
                    break
            self.sleep(pause)
        raise NotSent(why)


@dataclass
class Rebue:
    """SMS. There are no idempotency keys, so a send is never repeated when it may have been taken."""

    base_url: str
    headers: dict[str, str]
    sender: str
    receipts_url: str = ""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=5))

    def text(self, reference: str, to: str, text: str) -> str:
        """Send an SMS; returns the message's id. Raises `NotSent` and `Uncertain`."""
        body = {
            "sender": self.sender,
            "phone": to,
            "message": text,
            "correlator": reference,
            "endpoint": self.receipts_url,
        }
        try:
            answer = self.client.post(f"{self.base_url}/api/v1/send-sms", json=body, headers=self.headers)
        except httpx.ConnectError as error:
            raise NotSent(str(error)) from None
        except httpx.TransportError as error:
            raise Uncertain(str(error)) from None
        if answer.status_code != 200 or not answer.json()[0]["status"]:
            raise NotSent(f"{answer.status_code}: {answer.text}")
        return answer.json()[0]["data"]["uniqueId"]
