import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from emulator.core.ids import Ids, derived_secret, derived_uuid

NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
BASE62 = re.compile(r"[0-9A-Za-z]+")


def ids(seed=1, world="default"):
    return Ids(seed, {}, world)


def test_numbers_of_a_stream_count_from_one():
    made = ids()

    assert [made.number("ledger") for _ in range(3)] == [1, 2, 3]


def test_uuids_are_version_4_in_lower_case_and_differ():
    made = ids()

    uuids = [made.uuid("message") for _ in range(500)]

    assert len(set(uuids)) == 500
    assert all(str(UUID(text)) == text and UUID(text).version == 4 for text in uuids)
    assert all(UUID(text).variant == "specified in RFC 4122" for text in uuids)


def test_the_same_seed_gives_the_same_values():
    first, second = ids(7), ids(7)

    for one, other in [(first, second)] * 3:
        assert one.uuid("a") == other.uuid("a")
        assert one.hex("a", 24) == other.hex("a", 24)
        assert one.digits("a", 19) == other.digits("a", 19)
        assert one.base62("a", 22) == other.base62("a", 22)
        assert one.secret("a", 32) == other.secret("a", 32)
        assert one.chance("a") == other.chance("a")


def test_another_seed_gives_other_values():
    assert ids(1).uuid("message") != ids(2).uuid("message")


def test_a_stream_does_not_shift_another():
    alone, crowded = ids(), ids()
    for _ in range(10):
        crowded.uuid("webhook event")

    assert alone.uuid("message") == crowded.uuid("message")


def test_two_streams_give_different_values():
    made = ids()

    assert made.uuid("message") != made.uuid("inbound")


def test_the_whole_state_is_in_the_counters():
    counters = {}
    made = Ids(1, counters)
    made.uuid("message")
    saved = dict(counters)
    expected = made.uuid("message")

    assert Ids(1, saved).uuid("message") == expected


def test_a_uuid_can_be_foretold_without_moving_the_stream():
    made = ids()

    foretold = made.uuid_at("message", 2)

    made.uuid("message")
    assert made.uuid("message") == foretold


def test_serial_uuids_are_uuids_that_count():
    made = ids()

    first, second = made.serial_uuid("request"), made.serial_uuid("request")

    assert first[:24] == second[:24]
    assert (first[24:], second[24:]) == ("000000000001", "000000000002")
    assert UUID(first).version == 4
    assert made.serial_uuid("other")[:24] != first[:24]


def test_serial_ulids_tell_their_moment_and_count():
    made = ids()

    first, second = made.serial_ulid("request", NOON), made.serial_ulid("request", NOON + timedelta(milliseconds=1))

    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", first)
    assert [first[:10], second[:10]] == [
        made.ulid_at("any", 1, moment)[:10] for moment in (NOON, NOON + timedelta(milliseconds=1))
    ]
    assert first[10:16] == second[10:16]
    assert (first[16:], second[16:]) == ("0000000001", "0000000002")
    assert made.serial_ulid("other", NOON)[10:16] != first[10:16]


@pytest.mark.parametrize("length", [1, 12, 64])
def test_hex_has_the_length_asked_for(length):
    assert re.fullmatch(f"[0-9a-f]{{{length}}}", ids().hex("token", length))


@pytest.mark.parametrize("length", [1, 6, 19, 38])
def test_digits_have_the_length_asked_for_and_no_leading_zero(length):
    made = ids()

    assert all(re.fullmatch(f"[1-9][0-9]{{{length - 1}}}", made.digits("number", length)) for _ in range(50))


@pytest.mark.parametrize("length", [1, 22, 42])
def test_base62_has_the_length_asked_for(length):
    made = ids()

    for text in (made.base62("key", length), made.secret("key", length)):
        assert len(text) == length
        assert BASE62.fullmatch(text)


def test_ids_are_the_same_in_every_world_and_secrets_are_not():
    here, there = ids(world="default"), ids(world="other")

    assert here.base62("key", 32) == there.base62("key", 32)
    assert here.uuid("key") == there.uuid("key")
    assert here.secret("key", 32) != there.secret("key", 32)


def test_chance_is_from_0_up_to_1_and_even():
    made = ids()

    chances = [made.chance("weather") for _ in range(2000)]

    assert all(0 <= chance < 1 for chance in chances)
    assert sum(chances) / len(chances) == pytest.approx(0.5, abs=0.03)


def test_derived_values_depend_on_their_parts_alone():
    assert derived_secret("world", "account") == derived_secret("world", "account")
    assert derived_secret("world", "account") != derived_secret("worlda", "ccount")
    assert derived_uuid("acme", "account") == derived_uuid("acme", "account")
    assert derived_uuid("acme", "account") != derived_uuid("acme", "other")


def test_derived_values_have_their_form():
    assert UUID(derived_uuid("acme")).version == 4
    assert BASE62.fullmatch(derived_secret("acme", length=40))
    assert len(derived_secret("acme", length=40)) == 40


def test_a_ulid_sorts_by_its_moment_and_never_comes_twice():
    ids, moment = Ids(1, {}), datetime(2026, 6, 2, 8, 15, 30, tzinfo=UTC)

    first, second = ids.ulid("message", moment), ids.ulid("message", moment)
    later = ids.ulid("message", moment + timedelta(milliseconds=1))

    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", first)
    assert first[:10] == second[:10] < later[:10]
    assert first != second


def test_a_ulid_begins_with_its_milliseconds():
    # The example of github.com/ulid/spec: 1469918176385 ms is 01ARYZ6S41.
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1469918176385)

    assert Ids(1, {}).ulid("message", moment).startswith("01ARYZ6S41")


def test_a_ulid_can_be_asked_for_again_by_its_number():
    made = ids()
    at = datetime(2026, 6, 2, tzinfo=UTC)

    first, second = made.ulid("audit", at), made.ulid("audit", at)

    assert [made.ulid_at("audit", number, at) for number in (1, 2)] == [first, second]
    assert made.ulid("audit", at) not in (first, second)
