"""What is read from a message, and what code refuses that the schema lets through."""

from datetime import UTC, datetime

import pytest

from emulator.core.errors import InvalidFields, SenderNotAllowed
from emulator.dialects.cloudrebue.parse import parse_contact, parse_sms, parse_voice


@pytest.fixture
def legacy(world):
    return world.store.accounts["1"]


@pytest.fixture
def sister(world):
    return world.store.accounts["3"]


def problems_of(error):
    return [(problem.path, problem.rule, problem.value) for problem in error.value.problems]


def test_a_message_keeps_what_receipts_and_answers_need(world, legacy, message):
    members = message(correlator=7, endpoint="https://client.example/dlr", link_id="5")

    (request,) = parse_sms(world, legacy, members, "batch")

    assert request.addresses == ("254711000111",)
    assert request.sender == "CLOUD_REBUE"
    assert request.content.text == "Test API"
    assert request.endpoint_url == "https://client.example/dlr"
    assert request.external_id == "7"
    assert request.extras == {"batch_id": "batch", "correlator": 7, "link_id": "5"}
    assert request.scheduled_at is None


@pytest.mark.parametrize(
    ("account", "name"), [("1", "endpoint"), ("1", "delivery_endpoint"), ("3", "endpoint"), ("3", "delivery_endpoint")]
)
def test_each_profile_takes_the_other_name_of_the_receiver(world, message, account, name):
    (request,) = parse_sms(world, world.store.accounts[account], message(**{name: "http://a.example"}), "")

    assert request.endpoint_url == "http://a.example"


@pytest.mark.parametrize(("account", "url"), [("1", "http://a.example"), ("3", "http://b.example")])
def test_its_own_name_of_the_receiver_wins(world, message, account, url):
    members = message(endpoint="http://a.example", delivery_endpoint="http://b.example")

    (request,) = parse_sms(world, world.store.accounts[account], members, "")

    assert request.endpoint_url == url


@pytest.mark.parametrize(("sent", "kept"), [(1, 1), ("1", "1"), (1.0, 1), (None, None), ("", "")])
def test_a_correlator_keeps_its_type(world, legacy, message, sent, kept):
    (request,) = parse_sms(world, legacy, message(correlator=sent), "")

    assert request.extras["correlator"] == kept
    assert type(request.extras["correlator"]) is type(kept)


@pytest.mark.parametrize("phone", [254711000111, 254711000111.0, 711000111])
def test_a_phone_may_be_a_number(world, legacy, message, phone):
    (request,) = parse_sms(world, legacy, message(phone=phone), "")

    assert request.addresses == ("254711000111",)


def test_a_list_is_one_message_in_legacy_and_one_for_each_number_in_rebuetext(world, legacy, sister, message):
    members = message(phone="0711000111, 0733000333")

    assert [r.addresses for r in parse_sms(world, legacy, members, "")] == [("254711000111", "254733000333")]
    assert [r.addresses for r in parse_sms(world, sister, members, "")] == [("254711000111",), ("254733000333",)]


@pytest.mark.parametrize("name", ["time_to_send", "send_at"])
def test_a_time_is_read_in_east_africa(world, legacy, message, name):
    (request,) = parse_sms(world, legacy, message(**{name: "2026-06-02 18:00"}), "")

    assert request.scheduled_at == datetime(2026, 6, 2, 15, tzinfo=UTC)


def test_of_two_times_the_documented_one_counts(world, legacy, message):
    members = message(time_to_send="2026-06-02 18:00", send_at="2026-06-03 18:00")

    (request,) = parse_sms(world, legacy, members, "")

    assert request.scheduled_at == datetime(2026, 6, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"phone": "12345"}, [(("phone",), "phone", "12345")]),
        ({"phone": "0711000111, 12 345,9"}, [(("phone",), "phone", "12 345"), (("phone",), "phone", "9")]),
        ({"phone": "9,9"}, [(("phone",), "phone", "9")]),
        ({"phone": " ,"}, [(("phone",), "required", None)]),
        ({"time_to_send": "2026-02-30 10:00"}, [(("time_to_send",), "moment", "2026-02-30 10:00")]),
        ({"send_at": "2026-06-02 25:00"}, [(("send_at",), "moment", "2026-06-02 25:00")]),
        ({"sender": "22999"}, [(("link_id",), "required", None)]),
        ({"sender": "22999", "link_id": ""}, [(("link_id",), "required", None)]),
    ],
)
def test_what_the_schema_cannot_say_is_refused(world, legacy, message, changes, problems):
    with pytest.raises(InvalidFields) as error:
        parse_sms(world, legacy, message(**changes), "")

    assert problems_of(error) == problems


def test_problems_stand_in_the_order_of_the_schema(world, legacy, message):
    members = message(sender="22999", phone="1", time_to_send="2026-13-01 10:00")

    with pytest.raises(InvalidFields) as error:
        parse_sms(world, legacy, members, "")

    assert [path for path, _, _ in problems_of(error)] == [("phone",), ("link_id",), ("time_to_send",)]


def test_a_list_holds_a_hundred_numbers(world, legacy, message):
    numbers = [f"2547110{place:05d}" for place in range(101)]

    (request,) = parse_sms(world, legacy, message(phone=",".join(numbers[:100])), "")
    with pytest.raises(InvalidFields) as error:
        parse_sms(world, legacy, message(phone=",".join(numbers)), "")

    assert len(request.addresses) == 100
    assert error.value.problems[0].rule == "max_items"


@pytest.mark.parametrize("sender", ["KILIMA", "cloud_rebue", "22998"])
def test_a_sender_must_belong_to_the_account_as_it_is_written(world, legacy, message, sender):
    with pytest.raises(SenderNotAllowed):
        parse_sms(world, legacy, message(sender=sender), "")


@pytest.mark.parametrize(("account", "repeat"), [("1", 1), ("3", 5)])
def test_the_profile_says_how_often_a_voice_message_is_read_out(world, account, repeat):
    members = {"originator": "+254711000999", "message": "Hello", "phone": "0711000111"}

    (request,) = parse_voice(world, world.store.accounts[account], members, "")

    assert request.content.rich == {"voice": 1, "repeat": repeat}


def test_figures_of_a_voice_message_may_be_text(world, legacy):
    members = {"originator": "254711000999", "message": "Hello", "phone": "0711000111", "voice": "2", "repeat": "10"}

    (request,) = parse_voice(world, legacy, members, "")

    assert request.content.rich == {"voice": 2, "repeat": 10}


@pytest.mark.parametrize("phone", ["12345", "0711000111,0722000222", ",", ""])
def test_a_contact_has_one_number(phone):
    with pytest.raises(InvalidFields):
        parse_contact({"phone": phone})
