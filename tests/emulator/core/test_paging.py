import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.paging import newest_first, oldest_first
from emulator.core.records import Record
from emulator.core.table import Table


class Bird(Record, frozen=True, kw_only=True):
    id: str


class Flock:
    def __init__(self, count, order=newest_first, kind="bird"):
        self.order = order
        self.table = Table[Bird](kind, lambda bird: bird.id)
        self.everyone = self.table.index(lambda bird: "all")
        self.by_parity = self.table.index(lambda bird: int(bird.id.rpartition("-")[2]) % 2)
        self.ids = [f"bird-{number}" for number in range(count)]
        for id in self.ids:
            self.table.put(Bird(id=id))

    def page(self, limit, cursor=None, keep=None, of=""):
        return self.order(self.table, self.everyone.ids("all"), limit=limit, cursor=cursor, keep=keep, of=of)

    def page_of(self, parity, limit, cursor=None):
        return self.order(self.table, self.by_parity.ids(parity), limit=limit, cursor=cursor)

    def walk(self, limit, keep=None, between=lambda seen: None):
        """All pages to the last; `between` is called with the ids seen so far after each."""
        seen, cursor = [], None
        while True:
            page = self.page(limit, cursor, keep)
            seen += [bird.id for bird in page.records]
            if page.next_cursor is None:
                return seen
            cursor = page.next_cursor
            between(seen)


both_orders = pytest.mark.parametrize("order", [newest_first, oldest_first])


def test_the_first_page_holds_the_newest():
    page = Flock(5).page(2)

    assert [bird.id for bird in page.records] == ["bird-4", "bird-3"]
    assert page.next_cursor is not None


def test_an_empty_group_is_one_empty_page():
    assert Flock(0).page(10) == ([], None)


def test_the_last_page_has_no_cursor_even_when_it_is_full():
    flock = Flock(4)

    second = flock.page(2, flock.page(2).next_cursor)

    assert [bird.id for bird in second.records] == ["bird-1", "bird-0"]
    assert second.next_cursor is None


def test_no_cursor_leads_to_a_page_from_which_everything_was_filtered_out():
    flock = Flock(10)

    page = flock.page(2, keep=lambda bird: bird.id in {"bird-9", "bird-8"})

    assert len(page.records) == 2
    assert page.next_cursor is None


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 4))
def test_every_record_is_visited_once_newest_first(count, limit, nth):
    flock = Flock(count)

    seen = flock.walk(limit, keep=lambda bird: int(bird.id[5:]) % nth == 0)

    assert seen == [id for id in reversed(flock.ids) if int(id[5:]) % nth == 0]


def test_who_deletes_what_was_listed_still_visits_every_record():
    flock = Flock(20)

    seen = flock.walk(3, between=lambda seen: [flock.table.delete(id) for id in seen if id in flock.table])

    assert seen == flock.ids[::-1]


@given(st.integers(2, 30), st.integers(1, 5), st.data())
def test_deletions_between_pages_neither_repeat_nor_leave_out_a_record(count, limit, data):
    flock = Flock(count)
    deleted = set()

    def delete_some(seen):
        # The last record of a page and the first of the next are named by the cursor; here one of them stays.
        left = [id for id in flock.everyone.ids("all") if id not in seen]
        spared = data.draw(st.sampled_from([seen[-1], left[-1]]))
        doomed = data.draw(st.sets(st.sampled_from(flock.everyone.ids("all")), max_size=4)) - {spared}
        for id in doomed:
            flock.table.delete(id)
        deleted.update(doomed - set(seen))

    seen = flock.walk(limit, between=delete_some)

    assert seen == [id for id in reversed(flock.ids) if id not in deleted]


@given(st.integers(2, 30), st.integers(1, 5), st.data())
def test_no_deletion_at_all_leaves_out_a_record(count, limit, data):
    flock = Flock(count)

    def delete_some(_):
        for id in data.draw(st.sets(st.sampled_from(flock.everyone.ids("all") or ["none"]), max_size=4)) - {"none"}:
            flock.table.delete(id)

    seen = flock.walk(limit, between=delete_some)

    assert set(flock.everyone.ids("all")) <= set(seen)


def test_records_made_meanwhile_do_not_shift_the_pages():
    flock = Flock(6)

    seen = flock.walk(2, between=lambda seen: flock.table.put(Bird(id=f"new-{len(seen)}")))

    assert seen == flock.ids[::-1]


@both_orders
def test_the_keeping_rule_is_asked_for_no_more_records_than_a_page_needs(order):
    flock = Flock(1000, order)
    asked = []

    flock.page(10, keep=lambda bird: asked.append(bird) is None)

    assert len(asked) == 11  # one more than the page holds, to know whether there is a next one


@both_orders
@pytest.mark.parametrize("cursor", ["", "x", "5", "5~", "~~", "x~a~b", "-1~a~b", "1.5~a~b", "٣~a~b", "9" * 13 + "~a~b"])
@pytest.mark.parametrize("end", ["", "~", "~0123abcd"])
def test_what_is_no_cursor_is_refused(order, cursor, end):
    with pytest.raises(ValueError, match="not a cursor"):
        Flock(10, order).page(2, cursor + end)


@both_orders
def test_a_cursor_in_which_a_sign_was_changed_is_refused(order):
    flock = Flock(40, order)
    place, last, following, mark = flock.page(20).next_cursor.split("~")
    bad = [f"{int(place) + 1}~{last}~{following}~{mark}", f"{place}~{last}~{following}~{mark[:-1]}g"]
    bad += [f"{place}~{last}~{mark}", f"{place}~{last}~{following}~{mark}~"]

    for cursor in bad:
        with pytest.raises(ValueError, match="not a cursor of this list"):
            flock.page(2, cursor)


@both_orders
def test_a_cursor_of_another_group_is_refused(order):
    flock = Flock(40, order)
    cursor = flock.page_of(1, 5).next_cursor

    with pytest.raises(ValueError, match="not a cursor of this list"):
        flock.page_of(0, 5, cursor)
    assert len(flock.page_of(1, 5, cursor).records) == 5


@both_orders
def test_a_cursor_of_another_table_is_refused_even_where_ids_are_the_same(order):
    cursor = Flock(40, order, kind="nest").page(5).next_cursor

    with pytest.raises(ValueError, match="not a cursor of this list"):
        Flock(40, order).page(5, cursor)


@both_orders
def test_a_cursor_of_another_list_of_the_same_records_is_refused(order):
    flock = Flock(40, order)
    cursor = flock.page(5, of="by name").next_cursor

    with pytest.raises(ValueError, match="not a cursor of this list"):
        flock.page(5, cursor, of="by age")
    assert len(flock.page(5, cursor, of="by name").records) == 5


@both_orders
@pytest.mark.parametrize("left", [0, 3, 10])
def test_a_cursor_of_records_that_are_gone_gives_a_page(order, left):
    flock = Flock(30, order)
    cursor = flock.page(12).next_cursor
    for id in flock.ids[left:]:
        flock.table.delete(id)

    assert len(flock.page(2, cursor).records) <= 2


@both_orders
def test_a_cursor_of_a_record_that_was_made_anew_gives_a_page(order):
    flock = Flock(6, order)
    cursor = flock.page(2).next_cursor
    _, last, following, _ = cursor.split("~")
    for id in (last, following):
        flock.table.delete(id)
    flock.table.put(Bird(id=last))

    assert flock.page(2, cursor).records


def test_the_oldest_come_first_where_they_are_asked_for():
    page = Flock(5, oldest_first).page(2)

    assert [bird.id for bird in page.records] == ["bird-0", "bird-1"]
    assert page.next_cursor is not None


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 4))
def test_every_record_is_visited_once_oldest_first(count, limit, nth):
    flock = Flock(count, oldest_first)

    seen = flock.walk(limit, keep=lambda bird: int(bird.id[5:]) % nth == 0)

    assert seen == [id for id in flock.ids if int(id[5:]) % nth == 0]


@given(st.integers(2, 30), st.integers(1, 5), st.integers(1, 3), st.data())
def test_deletions_between_pages_of_the_oldest_neither_repeat_nor_leave_out_a_record(count, limit, nth, data):
    flock = Flock(count, oldest_first)
    deleted = set()

    def delete_some(seen):
        left = [id for id in flock.everyone.ids("all") if int(id[5:]) > int(seen[-1][5:]) and int(id[5:]) % nth == 0]
        spared = data.draw(st.sampled_from([seen[-1], left[0]]))
        doomed = data.draw(st.sets(st.sampled_from(flock.everyone.ids("all")), max_size=4)) - {spared}
        for id in doomed:
            flock.table.delete(id)
        deleted.update(doomed - set(seen))

    seen = flock.walk(limit, keep=lambda bird: int(bird.id[5:]) % nth == 0, between=delete_some)

    assert seen == [id for id in flock.ids if int(id[5:]) % nth == 0 and id not in deleted]


@given(st.integers(2, 30), st.integers(1, 5), st.data())
def test_no_deletion_at_all_leaves_out_one_of_the_oldest(count, limit, data):
    flock = Flock(count, oldest_first)

    def delete_some(_):
        for id in data.draw(st.sets(st.sampled_from(flock.everyone.ids("all") or ["none"]), max_size=4)) - {"none"}:
            flock.table.delete(id)

    seen = flock.walk(limit, between=delete_some)

    assert set(flock.everyone.ids("all")) <= set(seen)


def test_records_made_meanwhile_come_last_where_the_oldest_are_asked_for():
    flock = Flock(6, oldest_first)

    def make(seen):
        if len(seen) < 6:
            flock.table.put(Bird(id=f"new-{len(seen)}"))

    assert flock.walk(2, between=make) == [*flock.ids, "new-2", "new-4"]
