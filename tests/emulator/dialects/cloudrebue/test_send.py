"""`POST /api/v1/send-sms`: the three forms in both profiles, money, limits, and every refusal."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.core.clock import REAL, VirtualClock
from tests.emulator.dialects.cloudrebue.conftest import RECEIVER

UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SEND = "/api/v1/send-sms"
FULL = [
    "correlator",
    "uniqueId",
    "client_id",
    "phone",
    "operator",
    "sms_units",
    "short_code",
    "message",
    "link_id",
    "end_point",
    "batch_id",
    "created_at",
]
REBUETEXT = [
    "short_code",
    "phone",
    "operator",
    "message",
    "correlator",
    "delivery_endpoint",
    "batch_id",
    "uniqueId",
    "time_to_send",
    "sms_units",
    "length",
    "remarks",
    "created_at",
]


# Source: Cloud Rebue documentation, "Sending messages", read 2026-11: the three samples, with digits for the letters.


def test_one_message_gets_the_full_element(client):
    body = {"sender": "CLOUD_REBUE", "message": "Test API", "phone": "254711000111", "correlator": 1}

    answer = client.send(body)

    assert answer.status == 200
    (element,) = answer.json
    data = element["data"]
    assert list(element) == ["status", "message", "data"]
    assert (element["status"], element["message"]) == (True, "Message successfully queued!")
    assert list(data) == FULL
    assert UUID.fullmatch(data["uniqueId"])
    assert UUID.fullmatch(data["batch_id"])
    assert {name: data[name] for name in FULL if name not in {"uniqueId", "batch_id"}} == {
        "correlator": "1",
        "client_id": "1",
        "phone": "254711000111",
        "operator": "safaricom",
        "sms_units": 1,
        "short_code": "CLOUD_REBUE",
        "message": "Test API",
        "link_id": None,
        "end_point": None,
        "created_at": "2026-01-01 03:00:00",
    }


def test_a_list_of_numbers_gets_one_full_element(client):
    phone = "254711000111,254722000222"
    body = {"sender": "CLOUD_REBUE", "message": "Test API", "phone": phone, "correlator": 1}

    answer = client.send(body)

    (element,) = answer.json
    assert list(element["data"]) == FULL
    assert element["data"]["phone"] == phone
    assert element["data"]["sms_units"] == 1
    assert client.units == 100_000 - 2


def test_a_batch_gets_short_elements_in_order_with_correlators_of_their_own_type(client):
    body = [
        {"sender": "CLOUD_REBUE", "message": "Test API", "phone": "0711000111", "correlator": 1},
        {"sender": "BizTxt", "message": "Test API 2", "phone": "0733000333", "correlator": "2"},
    ]

    answer = client.send(body)

    assert answer.status == 200
    for element, (correlator, phone) in zip(answer.json, [(1, "254711000111"), ("2", "254733000333")], strict=True):
        data = element["data"]
        assert list(element) == ["status", "message", "data"]
        assert list(data) == ["correlator", "uniqueId", "phone", "sms_units"]
        assert (element["status"], element["message"]) == (True, "Message successfully queued!")
        assert (data["correlator"], data["phone"], data["sms_units"]) == (correlator, phone, 1)
    assert client.units == 100_000 - 2


def test_links_and_receivers_are_echoed(client):
    data = client.send(link_id="5", endpoint="https://client.example/dlr", phone="0733000333").json[0]["data"]

    assert (data["link_id"], data["end_point"], data["operator"]) == ("5", "https://client.example/dlr", "airtel")


def test_an_array_of_one_is_a_batch(client, message):
    (element,) = client.send([message()]).json

    assert list(element["data"]) == ["correlator", "uniqueId", "phone", "sms_units"]
    assert element["data"]["correlator"] is None


def test_rebuetext_has_its_own_members_and_words(rebuetext):
    answer = rebuetext.send(message="Test API 1", correlator=1, time_to_send="2026-06-02 18:00")

    (element,) = answer.json
    data = element["data"]
    assert list(data) == REBUETEXT
    assert (element["status"], element["message"]) == (True, "Message queued successfully")
    assert {name: data[name] for name in REBUETEXT if name not in {"uniqueId", "batch_id"}} == {
        "short_code": "CLOUD_REBUE",
        "phone": "254711000111",
        "operator": "Safaricom",
        "message": "Test API 1",
        "correlator": 1,
        "delivery_endpoint": None,
        "time_to_send": "2026-06-02T15:00:00.000000Z",
        "sms_units": 1,
        "length": 10,
        "remarks": "Message queued successfully",
        "created_at": "2026-01-01 03:00:00",
    }


def test_a_rebuetext_list_gets_one_element_for_each_number(rebuetext):
    first, second = rebuetext.send(phone="0711000111,0770000111").json

    assert (first["data"]["phone"], second["data"]["phone"]) == ("254711000111", "254770000111")
    assert second["data"]["operator"] == "Telkom"
    assert first["data"]["uniqueId"] != second["data"]["uniqueId"]
    assert first["data"]["batch_id"] == second["data"]["batch_id"]


def test_rebuetext_batches_have_full_elements(rebuetext, message):
    elements = rebuetext.send([message(), message(phone="1"), message(phone="0711000111,0722000222")]).json

    assert [element["status"] for element in elements] == [True, False, True, True]
    assert len({element["data"]["batch_id"] for element in elements if element["status"]}) == 1


def test_an_explicit_null_is_an_absent_member(client):
    # As the PHP SDK sends it.
    body = {
        "sender": "CLOUD_REBUE",
        "phone": "0711000111",
        "message": "Test API",
        "correlator": None,
        "link_id": None,
        "endpoint": None,
    }

    single, batch = client.send(body), client.send([body])

    assert single.json[0]["data"]["correlator"] is None
    assert batch.json[0]["status"] is True


def test_an_empty_endpoint_is_an_absent_one(client, world, advance, told):
    # As the older of the published PHP clients sends it.
    queued = client.send(endpoint="", link_id=None, correlator="")
    other_name = client.send(endpoint="", delivery_endpoint=RECEIVER)
    advance(world, 2)

    assert queued.json[0]["data"]["end_point"] is None
    assert other_name.json[0]["data"]["end_point"] == RECEIVER
    assert [receipt["uniqueId"] for receipt in told(world)] == [other_name.json[0]["data"]["uniqueId"]]


def test_a_null_for_a_required_member_is_a_missing_one(client):
    assert client.send(sender=None).json == {
        "status": False,
        "message": {"sender": ["The sender field is required."]},
    }


def test_members_of_the_plugins_are_ignored(client):
    assert client.send(type="", action="", contacts=[], correlator="wp-sms").status == 200


@pytest.mark.parametrize("content_type", [None, b"text/plain", b"application/json"])
def test_the_content_type_is_not_checked(client, message, content_type):
    headers = {b"authorization": b"Bearer 123456789"} | ({b"content-type": content_type} if content_type else {})

    assert client.post(SEND, message(), headers=headers).status == 200


@pytest.mark.parametrize(
    ("text", "units"), [("a" * 160, 1), ("a" * 161, 2), ("€" * 81, 2), ("好" * 71, 2), ("a" * 1530, 10)]
)
def test_a_message_costs_its_segments_for_each_recipient(client, text, units):
    answer = client.send(message=text, phone="0711000111,0722000222,0733000333")

    assert answer.json[0]["data"]["sms_units"] == units
    assert client.units == 100_000 - 3 * units


def test_a_correlator_sent_twice_sends_twice(client):
    first, second = (client.send(correlator=1).json[0]["data"]["uniqueId"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize("correlator", [10**200, "9" * 100, -1, 0])
def test_an_odd_correlator_comes_back(client, message, correlator):
    assert client.send(correlator=correlator).json[0]["data"]["correlator"] == str(correlator)
    assert client.send([message(correlator=correlator)]).json[0]["data"]["correlator"] == correlator


# Refusals


def test_a_request_without_a_valid_token_is_told_so(client, message):
    for value in (b"", b"Bearer ", b"Bearer 0", b"Basic 123456789", b"123456789"):
        answer = client.post(SEND, message(), headers={b"authorization": value})
        assert (answer.status, answer.json) == (401, {"status": False, "message": "Unauthenticated."})
    answer = client.post(SEND, message(), headers={})
    assert answer.status == 401
    assert answer.headers["x-ratelimit-remaining"] == "120"
    assert client.post(SEND, message(), headers={b"authorization": b"bearer 123456789"}).status == 200


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phone": "12345"}, {"phone": ["The phone number 12345 is invalid."]}),
        ({"phone": "0711000111,12345"}, {"phone": ["The phone number 12345 is invalid."]}),
        ({"phone": "+12025550100"}, {"phone": ["The phone number +12025550100 is invalid."]}),
        ({"phone": True}, {"phone": ["The phone must be a string."]}),
        ({"phone": ""}, {"phone": ["The phone field is required."]}),
        ({"phone": ","}, {"phone": ["The phone field is required."]}),
        ({"phone": ",".join(["0711000111"] * 101)}, {"phone": ["The phone may not have more than 100 numbers."]}),
        ({"message": ""}, {"message": ["The message field is required."]}),
        ({"message": 5}, {"message": ["The message must be a string."]}),
        ({"message": "a" * 1531}, {"message": ["The message may not be greater than 1530 characters."]}),
        ({"sender": "TWELVE_CHARS"}, {"sender": ["The sender may not be greater than 11 characters."]}),
        ({"correlator": "a" * 101}, {"correlator": ["The correlator may not be greater than 100 characters."]}),
        ({"correlator": True}, {"correlator": ["The correlator must be a string."]}),
        ({"endpoint": "client.example"}, {"endpoint": ["The endpoint must be a valid URL."]}),
        ({"delivery_endpoint": " "}, {"delivery_endpoint": ["The delivery endpoint must be a valid URL."]}),
        ({"time_to_send": "tomorrow"}, {"time_to_send": ["The time to send does not match the format Y-m-d H:i."]}),
        ({"time_to_send": "2026-02-30 10:00"}, {"time_to_send": ["The time to send is not a valid date."]}),
        ({"sender": "22999"}, {"link_id": ["The link id field is required."]}),
    ],
)
def test_a_bad_member_is_named_in_words(client, changes, message):
    answer = client.send(**changes)

    assert (answer.status, answer.json) == (422, {"status": False, "message": message})
    assert client.units == 100_000


def test_missing_members_are_all_named_in_the_order_of_the_schema(client):
    answer = client.send({})

    assert answer.status == 422
    assert list(answer.message) == ["sender", "message", "phone"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The request body must not be empty."),
        ([{}] * 101, "A maximum of 100 messages can be sent in a single request."),
        ("text", "The request body must be an object or an array."),
        (5, "The request body must be an object or an array."),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_as_a_whole(client, body, message):
    answer = client.send(body)

    assert (answer.status, answer.json) == (422, {"status": False, "message": message})


def test_a_null_body_is_of_the_wrong_shape(client):
    assert client.post(SEND, raw=b"null").message == "The request body must be an object or an array."


@pytest.mark.parametrize("raw", [b"", b"{", b"{'a': 1}", b"\xff", b"{} {}", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_not_json_is_refused(client, raw):
    answer = client.post(SEND, raw=raw)

    assert (answer.status, answer.json) == (400, {"status": False, "message": "Malformed JSON body."})


def test_a_foreign_sender_is_refused(client):
    answer = client.send(sender="KILIMA")

    assert answer.status == 403
    assert answer.json == {"status": False, "message": "The sender KILIMA is not assigned to this account."}


def test_too_few_units_refuse_the_whole_object(client, world):
    client.leave(1)

    answer = client.send(phone="0711000111,0722000222")

    assert answer.status == 402
    assert answer.json == {"status": False, "message": "Insufficient SMS units. Kindly top up your account."}
    assert (client.units, len(world.store.messages)) == (1, 0)


def test_too_few_units_refuse_a_whole_rebuetext_list(rebuetext, world):
    rebuetext.leave(1)

    assert rebuetext.send(phone="0711000111,0722000222").status == 402
    assert (rebuetext.units, len(world.store.messages)) == (1, 0)


def test_units_can_run_out_in_the_middle_of_a_batch(client, world, message):
    client.leave(3)
    long = "a" * 161

    elements = client.send([message(), message(message=long), message(correlator=9), message(phone="1")]).json

    assert [element["status"] for element in elements] == [True, True, False, False]
    assert elements[2] == {
        "status": False,
        "message": "Insufficient SMS units. Kindly top up your account.",
        "data": {"correlator": 9, "phone": "254711000111"},
    }
    assert (client.units, len(world.store.messages)) == (0, 2)


def test_a_later_object_that_still_fits_is_queued(client, message):
    client.leave(1)

    elements = client.send([message(message="a" * 161), message()]).json

    assert [element["status"] for element in elements] == [False, True]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"phone": "12345"}, "The sender field is required."),
        ({"sender": "A", "message": "b", "phone": "12345"}, "The phone number 12345 is invalid."),
        (
            {"sender": "KILIMA", "message": "b", "phone": "0711000111"},
            "The sender KILIMA is not assigned to this account.",
        ),
        ({"sender": "22999", "message": "b", "phone": "0711000111"}, "The link id field is required."),
        ("text", "The request body must be an object."),
        (None, "The request body must be an object."),
    ],
)
def test_an_object_that_fails_stops_no_other(client, message, item, text):
    answer = client.send([message(), item, message()])

    assert answer.status == 200
    assert [element["status"] for element in answer.json] == [True, False, True]
    assert answer.json[1]["message"] == text
    assert client.units == 100_000 - 2


def test_a_method_or_path_that_is_not_there_is_told_before_the_token(client, contract):
    for token in ({}, {b"authorization": b"Bearer 123456789"}):
        answer = client.request("GET", SEND, headers=token)
        assert answer.status == 405
        assert answer.json == {"status": False, "message": "The GET method is not supported for this route."}
        assert (answer.headers["allow"], answer.headers["x-ratelimit-limit"]) == ("POST", "120")
        assert contract.reply_problems("sendSms", 405, answer.json) == []
        answer = client.request("POST", "/api/v1/send", headers=token)
        assert (answer.status, answer.json) == (404, {"status": False, "message": "Resource not found."})


def test_checks_run_in_the_documented_order(client):
    assert client.post(SEND, raw=b"{", headers={}).status == 401
    assert client.post(SEND, raw=b"{", too_large=True).status == 413
    assert client.post(SEND, raw=b"{").status == 400
    client.leave(0)
    assert client.send(phone="1", sender="KILIMA").status == 422
    assert client.send(sender="KILIMA").status == 403
    assert client.send().status == 402


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
texts = st.sampled_from(
    ["CLOUD_REBUE", "22999", "+254711000999", "0711000111,0733000333", "2026-06-02 18:00", "http://a"]
)
names = st.sampled_from(
    [
        "sender",
        "originator",
        "message",
        "phone",
        "correlator",
        "link_id",
        "endpoint",
        "time_to_send",
        "voice",
        "repeat",
        "units",
        "amount",
        "account_id",
        "topup_reference",
        "first_name",
        "name",
    ]
)
objects = st.dictionaries(names, texts | json, max_size=16)
paths = st.sampled_from(
    [
        SEND,
        "/api/v1/voice-sms",
        "/api/v1/account/top-up",
        "/api/v1/address-book/contacts/add",
        "/api/v1/address-book/groups",
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths, objects | st.lists(objects | json, max_size=3) | json)
def test_whatever_is_sent_gets_an_answer_of_the_contract(client, rebuetext, path, body):
    for each in (client, rebuetext):
        assert each.post(path, body).status != 500


def test_a_fault_of_ours_looks_like_one_of_theirs(client, monkeypatch):
    from emulator.dialects.cloudrebue.handlers import messages

    monkeypatch.setattr(messages, "send", lambda *_: 1 / 0)

    answer = client.send()

    assert (answer.status, answer.json) == (500, {"status": False, "message": "Server Error"})


# Rates


def test_a_held_world_counts_nothing_and_says_so(client):
    for _ in range(3):
        answer = client.send()

    assert (answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]) == ("120", "120")


def test_120_requests_in_a_second_and_not_one_more(make_world, client_of, message, advance):
    client = client_of(make_world(rate_limits="on"))

    for count in range(120):
        assert client.send([message()] * 2).headers["x-ratelimit-remaining"] == str(119 - count)
    answer = client.send()

    assert (answer.status, answer.json) == (429, {"status": False, "message": "Too Many Attempts."})
    assert answer.headers == {"retry-after": "1", "x-ratelimit-limit": "120", "x-ratelimit-remaining": "0"}
    advance(client.world, 1)
    assert client.send().headers["x-ratelimit-remaining"] == "119"


def test_the_limit_opens_again_in_real_time(make_world, client_of):
    seconds = [0.0]
    world = make_world(pace=REAL, new_clock=lambda pace: VirtualClock(pace, monotonic=lambda: seconds[0]))
    client = client_of(world)

    assert [client.send().status for _ in range(121)][-2:] == [200, 429]
    seconds[0] += 1
    assert client.send().status == 200


def test_a_refused_request_counts_and_its_window_comes_before_its_body(make_world, client_of):
    client = client_of(make_world(rate_limits="on"))

    assert {client.post(SEND, raw=b"{").status for _ in range(120)} == {400}
    assert client.post(SEND, raw=b"{").status == 429


def test_each_token_and_each_send_call_has_a_window_of_its_own(make_world, client_of):
    world = make_world(rate_limits="on")
    client, other = client_of(world), client_of(world, "987654321")

    for _ in range(121):
        client.send()

    assert client.send().status == 429
    assert other.send().status == 200
    voice = {"originator": "254711000999", "message": "a", "phone": "0711000111"}
    assert client.post("/api/v1/voice-sms", voice).status == 200


def test_other_calls_share_60_a_minute(make_world, client_of, advance):
    client = client_of(make_world(rate_limits="on"))
    paths = ["/api/v1/account/balance", "/api/v1/address-book/groups"]

    answers = [client.get(paths[count % 2]) for count in range(61)]

    assert [answer.status for answer in answers[-2:]] == [200, 429]
    assert answers[-1].headers["x-ratelimit-limit"] == "60"
    assert int(answers[-1].headers["retry-after"]) == 60
    advance(client.world, 60)
    assert client.get(paths[0]).status == 200
