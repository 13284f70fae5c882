"""A sign-up with one-time codes, for an application that is written with `async`."""

import secrets
from dataclasses import dataclass, field

import httpx


@dataclass
class SignUp:
    """`client` has base URL and key of the messaging service."""

    client: httpx.AsyncClient
    codes: dict[str, str] = field(default_factory=dict[str, str])
    members: set[str] = field(default_factory=set[str])

    async def begin(self, phone: str) -> None:
        """Send a fresh code; the one before is worth nothing any more."""
        code = f"{secrets.randbelow(10**6):06}"
        text = (
            f"{code} is your Acme code. It is good for 10 minutes. Never tell it to anybody.\n\n@acme.example #{code}"
        )
        answer = await self.client.post("/v1/messages", json={"channel": "sms", "to": phone, "body": text})
        answer.raise_for_status()
        self.codes[phone] = code

    def confirm(self, phone: str, code: str) -> bool:
        """Let the phone's owner in."""
        if self.codes.get(phone) != code:
            return False
        del self.codes[phone]
        self.members.add(phone)
        return True
