from datetime import UTC, datetime

import pytest

from emulator.core import journal as module
from emulator.core.journal import AttemptEntry, CallEntry, Journal, NoteEntry, StatusEntry

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def journal():
    return Journal()


def a_call(**changes):
    usual = {
        "api": "acme",
        "operation": "send",
        "account_id": "acc-1",
        "method": "POST",
        "path": b"/messages",
        "query": b"",
        "head": b"",
        "body": b"{}",
        "status": 202,
        "reply": b"{}",
    }
    return CallEntry(**usual | changes)


def test_entries_are_numbered_and_come_oldest_first(journal):
    facts = [a_call(), StatusEntry("message-1", 0), AttemptEntry("event-1", 1), NoteEntry("inbound", "in-1", "Hello")]

    for fact in facts:
        journal.add(NOW, fact)

    assert [(entry.number, entry.at, entry.fact) for entry in journal] == [
        (number, NOW, fact) for number, fact in enumerate(facts, 1)
    ]
    assert journal.last_number == len(journal) == 4


def test_entries_can_be_read_newest_first(journal):
    for text in "abc":
        journal.add(NOW, NoteEntry("note", text, ""))

    assert [entry.number for entry in reversed(journal)] == [3, 2, 1]


def test_a_new_journal_is_empty(journal):
    assert list(journal) == []
    assert journal.last_number == 0


def test_the_oldest_entries_leave_when_there_are_too_many(journal):
    for number in range(module.MOST_ENTRIES + 5):
        journal.add(NOW, StatusEntry("message-1", number))

    assert len(journal) == module.MOST_ENTRIES
    assert next(iter(journal)).number == 6
    assert journal.last_number == module.MOST_ENTRIES + 5


def test_the_oldest_entries_leave_when_they_are_too_large(journal):
    body = bytes(module.MOST_BODY_BYTES)
    for _ in range(400):
        journal.add(NOW, a_call(body=body, reply=body))

    kept = sum(len(entry.fact.body) + len(entry.fact.reply) for entry in journal)
    assert kept <= module.MOST_BYTES < kept + 2 * 2 * module.MOST_BODY_BYTES
    assert [entry.number for entry in journal] == list(range(401 - len(journal), 401))


def test_long_notes_count_with_their_text(journal):
    for _ in range(100):
        journal.add(NOW, NoteEntry("inbound", "in-1", "a" * 1024 * 1024))

    assert len(journal) == 31


def test_small_entries_come_back_after_large_ones_have_left(journal):
    body = bytes(module.MOST_BODY_BYTES)
    for _ in range(300):
        journal.add(NOW, a_call(body=body, reply=body))
    for number in range(module.MOST_ENTRIES):
        journal.add(NOW, StatusEntry("message-1", number))

    assert len(journal) == module.MOST_ENTRIES
    assert all(type(entry.fact) is StatusEntry for entry in journal)


def test_a_journal_can_grow_while_it_is_read(journal):
    journal.add(NOW, StatusEntry("message-1", 0))

    for entry in journal:
        journal.add(NOW, StatusEntry("message-1", entry.number))

    assert len(journal) == 2
