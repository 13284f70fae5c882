from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.errors import IdempotencyKeyReused
from emulator.core.idempotency import recall, remember
from emulator.core.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store():
    store = Store()
    remember_reply(store)
    return store


def remember_reply(store, key="acme/key-1", fingerprint=b"payload", body=b'{"id":1}', now=NOW):
    remember(store, key, fingerprint, status=202, headers=((b"x-id", b"1"),), body=body, now=now, lifetime=DAY)


def test_a_key_that_was_never_used_recalls_nothing(store):
    assert recall(store, "acme/key-2", b"payload", now=NOW) is None


def test_the_same_request_gets_the_first_answer_byte_for_byte(store):
    remembered = recall(store, "acme/key-1", b"payload", now=NOW)

    assert remembered is not None
    assert (remembered.status, remembered.headers, remembered.body) == (202, ((b"x-id", b"1"),), b'{"id":1}')


def test_another_payload_under_the_same_key_is_refused(store):
    with pytest.raises(IdempotencyKeyReused) as refusal:
        recall(store, "acme/key-1", b"other", now=NOW)

    assert refusal.value.key == "acme/key-1"


def test_a_key_is_known_until_its_lifetime_is_over(store):
    assert recall(store, "acme/key-1", b"payload", now=NOW + DAY - timedelta(microseconds=1)) is not None


@pytest.mark.parametrize("fingerprint", [b"payload", b"other"])
def test_an_expired_key_is_as_good_as_new(store, fingerprint):
    assert recall(store, "acme/key-1", fingerprint, now=NOW + DAY) is None

    remember_reply(store, fingerprint=fingerprint, body=b"{}", now=NOW + DAY)
    remembered = recall(store, "acme/key-1", fingerprint, now=NOW + DAY)

    assert remembered is not None
    assert remembered.body == b"{}"
    assert remembered.expires_at == NOW + 2 * DAY
