"""An emulator for an application's own tests.

    from emulator.testing import Emulator

    with Emulator() as emulator:
        shop = Shop(base_url=emulator.account("acme-api").base_url, ...)
        shop.sign_in("+12025550100")
        message = emulator.wait_for_message(recipient="+12025550100")
        shop.confirm(message.code)

All goes through the control API, so it works as well against a server elsewhere: `Emulator("http://…")`. With pytest,
the plugin `emulator.pytest_plugin` gives each test a world of its own: take the fixture `emulator`.

    blocking.py     Emulator, Clock, Sink: for plain tests
    aio.py          AsyncEmulator: the same for coroutines; inbox.py, clock.py and sink.py are parts of it
    words.py        the words of the calls; records.py what the control API tells, as values
    texts.py        one-time codes and links in messages
    taken.py        what was given to a test already
    telling.py      what happened, for people who look at a test that failed
    control.py      one world's control API; transports.py the ways to reach it
    server.py       a server of one's own
"""

from emulator.testing.aio import AsyncEmulator
from emulator.testing.blocking import Clock, Emulator, Sink
from emulator.testing.clock import AsyncClock
from emulator.testing.errors import (
    CannotStart,
    NothingFound,
    NotSeen,
    NotVerified,
    Refused,
    Trouble,
    Unreachable,
)
from emulator.testing.message import Message, MessageSummary
from emulator.testing.records import Account, Api, Post
from emulator.testing.sink import AsyncSink
from emulator.testing.texts import Link, find_codes, find_links

__all__ = [
    "Account",
    "Api",
    "AsyncClock",
    "AsyncEmulator",
    "AsyncSink",
    "CannotStart",
    "Clock",
    "Emulator",
    "Link",
    "Message",
    "MessageSummary",
    "NotSeen",
    "NotVerified",
    "NothingFound",
    "Post",
    "Refused",
    "Sink",
    "Trouble",
    "Unreachable",
    "find_codes",
    "find_links",
]
