"""Messages: looked at, awaited, counted, answered, reported about."""

import time
from collections.abc import Callable
from typing import Any, Unpack

import msgspec

from emulator.testing.control import (
    DEFAULT_WAIT,
    LONGEST_HOLD,
    MOST_ON_A_PAGE,
    Control,
    Span,
    quoted,
    seconds_of,
    span_of,
)
from emulator.testing.errors import NotSeen, NotVerified, Refused
from emulator.testing.message import Message, MessageSummary
from emulator.testing.records import Inbound
from emulator.testing.taken import Taken
from emulator.testing.telling import calls_refused, inbox_lines
from emulator.testing.words import AccountRef, Json, MessageFilter, MessageRef, account_id, query_of


class AsyncInbox:
    """What a world knows about messages, and about all that happened. `taken` is what was given to a wait already."""

    def __init__(self, control: Control, taken: Taken) -> None:
        self.control = control
        self.taken = taken

    async def messages(self, *, limit: int = 100, **filter: Unpack[MessageFilter]) -> list[MessageSummary]:
        """The newest messages over all APIs, newest first; at most 500."""
        told = await self.control.get("messages", {"limit": limit, **query_of(filter)})
        return msgspec.convert(told["messages"], list[MessageSummary])

    async def message(self, message: MessageRef) -> Message:
        """A message as it is now, with all that is known about it. Raises `Refused`."""
        id = message if isinstance(message, str) else message.id
        return msgspec.convert(await self.control.get(f"messages/{quoted(id)}"), Message)

    async def wait_for_message(
        self,
        *,
        within: Span = DEFAULT_WAIT,
        where: Callable[[Message], bool] | None = None,
        **filter: Unpack[MessageFilter],
    ) -> Message:
        """The next message that was accepted, or is within a span of real time.

        Each message is given once, the oldest first: the second call does not see what the first one returned.
        Raises `NotSeen`, which says what came instead.
        """
        ends_at = time.monotonic() + seconds_of(within)
        query, after, passed_over = query_of(filter), None, 0
        while True:
            left = max(0.0, ends_at - time.monotonic())
            hold = span_of(min(left, LONGEST_HOLD)) if left else None
            asked = {"limit": MOST_ON_A_PAGE, "after": after, "wait": hold, **query}
            found = (await self.control.get("messages", asked))["messages"]
            for id in (each["id"] for each in reversed(found)):
                if self.taken.has("messages", id):
                    continue
                message = await self.message(id)
                if where is not None and not where(message):
                    passed_over += 1
                elif self.taken.take("messages", id):
                    return message
            if found:
                after = found[0]["id"]
            elif left == 0:
                raise NotSeen(await self._nothing_came(query, within, passed_over))

    async def verify(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **filter: Unpack[MessageFilter],
    ) -> int:
        """Expect so many messages, at least one unless something is said; how many there are.

        Raises `NotVerified`, which says what came.
        """
        counts = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        asked: dict[str, Any] = {"messages": query_of(filter)}
        if any(count is not None for count in counts.values()):
            asked["count"] = {name: count for name, count in counts.items() if count is not None}
        try:
            return (await self.control.ask("POST", "verify", asked))["count"]
        except Refused as error:
            if error.word != "not-verified":
                raise
            came = msgspec.convert(error.problem["messages"], list[MessageSummary])
            raise NotVerified("\n".join([str(error), *inbox_lines(came)])) from None

    async def receipt(
        self,
        message: MessageRef,
        report: str,
        *,
        recipient: str | None = None,
        kind: str | None = None,
        reason: str | None = None,
        code: str | None = None,
        diagnostic: str | None = None,
    ) -> Message:
        """Let the provider report (`delivered`, `bounced` …), by hand; the message afterwards. Raises `Refused`."""
        members = {"recipient": recipient, "kind": kind, "reason": reason, "code": code, "diagnostic": diagnostic}
        said = {name: value for name, value in members.items() if value is not None}
        id = message if isinstance(message, str) else message.id
        await self.control.ask("POST", f"messages/{quoted(id)}/receipts", {"report": report, **said})
        return await self.message(id)

    async def inbound(
        self,
        *,
        api: str,
        account: AccountRef,
        sender: str,
        to: str,
        text: str | None = None,
        channel: str = "sms",
        **members: Any,  # noqa: ANN401 - media, suggestion, location … in the API's words
    ) -> Inbound:
        """Let a person (`sender`) write to an account's number or address (`to`). Raises `Refused`."""
        said = {"api": api, "account": account_id(account), "channel": channel, "from": sender, "to": to, **members}
        if text is not None:
            said["text"] = text
        return msgspec.convert(await self.control.ask("POST", "inbound", said), Inbound)

    async def reply(
        self, message: MessageRef, text: str, *, sender: str | None = None, to: str | None = None
    ) -> Inbound:
        """Let the recipient of a message answer it. Raises `Refused`.

        `sender` is which recipient, if there are several; `to` whom they write to, if the message does not say.
        """
        answered = await self.message(message)
        to = to or answered.sender
        if to is None:
            raise ValueError(
                f"message {answered.id} names no sender; say with `to` whom {answered.recipient} writes to"
            )
        return await self.inbound(
            api=answered.api,
            account=answered.account_id,
            channel=answered.channel,
            sender=sender or answered.recipient,
            to=to,
            text=text,
            in_reply_to=answered.id,
        )

    async def journal(
        self, *, kind: str | None = None, api: str | None = None, operation: str | None = None
    ) -> list[dict[str, Any]]:
        """What happened, oldest first: calls, status changes, webhook attempts, notes. Secrets are left out."""
        entries: list[dict[str, Any]] = []
        query = {"kind": kind, "api": api, "operation": operation, "limit": MOST_ON_A_PAGE}
        after = 0
        while True:
            told = await self.control.get("journal", {**query, "after": after})
            entries += told["entries"]
            if len(told["entries"]) < MOST_ON_A_PAGE:
                return entries
            after = told["next"]

    async def _nothing_came(self, query: Json, within: Span, passed_over: int) -> str:
        asked = ", ".join(f"{name} {value!r}" for name, value in query.items())
        lines = [f"no {'other ' if self.taken.any('messages') else ''}message {f'with {asked} ' if asked else ''}"]
        lines[0] += f"was accepted within {span_of(within)}"
        if passed_over:
            lines[0] += f"; {passed_over} came that `where` did not want"
        came = await self.messages(limit=10)
        lines += inbox_lines(came, taken=lambda message: self.taken.has("messages", message))
        lines += calls_refused(await self.journal(kind="call"))
        return "\n".join(lines)
