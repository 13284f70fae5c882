"""On-demand: a person writes to a short code, and the reply carries the link."""

import pytest
from msgspec.structs import replace

from emulator.core.errors import StatusConflict
from emulator.core.records import Channel, WebhookEndpoint
from emulator.gateway.inbound import Inbound, receive

CALLBACK = "https://client.example/incoming"
RECEIVER = "https://client.example/dlr"
PERSON = "254722000222"


@pytest.fixture
def write(world):
    """A person writes to an account."""

    def write(text="JOIN", person=PERSON, sender="22999", account_id="1"):
        said = Inbound(
            api="cloudrebue", account_id=account_id, channel=Channel.SMS, person=person, sender=sender, text=text
        )
        return receive(world, said)

    return write


@pytest.fixture
def incoming(world, told):
    world.store.accounts.put(replace(world.store.accounts["1"], extras={"profile": "legacy", "callback_url": CALLBACK}))
    return lambda: told(world, "incomingSms")


@pytest.fixture
def reply(client):
    def reply(link_id, **changes):
        return client.send(sender="22999", phone=PERSON, link_id=link_id, endpoint=RECEIVER, **changes)

    return reply


def test_what_a_person_writes_is_forwarded_with_a_link(world, write, incoming):
    written = write()

    (body,) = incoming()
    assert list(body) == ["phone", "message", "short_code", "link_id", "operator", "uniqueId", "received_at"]
    assert {**body, "link_id": ""} == {
        "phone": PERSON,
        "message": "JOIN",
        "short_code": "22999",
        "link_id": "",
        "operator": "safaricom",
        "uniqueId": written.id,
        "received_at": "2026-01-01 03:00:00",
    }
    assert [event.url for event in world.store.webhook_events] == [CALLBACK]


@pytest.mark.parametrize("person", ["+254722000222", "0722000222"])
def test_the_person_is_shown_in_the_normal_form(write, incoming, person):
    write(person=person)

    assert incoming()[0]["phone"] == PERSON


def test_without_a_callback_url_nobody_is_told_but_the_link_is_there(world, write):
    write()

    assert len(world.store.webhook_events) == 0
    assert len(world.store.resources) == 1


def test_endpoints_of_the_account_are_told_too(world, write, told):
    for id, event_types in (("a", ()), ("b", ("incomingSms",)), ("c", ("deliveryReceipt",))):
        world.store.endpoints.put(
            WebhookEndpoint(
                id=id,
                api="cloudrebue",
                account_id="1",
                url=f"https://{id}.example",
                secret="",
                created_at=world.clock.now,
                event_types=event_types,
            )
        )

    write()

    assert [event.endpoint_id for event in world.store.webhook_events] == ["a", "b"]
    assert len(told(world, "incomingSms")) == 2


def test_a_reply_with_the_link_is_delivered(world, write, incoming, reply, advance, statuses):
    write()
    link_id = incoming()[0]["link_id"]

    answer = reply(link_id)
    advance(world, 1)

    assert answer.json[0]["data"]["link_id"] == link_id
    assert statuses(world) == ["DeliveredToTerminal"]
    (link,) = world.store.resources
    assert link.content["used_at"] == "2026-01-01T00:00:00+00:00"


def test_a_link_counts_once(world, write, incoming, reply, advance, told):
    write()
    link_id = incoming()[0]["link_id"]

    reply(link_id, correlator=1)
    reply(link_id, correlator=2)
    advance(world, 1)

    assert {body["correlator"]: body["deliveryStatus"] for body in told(world)} == {
        1: "DeliveredToTerminal",
        2: "Invalid_Linkid",
    }


@pytest.mark.parametrize(("hours", "status"), [(23.9, "DeliveredToTerminal"), (24, "Invalid_Linkid")])
def test_a_link_counts_for_a_day(world, write, reply, advance, statuses, hours, status):
    write()
    (link,) = world.store.resources
    advance(world, hours * 3600)

    reply(link.key)
    advance(world, 1)

    assert statuses(world) == [status]


def test_an_unknown_link_is_accepted_and_refused_by_the_operator(world, reply, client, advance, statuses):
    answer = reply("10150603111530000123")
    advance(world, 1)

    assert answer.status == 200
    assert statuses(world) == ["Invalid_Linkid"]
    assert client.units == 100_000 - 1


def test_a_link_belongs_to_its_account(world, write, incoming, rebuetext, advance, statuses):
    write()

    rebuetext.send(sender="22999", phone=PERSON, link_id=incoming()[0]["link_id"], endpoint=RECEIVER)
    advance(world, 1)

    assert statuses(world) == ["Invalid_Linkid"]


def test_of_a_rebuetext_list_the_first_number_uses_the_link(world, write, rebuetext, advance, told):
    write(account_id="3")
    (link,) = world.store.resources

    rebuetext.send(sender="22999", phone=f"{PERSON},0711000111", link_id=link.key, endpoint=RECEIVER)
    advance(world, 1)

    assert {body["phone"]: body["deliveryStatus"] for body in told(world)} == {
        PERSON: "DeliveredToTerminal",
        "254711000111": "Invalid_Linkid",
    }


def test_with_an_ordinary_sender_a_link_is_echoed_and_not_used(world, write, client):
    write()
    (link,) = world.store.resources

    answer = client.send(link_id=link.key)

    assert answer.json[0]["data"]["link_id"] == link.key
    assert world.store.resources[link.id].content["used_at"] is None


@pytest.mark.parametrize("sender", ["CLOUD_REBUE", "BizTxt", "22998"])
def test_nobody_can_write_to_any_other_sender(write, sender):
    with pytest.raises(StatusConflict):
        write(sender=sender)


@pytest.mark.parametrize("number", [11, 12])
def test_a_magic_recipient_does_not_answer_an_alphanumeric_sender(world, client, advance, number):
    client.send(phone=f"4477009000{number}")

    advance(world, 10)

    assert len(world.store.inbound) == 0
    assert len(world.store.suppressions) == 0


def test_a_magic_recipient_answers_a_short_code(world, write, incoming, client, advance):
    write(person="447700900011")

    client.send(sender="22999", phone="447700900011", link_id=incoming()[0]["link_id"])
    advance(world, 3)

    assert [body["message"] for body in incoming()] == ["JOIN", "Simulated reply"]
    assert incoming()[0]["link_id"] != incoming()[1]["link_id"]


def test_stop_to_a_short_code_blocks_what_is_sent_later(world, write, client, advance, statuses):
    write("stop ")

    client.send(phone=PERSON, endpoint=RECEIVER)
    advance(world, 1)

    assert statuses(world) == ["SenderName Blacklisted"]
    assert client.units == 100_000 - 1


def test_the_magic_stop_blocks_itself(world, write, incoming, client, advance, statuses):
    write(person="447700900012")
    client.send(sender="22999", phone="447700900012", link_id=incoming()[0]["link_id"], endpoint=RECEIVER)
    advance(world, 3)

    client.send(phone="447700900012", endpoint=RECEIVER)
    advance(world, 1)

    assert incoming()[1]["message"] == "STOP"
    assert statuses(world) == ["DeliveredToTerminal", "SenderName Blacklisted"]
