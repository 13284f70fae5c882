"""What was heard is held against the contract: figures, gaps by name, waivers, and waivers that should go."""

import pytest

from emulator.harness.coverage.assess import Coverage, Figure, assess, total
from emulator.harness.coverage.heard import Heard
from tests.emulator.harness.coverage.small import document


def heard(*answers: tuple[str, int], events: tuple[str, ...] = ()) -> Heard:
    found = Heard()
    found.answers.update(answers)
    found.events.update(events)
    return found


EVERYTHING = (
    ("createNote", 201),
    ("createNote", 402),
    ("listNotes", 200),
    ("listNotes", 422),
    ("deleteNote", 204),
    ("deleteNote", 404),
    ("deleteNote", 500),
)


def covered(*answers: tuple[str, int], events: tuple[str, ...] = (), **waivers: object) -> Coverage:
    return assess("small", document(**waivers), heard(*answers, events=events))


def test_a_whole_run_leaves_no_gap():
    found = covered(*EVERYTHING, events=("note.made", "receipt"))

    assert found.gaps == []
    assert found.figures == {"operation": Figure(3, 0, 3), "status": Figure(7, 0, 7), "event": Figure(2, 0, 2)}
    assert total([found]).percent == 100


def test_an_incomplete_run_names_exactly_what_is_missing():
    found = covered(("createNote", 201), ("listNotes", 404), ("listNotes", 200), events=("note.made",))

    assert list(map(str, found.gaps)) == [
        "createNote 402",
        "deleteNote",
        "deleteNote 204",
        "deleteNote 404",
        "deleteNote default",
        "receipt",
    ]
    assert found.figures == {"operation": Figure(2, 0, 3), "status": Figure(3, 0, 7), "event": Figure(1, 0, 2)}
    assert total([found]).percent == 50


def test_an_answer_that_is_not_documented_exercises_the_operation_alone():
    found = covered(("createNote", 418))

    assert [str(part) for part, count in found.counts.items() if count] == ["createNote"]


@pytest.mark.parametrize(
    "waivers",
    [
        {"createNote": {"402": "There is no money here"}},
        {"info": {"402": "There is no money here"}},
    ],
)
def test_a_waived_status_is_no_gap_and_says_why(waivers: dict[str, object]):
    found = covered(*(each for each in EVERYTHING if each[1] != 402), events=("note.made", "receipt"), **waivers)

    assert found.gaps == []
    assert {str(part): reason for part, reason in found.waived.items()} == {"createNote 402": "There is no money here"}
    assert found.figure("status") == Figure(6, 1, 7)
    assert not found.stale


def test_an_operation_and_an_event_can_be_waived_as_a_whole():
    found = covered(
        ("createNote", 201), events=("receipt",), deleteNote="It costs too much", note_made="Nobody listens"
    )

    assert list(map(str, found.waived)) == [
        "deleteNote",
        "deleteNote 204",
        "deleteNote 404",
        "deleteNote default",
        "note.made",
    ]
    assert list(map(str, found.gaps)) == ["listNotes", "listNotes 200", "listNotes 4XX", "createNote 402"]


@pytest.mark.parametrize(
    ("waivers", "part", "why"),
    [
        ({"createNote": {"201": "It was hard"}}, "createNote 201", "it was exercised 1 times"),
        ({"createNote": {"418": "No teapot"}}, "createNote 418", "the contract documents no such thing"),
        ({"createNote": {"402": " "}}, "createNote 402", "it gives no reason"),
        ({"note_made": "Nobody listens"}, "note.made", "it was exercised 1 times"),
        ({"info": {"201": "It was hard"}}, "createNote 201", "it was exercised 1 times"),
    ],
)
def test_a_waiver_that_should_go_is_told(waivers: dict[str, object], part: str, why: str):
    found = covered(("createNote", 201), events=("note.made",), **waivers)

    assert [(str(each.part), each.why) for each in found.stale] == [(part, why)]


def test_what_several_runs_heard_adds_up():
    first, second = heard(("createNote", 201)), heard(("createNote", 201), ("listNotes", 200), events=("receipt",))

    first.join(second)
    first.join(None)

    assert (first.answers["createNote", 201], first.answers["listNotes", 200], first.events["receipt"]) == (2, 1, 1)
