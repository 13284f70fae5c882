"""`POST /api/v1/voice-sms`."""

import pytest

VOICE = "/api/v1/voice-sms"
MEMBERS = [
    "originator",
    "phone",
    "operator",
    "message",
    "voice",
    "repeat",
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


def a_call(**changes):
    return {"originator": "+254711000999", "message": "Test voice message 1", "phone": "0711000111", **changes}


@pytest.mark.parametrize(("profile", "repeat"), [("client", 1), ("rebuetext", 5)])
def test_both_profiles_answer_alike(request, profile, repeat):
    client = request.getfixturevalue(profile)

    (element,) = client.post(VOICE, a_call(correlator=1)).json

    data = element["data"]
    assert (element["status"], element["message"]) == (True, "Message queued successfully")
    assert list(data) == MEMBERS
    assert {name: data[name] for name in MEMBERS if name not in {"uniqueId", "batch_id"}} == {
        "originator": "+254711000999",
        "phone": "254711000111",
        "operator": "Safaricom",
        "message": "Test voice message 1",
        "voice": 1,
        "repeat": repeat,
        "correlator": 1,
        "delivery_endpoint": None,
        "time_to_send": "2026-01-01T00:00:00.000000Z",
        "sms_units": 1,
        "length": 20,
        "remarks": "Message queued successfully",
        "created_at": "2026-01-01 03:00:00",
    }


def test_the_sdk_sends_figures_as_text_and_a_list(client, world, advance, told):
    body = a_call(
        phone="0711000111,0733000333",
        voice="2",
        repeat="3",
        correlator="voicesms",
        endpoint="https://client.example/dlr",
    )

    first, second = client.post(VOICE, body).json
    advance(world, 1)

    assert (first["data"]["voice"], first["data"]["repeat"]) == (2, 3)
    assert first["data"]["uniqueId"] != second["data"]["uniqueId"]
    assert client.units == 100_000 - 2
    assert [body["deliveryStatus"] for body in told(world)] == ["DeliveredToTerminal"] * 2


def test_a_voice_message_costs_one_unit_whatever_its_length(client):
    answer = client.post(VOICE, a_call(message="a" * 1530))

    assert answer.json[0]["data"]["sms_units"] == 1
    assert client.units == 100_000 - 1


def test_each_object_of_a_batch_is_judged_alone(client):
    client.leave(2)

    answer = client.post(VOICE, [a_call(), a_call(phone="12345", correlator=2), a_call(voice=3), a_call(), a_call()])

    assert answer.status == 200
    assert [element["status"] for element in answer.json] == [True, False, False, True, False]
    assert answer.json[1] == {
        "status": False,
        "message": "The phone number 12345 is invalid.",
        "data": {"correlator": 2, "phone": "12345"},
    }
    assert answer.json[2]["message"] == "The selected voice is invalid."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"originator": "KILIMA"}, {"originator": ["The originator format is invalid."]}),
        ({"originator": ""}, {"originator": ["The originator field is required."]}),
        ({"repeat": 11}, {"repeat": ["The repeat may not be greater than 10."]}),
        ({"repeat": "0"}, {"repeat": ["The repeat format is invalid."]}),
        ({"phone": "1"}, {"phone": ["The phone number 1 is invalid."]}),
        ({"time_to_send": "2026-02-30 10:00"}, {"time_to_send": ["The time to send is not a valid date."]}),
    ],
)
def test_a_bad_member_is_named(client, changes, message):
    answer = client.post(VOICE, a_call(**changes))

    assert (answer.status, answer.message) == (422, message)


def test_a_link_has_no_effect(client):
    assert client.post(VOICE, a_call(link_id="1")).status == 200


@pytest.mark.parametrize(
    ("number", "status"), [(2, "UnknownSubscriber"), (5, "DeliveredToTerminal"), (8, "InvalidMsisdn")]
)
def test_magic_recipients_hold_for_voice_too(client, world, advance, told, number, status):
    client.post(VOICE, a_call(phone=f"4477009000{number:02d}", endpoint="https://client.example/dlr"))

    advance(world, 10)

    assert [body["deliveryStatus"] for body in told(world)] == [status]
