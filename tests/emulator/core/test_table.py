import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from emulator.core.errors import NotFound
from emulator.core.records import Record
from emulator.core.table import Joined, Table


class Bird(Record, frozen=True, kw_only=True):
    id: str
    colour: str | None = None
    ring: str | None = None


class Aviary:
    def __init__(self):
        self.birds = Table[Bird]("bird", lambda bird: bird.id)
        self.by_colour = self.birds.index(lambda bird: bird.colour)
        self.by_ring = self.birds.unique(lambda bird: bird.ring)


@pytest.fixture
def aviary():
    return Aviary()


def test_put_returns_the_record_and_keeps_it(aviary):
    polly = Bird(id="polly")

    assert aviary.birds.put(polly) is polly
    assert aviary.birds["polly"] is aviary.birds.get("polly") is polly
    assert "polly" in aviary.birds


def test_a_record_that_is_not_there_is_not_found(aviary):
    with pytest.raises(NotFound) as refusal:
        aviary.birds["polly"]

    assert (refusal.value.kind, refusal.value.id) == ("bird", "polly")
    assert aviary.birds.get("polly") is None
    assert "polly" not in aviary.birds


def test_records_come_in_order_of_insertion_also_after_a_replacement(aviary):
    for id in "cab":
        aviary.birds.put(Bird(id=id))

    aviary.birds.put(Bird(id="c", colour="red"))

    assert [bird.id for bird in aviary.birds] == ["c", "a", "b"]
    assert len(aviary.birds) == 3


def test_a_group_holds_its_records_oldest_first(aviary):
    for id in "cab":
        aviary.birds.put(Bird(id=id, colour="red"))
    aviary.birds.put(Bird(id="x", colour="blue"))

    assert aviary.by_colour.ids("red") == ["c", "a", "b"]
    assert [bird.id for bird in aviary.by_colour.get("red")] == ["c", "a", "b"]
    assert aviary.by_colour.ids("blue") == ["x"]


def test_a_key_that_nobody_has_is_an_empty_group(aviary):
    assert aviary.by_colour.ids("red") == []
    assert list(aviary.by_colour.get("red")) == []


def test_a_replaced_record_moves_to_its_new_group(aviary):
    polly = aviary.birds.put(Bird(id="polly", colour="green"))

    aviary.birds.put(replace(polly, colour="grey"))

    assert aviary.by_colour.ids("green") == []
    assert aviary.by_colour.ids("grey") == ["polly"]


def test_a_record_without_a_key_is_in_no_group(aviary):
    polly = aviary.birds.put(Bird(id="polly", colour="green", ring="7"))

    aviary.birds.put(replace(polly, colour=None, ring=None))

    assert aviary.by_colour.ids("green") == []
    assert aviary.by_ring.get("7") is None


def test_a_group_can_be_changed_while_it_is_read(aviary):
    for id in "abc":
        aviary.birds.put(Bird(id=id, colour="red"))

    for bird in aviary.by_colour.get("red"):
        aviary.birds.delete(bird.id)

    assert len(aviary.birds) == 0


def test_the_record_that_took_a_unique_key_last_owns_it(aviary):
    aviary.birds.put(Bird(id="old", ring="7"))
    aviary.birds.put(Bird(id="new", ring="7"))

    aviary.birds.delete("old")

    assert aviary.by_ring.get("7") == Bird(id="new", ring="7")


def test_a_changed_unique_key_is_forgotten(aviary):
    polly = aviary.birds.put(Bird(id="polly", ring="7"))

    aviary.birds.put(replace(polly, ring="8"))

    assert aviary.by_ring.get("7") is None
    assert aviary.by_ring.get("8") == Bird(id="polly", ring="8")


def test_a_deleted_record_is_gone_from_everywhere(aviary):
    aviary.birds.put(Bird(id="polly", colour="green", ring="7"))

    aviary.birds.delete("polly")

    assert "polly" not in aviary.birds
    assert aviary.by_colour.ids("green") == []
    assert aviary.by_ring.get("7") is None


def test_what_is_not_there_cannot_be_deleted(aviary):
    with pytest.raises(NotFound):
        aviary.birds.delete("polly")


class TableAgainstModel(RuleBasedStateMachine):
    """Any series of puts and deletes leaves table and indexes as plain searches through a list would have them."""

    def __init__(self):
        super().__init__()
        self.aviary = Aviary()
        self.model = {}
        self.groups = {}  # colour -> ids in the order in which they came to it

    @rule(id=st.sampled_from("abcde"), colour=st.sampled_from(["red", "blue", None]), ring=st.sampled_from(["7", None]))
    def put(self, id, colour, ring):
        before = self.model.get(id)
        bird = self.model[id] = self.aviary.birds.put(Bird(id=id, colour=colour, ring=ring))
        if before is None or before.colour != colour:
            self._leave(before)
            self.groups.setdefault(bird.colour, []).append(id)

    @rule(id=st.sampled_from("abcde"))
    def delete(self, id):
        if id not in self.model:
            with pytest.raises(NotFound):
                self.aviary.birds.delete(id)
            return
        self.aviary.birds.delete(id)
        self._leave(self.model.pop(id))

    def _leave(self, bird):
        if bird is not None:
            self.groups[bird.colour].remove(bird.id)

    @invariant()
    def the_table_holds_what_the_model_holds(self):
        assert list(self.aviary.birds) == list(self.model.values())

    @invariant()
    def each_group_is_what_a_search_would_find(self):
        expected = {colour: ids for colour, ids in self.groups.items() if ids and colour is not None}
        colours = {colour for colour in self.groups if colour is not None}
        found = {colour: list(self.aviary.by_colour.ids(colour)) for colour in colours}
        assert {colour: ids for colour, ids in found.items() if ids} == expected

    @invariant()
    def who_owns_a_unique_key_has_it(self):
        owner = self.aviary.by_ring.get("7")
        assert owner is None or (owner.ring == "7" and self.model[owner.id] == owner)


TableAgainstModel.TestCase.settings = settings(max_examples=40, stateful_step_count=30)
TestTableAgainstModel = TableAgainstModel.TestCase


def test_a_record_can_stand_under_several_keys():
    birds = Table[Bird]("bird", lambda bird: bird.id)
    by_letter = birds.index_each(lambda bird: tuple(bird.colour or ""))

    birds.put(Bird(id="polly", colour="ab"))
    birds.put(Bird(id="molly", colour="bc"))
    assert [by_letter.ids(letter) for letter in "abc"] == [["polly"], ["polly", "molly"], ["molly"]]

    birds.put(Bird(id="polly", colour="ca"))
    assert [by_letter.ids(letter) for letter in "abc"] == [["polly"], ["molly"], ["molly", "polly"]]

    birds.delete("molly")
    assert [by_letter.ids(letter) for letter in "abc"] == [["polly"], [], ["polly"]]


def test_joined_tables_keep_one_order():
    birds, guests = Table[Bird]("bird", lambda bird: bird.id), Table[Bird]("guest", lambda bird: bird.id)
    joined = Joined[Bird]("visitor", birds, guests)
    by_colour = joined.index()
    birds.enter_into(by_colour, lambda bird: bird.colour)
    guests.enter_into(by_colour, lambda bird: bird.ring)

    birds.put(Bird(id="polly", colour="red"))
    guests.put(Bird(id="molly", ring="red"))
    birds.put(Bird(id="dolly", colour="red"))

    assert [bird.id for bird in by_colour.get("red")] == ["polly", "molly", "dolly"]
    assert joined["molly"] == guests["molly"]
    with pytest.raises(NotFound) as refused:
        joined["nobody"]
    assert refused.value.kind == "visitor"


def test_changes_are_numbered_and_the_latest_comes_first():
    birds = Table[Bird]("bird", lambda bird: bird.id)
    changes = birds.changes(lambda bird: bird.colour)
    assert (changes.last("red"), changes.since("red", 0)) == (0, [])

    for id in "abc":
        birds.put(Bird(id=id, colour="red"))
    seen = changes.last("red")
    birds.put(Bird(id="a", colour="red", ring="7"))
    birds.put(Bird(id="x", colour="blue"))

    assert [bird.id for bird in changes.since("red", 0)] == ["a", "c", "b"]
    assert changes.since("red", seen) == [birds["a"]]
    assert changes.since("red", changes.last("red")) == []
    assert (changes.last("red"), changes.last("blue")) == (4, 1)


def test_a_record_that_leaves_a_group_is_no_change_of_it():
    birds = Table[Bird]("bird", lambda bird: bird.id)
    changes = birds.changes(lambda bird: bird.colour)
    for id in "abcd":
        birds.put(Bird(id=id, colour="red"))

    birds.put(Bird(id="a", colour="blue"))
    birds.put(Bird(id="b"))
    birds.delete("c")

    assert [bird.id for bird in changes.since("red", 0)] == ["d"]
    assert [bird.id for bird in changes.since("blue", 0)] == ["a"]
    assert changes.last("red") == 4
