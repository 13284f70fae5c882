"""Which page answers which path."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from emulator.core.errors import MethodNotAllowed, UnknownPath
from emulator.dashboard.pages import (
    accounts,
    compose,
    conversations,
    failures,
    home,
    lists,
    message,
    messages,
    sinks,
    webhooks,
)
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

Page = Callable[[Visit], Reply | Awaitable[Reply]]

ROUTES: tuple[tuple[str, str, Page], ...] = (
    ("GET", "", home.show),
    ("POST", "clock", home.move_clock),
    ("POST", "worlds", home.make_world),
    ("POST", "reset", home.reset_world),
    ("GET", "messages", messages.show),
    ("GET", "messages/{id}", message.show),
    ("GET", "messages/{id}/mail", message.mail_frame),
    ("GET", "messages/{id}/raw", message.raw_mail),
    ("POST", "messages/{id}/report", message.report),
    ("POST", "messages/{id}/reply", message.reply),
    ("GET", "conversations", conversations.show),
    ("GET", "conversations/thread", conversations.thread),
    ("POST", "conversations/reply", conversations.reply),
    ("GET", "compose", compose.show),
    ("POST", "compose", compose.send),
    ("GET", "webhooks", webhooks.show),
    ("POST", "webhooks/retry", webhooks.retry),
    ("GET", "sinks", sinks.show_all),
    ("GET", "sinks/{name}", sinks.show),
    ("POST", "sinks/{name}", sinks.change),
    ("GET", "failures", failures.show),
    ("POST", "failures/add", failures.add),
    ("POST", "failures/withdraw", failures.withdraw),
    ("GET", "accounts", accounts.show_all),
    ("GET", "accounts/{id}", accounts.show),
    ("POST", "accounts/{id}", accounts.change),
    ("GET", "contacts", lists.contacts),
    ("GET", "suppressions", lists.suppressions),
    ("GET", "journal", lists.journal),
    ("GET", "audit", lists.audit),
)


def find(method: str, raw_path: str) -> tuple[Page, Mapping[str, str]]:
    """The page, and the parts of the path that it names. Raises `UnknownPath`, `MethodNotAllowed`."""
    wanted = "GET" if method == "HEAD" else method
    allowed: list[str] = []
    for its_method, pattern, page in ROUTES:
        parts = _match(pattern, raw_path)
        if parts is None:
            continue
        if its_method == wanted:
            return page, parts
        allowed.append(its_method)
    if allowed:
        raise MethodNotAllowed(method, f"/{raw_path}", tuple(allowed))
    raise UnknownPath(method, f"/{raw_path}")


def _match(pattern: str, raw_path: str) -> dict[str, str] | None:
    names, values = pattern.split("/"), raw_path.rstrip("/").split("/")
    if len(names) != len(values):
        return None
    parts: dict[str, str] = {}
    for name, value in zip(names, values, strict=True):
        if name.startswith("{"):
            parts[name[1:-1]] = unquote(value)
        elif name != value:
            return None
    return parts
