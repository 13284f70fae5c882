"""Mobile network operators. Source: SMPP v3.4, 5.1.3 and Appendix B; 3GPP TS 29.002."""

import re

import pytest

from emulator.core.ids import Ids
from emulator.core.records import Content, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voices import VOICES
from tests.builders import a_message
from tests.emulator.providers.voices.stories import accepted, json_of, refused, report, said

E = EventType
ID = "7fd4adb583"


@pytest.mark.parametrize("name", ["safaricom", "airtel", "telkom", "unknown"])
def test_message_id_form(name: str):
    assert re.fullmatch(r"[0-9a-f]{10}", VOICES[name].message_id(Ids(1, {})))


def test_accepted():
    assert json_of(said("safaricom", accepted(), provider_message_id=ID)) == {
        "command": "submit_sm_resp",
        "command_status": "0x00000000",
        "command_status_name": "ESME_ROK",
        "message_id": ID,
    }


@pytest.mark.parametrize(
    ("reason", "status", "name"),
    [
        (Reason.INVALID_ADDRESS, "0x0000000B", "ESME_RINVDSTADR"),
        (Reason.SENDER_REFUSED, "0x0000000A", "ESME_RINVSRCADR"),
        (Reason.THROTTLED, "0x00000058", "ESME_RTHROTTLED"),
        (Reason.BLOCKED, "0x00000045", "ESME_RSUBMITFAIL"),
        (Reason.SERVER_ERROR, "0x00000008", "ESME_RSYSERR"),
    ],
)
def test_refused(reason: Reason, status: str, name: str):
    answer = json_of(said("airtel", refused(reason)))

    assert (answer["command_status"], answer["command_status_name"], answer["message_id"]) == (status, name, None)


def test_delivered():
    assert said("safaricom", report(E.DELIVERED), provider_message_id=ID).body == (
        "id:7fd4adb583 sub:001 dlvrd:001 submit date:2611211200 done date:2611211200 "
        "stat:DELIVRD err:000 text:Gate 4 is open."
    )


@pytest.mark.parametrize(
    ("event", "state", "error"),
    [
        (report(E.SENT), "ACCEPTD", "000"),
        (report(E.DEFERRED, reason=Reason.ABSENT_SUBSCRIBER), "ENROUTE", "027"),
        (report(E.FAILED, reason=Reason.UNKNOWN_SUBSCRIBER), "UNDELIV", "001"),
        (report(E.FAILED, reason=Reason.SPAM), "REJECTD", "013"),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), "EXPIRED", "027"),
        (report(E.UNCERTAIN), "UNKNOWN", "000"),
        (report(E.FAILED, code="099"), "UNDELIV", "099"),
    ],
)
def test_state_and_error(event, state: str, error: str):
    assert (
        f"dlvrd:000 submit date:2611211200 done date:2611211200 stat:{state} err:{error} " in said("telkom", event).body
    )


def test_text_is_cut_after_twenty_characters():
    message = a_message(content=Content(text="A text of more than twenty characters"))

    assert said("unknown", report(E.DELIVERED), message=message).body.endswith(" text:A text of more than ")
