"""Which page answers which path."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from emulator.control.call import Stream
from emulator.core.errors import MethodNotAllowed, UnknownPath
from emulator.dashboard.pages import (
    accounts,
    compose,
    contracts,
    conversations,
    failures,
    home,
    lists,
    live,
    message,
    messages,
    sinks,
    stories,
    things,
    webhooks,
)
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

Page = Callable[[Visit], Reply | Stream | Awaitable[Reply]]

ROUTES: tuple[tuple[str, str, Page], ...] = (
    ("GET", "", home.show),
    ("GET", "events", live.stream),
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
    ("GET", "stories", stories.show),
    ("POST", "stories/play", stories.play),
    ("GET", "stories/runs/{number}", stories.show_run),
    ("GET", "stories/runs/{number}/{place}", stories.show_played),
    ("GET", "stories/{group}/{name}", stories.show_one),
    ("GET", "contracts", contracts.show),
    ("GET", "contracts/{api}", contracts.show_one),
    ("GET", "contracts/{api}/openapi/{form}", contracts.download),
    ("GET", "contracts/{api}/webhooks/{webhook}", contracts.show_webhook),
    ("GET", "contracts/{api}/{operation}", contracts.show_operation),
    ("GET", "accounts", accounts.show_all),
    ("GET", "accounts/{id}", accounts.show),
    ("POST", "accounts/{id}", accounts.change),
    ("GET", "things/{kind}", things.show_all),
    ("GET", "things/{kind}/new", things.choose),
    ("GET", "things/{kind}/{account}/new", things.show_new),
    ("POST", "things/{kind}/{account}/new", things.create),
    ("GET", "things/{kind}/{account}/{id}", things.show),
    ("POST", "things/{kind}/{account}/{id}", things.update),
    ("POST", "things/{kind}/{account}/{id}/do", things.do),
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
