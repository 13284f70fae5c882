import pytest

from emulator.core.errors import StatusConflict
from emulator.core.records import Channel
from emulator.gateway.inbound import Inbound, receive
from tests.emulator.gateway.acme import ACCOUNT, SENDER, Acme

ADA = "+254711000111"


@pytest.fixture
def acme():
    return Acme()


def said(text="Hello", **changes):
    usual = {
        "api": "acme",
        "account_id": ACCOUNT,
        "channel": Channel.SMS,
        "person": ADA,
        "sender": SENDER,
        "text": text,
    }
    return Inbound(**usual | changes)


def test_what_a_person_writes_is_kept_in_a_conversation_and_told(acme):
    message = receive(acme.world, said())

    (told,) = acme.told()
    assert acme.store.inbound[message.id] == message
    assert (message.sender, message.recipient, message.text) == (ADA, SENDER, "Hello")
    assert acme.store.log_by_conversation.ids(message.conversation_id) == [message.id]
    assert (told.type, told.body, told.message_id) == ("inbound", b"Hello", None)
    assert acme.notes() == ["inbound"]


def test_nobody_can_write_to_a_sender_that_does_not_receive(acme):
    with pytest.raises(StatusConflict):
        receive(acme.world, said(sender="+12025550199"))

    assert len(acme.store.inbound) == len(acme.store.conversations) == len(acme.told()) == 0
    assert acme.store.counters.get("inbound") is None


@pytest.mark.parametrize("text", ["STOP", " stop "])
def test_stop_enters_the_person_and_is_told_like_any_message(acme, text):
    receive(acme.world, said(text))

    (entry,) = acme.store.suppressions
    assert (entry.address, entry.reason, entry.environment) == (ADA, "unsubscribed", "live")
    assert len(acme.told()) == 1


def test_stop_in_one_environment_does_not_opt_out_of_the_other(acme):
    receive(acme.world, said("STOP", environment="test"))

    (entry,) = acme.store.suppressions
    assert entry.environment == "test"


@pytest.mark.parametrize("text", ["Hello", "please STOP", None, ""])
def test_other_texts_opt_nobody_out(acme, text):
    receive(acme.world, said(text))

    assert len(acme.store.suppressions) == 0


def test_stop_opts_nobody_out_where_the_api_leaves_it_to_the_customer():
    acme = Acme(opt_outs=lambda *_: False)

    receive(acme.world, said("STOP"))

    assert len(acme.store.suppressions) == 0
    assert len(acme.told()) == 1


def test_a_person_is_kept_in_the_form_in_which_the_api_keeps_addresses():
    acme = Acme(normal_address=lambda _channel, address: address.removeprefix("+"))

    message = receive(acme.world, said("STOP"))

    (entry,) = acme.store.suppressions
    assert message.sender == entry.address == "254711000111"


def test_the_reason_of_an_opt_out_is_the_apis_word():
    acme = Acme(opt_out_reason="opted-out")

    receive(acme.world, said("STOP"))

    (entry,) = acme.store.suppressions
    assert entry.reason == "opted-out"
