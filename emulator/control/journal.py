"""The journal as JSON: what happened in a world, oldest first, without secrets."""

from collections.abc import Callable, Iterator

from emulator.control.call import ControlCall, account_name, wait_of
from emulator.control.pages import DEFAULT_LIMIT
from emulator.control.redaction import redact_body, redact_headers, redact_query
from emulator.core.errors import Json
from emulator.core.journal import AttemptEntry, CallEntry, Entry, NoteEntry, StatusEntry
from emulator.core.moments import iso_milliseconds
from emulator.gateway.world import World
from emulator.server.dialect import Reply, json_reply

_KINDS = {CallEntry: "call", StatusEntry: "status", AttemptEntry: "attempt", NoteEntry: "note"}

Keep = Callable[[Entry], bool]


async def read_journal(call: ControlCall) -> Reply:
    """A page of entries; with `wait` held until there is one."""
    wait = wait_of(call)
    reading = _Reading(call)
    found = reading.page()
    if not found and wait is not None:
        found = await call.server.worlds.waiting.until(call.world, reading.look_again, wait) or []
    entries: list[Json] = [entry_as_json(call.world, entry) for entry in found]
    return json_reply(200, {"entries": entries, "next": reading.after})


class _Reading:
    """Where a caller is in the journal. `after` is the number after which to read on."""

    def __init__(self, call: ControlCall) -> None:
        self._world = call.world
        self._limit: int = call.query.get("limit", DEFAULT_LIMIT)
        self._keep = _filter(call)
        self.after: int = call.query.get("after", 0)

    def page(self) -> list[Entry]:
        """The next entries that are asked for."""
        found: list[Entry] = []
        journal = self._world.journal
        for entry in journal if self.after < journal.last_number else ():
            if entry.number <= self.after or not self._keep(entry):
                continue
            found.append(entry)
            if len(found) == self._limit:
                self.after = entry.number
                return found
        self.after = max(self.after, journal.last_number)
        return found

    async def look_again(self) -> list[Entry] | None:
        """The page, if there is anything on it by now."""
        return self.page() or None


def _filter(call: ControlCall) -> Keep:
    query, world = call.query, call.world
    keeps: list[Keep] = []
    if "kind" in query:
        keeps.append(lambda entry: _KINDS[type(entry.fact)] == query["kind"])
    if "api" in query:
        call.dialect(query["api"], place="query")
        keeps.append(lambda entry: _api(world, entry) == query["api"])
    if "operation" in query:
        keeps.append(lambda entry: isinstance(entry.fact, CallEntry) and entry.fact.operation == query["operation"])
    if "message" in query:
        keeps.append(lambda entry: _is_about(world, entry, query["message"]))
    return lambda entry: all(keep(entry) for keep in keeps)


def _api(world: World, entry: Entry) -> str | None:
    fact = entry.fact
    match fact:
        case CallEntry():
            return fact.api
        case StatusEntry():
            recipient = world.store.recipients.get(fact.recipient_id)
            return world.store.messages[recipient.message_id].api if recipient is not None else None
        case AttemptEntry():
            event = world.store.webhook_events.get(fact.webhook_event_id)
            return event.api if event is not None else None
        case NoteEntry():
            said = world.store.inbound.get(fact.subject)
            return said.api if said is not None else None


def _is_about(world: World, entry: Entry, message_id: str) -> bool:
    fact = entry.fact
    match fact:
        case CallEntry():
            id = message_id.encode()
            return id in fact.path or id in fact.reply
        case StatusEntry():
            recipient = world.store.recipients.get(fact.recipient_id)
            return recipient is not None and recipient.message_id == message_id
        case AttemptEntry():
            event = world.store.webhook_events.get(fact.webhook_event_id)
            return event is not None and event.message_id == message_id
        case NoteEntry():
            return message_id in _subjects(world, fact)


def _subjects(world: World, note: NoteEntry) -> Iterator[str | None]:
    yield note.subject
    recipient = world.store.recipients.get(note.subject)
    yield recipient.message_id if recipient is not None else None


def entry_as_json(world: World, entry: Entry) -> dict[str, Json]:
    """One entry as the API shows it, without secrets."""
    kind = _KINDS[type(entry.fact)]
    return {
        "number": entry.number,
        "at": iso_milliseconds(entry.at),
        "kind": kind,
        kind: _fact(world, entry),
    }


def _fact(world: World, entry: Entry) -> dict[str, Json]:
    fact = entry.fact
    match fact:
        case CallEntry():
            return _call(world, fact)
        case StatusEntry():
            return _status(world, fact)
        case AttemptEntry():
            return _attempt(world, fact)
        case NoteEntry():
            return {"about": fact.kind, "subject": fact.subject, "text": fact.text}


def _call(world: World, fact: CallEntry) -> dict[str, Json]:
    return {
        "api": fact.api,
        "operation": fact.operation,
        "account": account_name(world, fact.account_id) or None,
        "method": fact.method,
        "path": fact.path.decode("utf-8", "replace"),
        "query": redact_query(fact.query),
        "headers": {**redact_headers(fact.headers)},
        "body": redact_body(fact.body),
        "status": fact.status,
        "reply": redact_body(fact.reply),
    }


def _status(world: World, fact: StatusEntry) -> dict[str, Json]:
    recipient = world.store.recipients[fact.recipient_id]
    event = recipient.events[fact.event]
    return {
        "api": world.store.messages[recipient.message_id].api,
        "message": recipient.message_id,
        "recipient": recipient.address,
        "type": event.type.value,
        "origin": event.origin.value,
        "reason": event.reason,
    }


def _attempt(world: World, fact: AttemptEntry) -> dict[str, Json]:
    event = world.store.webhook_events[fact.webhook_event_id]
    attempt = event.attempts[fact.number - 1]
    return {
        "id": f"{event.id}.{attempt.number}",
        "api": event.api,
        "message": event.message_id,
        "type": event.type,
        "url": event.url,
        "number": attempt.number,
        "trigger": attempt.trigger,
        "status": attempt.response_status,
        "error": attempt.error,
    }
