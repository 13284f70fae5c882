"""The verifier of webhooks, held against the vectors that the contracts publish."""

import pytest

from emulator.server.contract import contract_names, load_contract
from emulator.stories.api import surface
from emulator.stories.signatures import SignatureRule, Signed, judge

STAMPED = SignatureRule("x-signature", "t={timestamp},v1={signature}", "{timestamp}.{body}", "hex")


def test_the_digest_of_a_body_is_the_published_one():
    body = b'{"id":"evt_9c1d","event":"message.delivered","timestamp":"2026-03-28T09:00:05Z","data":{"message_id":"msg_7d0c2f1e","delivered_at":"2026-03-28T09:00:05Z"}}'
    value = load_contract("arowana").document["components"]["parameters"]["Signature"]["example"]
    signed = Signed({"x-arowana-signature": value}, body, "")

    assert judge(surface("arowana").signature, signed, "whsec_emulator_test") == "valid"
    assert judge(surface("arowana").signature, signed, "another") == "invalid"


def test_a_signature_over_time_address_and_digest_is_the_published_one():
    body = b'{"service":"channels","event":"sms.outbound","payload":{"id":"5f0c5b0e-5b1e-4f5c-9f4e-0a0d6f6b2a11","status":"delivered"}}'
    parameter = load_contract("bird").document["components"]["parameters"]["Signature"]
    headers = {"messagebird-signature": parameter["schema"]["examples"][0]}
    headers["messagebird-request-timestamp"] = "1767225600"
    signed = Signed(headers, body, "http://127.0.0.1:9999/hooks/bird?tenant=a")

    assert judge(surface("bird").signature, signed, "emulator-signing-key") == "valid"
    assert judge(surface("bird").signature, signed._replace(url="http://127.0.0.1:9999/"), "emulator-signing-key") == (
        "invalid"
    )


@pytest.mark.parametrize(
    ("value", "judged"),
    [
        # HMAC-SHA256 with the key "secret" of "1.{}", made with openssl
        ("t=1,v1=0ad73cdb8b2bcd2c3b4d27bbd2ae3c4ae1d3dd07ad0f5b40e8d0d5ec26ed6b59", "invalid"),
        ("t=2,v1=00", "invalid"),
        ("garbage", "invalid"),
        ("", "invalid"),
    ],
)
def test_a_signature_of_another_form_or_value_is_invalid(value, judged):
    assert judge(STAMPED, Signed({"x-signature": value}, b"{}", ""), "secret") == judged


def test_without_a_signature_it_is_absent_and_without_a_secret_nobody_can_tell():
    assert judge(STAMPED, Signed({}, b"{}", ""), "secret") == "absent"
    assert judge(None, Signed({"x-signature": "t=1,v1=0"}, b"", ""), "secret") == "absent"
    assert judge(STAMPED, Signed({"x-signature": "t=1,v1=0"}, b"", ""), None) == "unknown"


def test_every_contract_with_a_signature_header_describes_it():
    for name in contract_names():
        parameters = load_contract(name).document.get("components", {}).get("parameters", {})
        assert ("Signature" in parameters) == (name != "control" and surface(name).signature is not None), name
