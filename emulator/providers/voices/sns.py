"""Amazon SNS: the envelope in which SES posts its events, each as a string of JSON.

The signature cannot be verified: only Amazon has the key of the certificate that it names.

Source: Amazon SNS developer guide, "HTTP/HTTPS notification JSON format"; read 2026-11.
"""

from emulator.core.errors import Json
from emulator.providers.voice import Facts, Payload
from emulator.providers.voices.addresses import public_text
from emulator.providers.voices.event_ids import event_base62, event_uuid
from emulator.providers.voices.moments import iso_millis
from emulator.providers.voices.payloads import json_text

ACCOUNT = "123456789012"
"""The account number of Amazon's own examples."""


def region_of(facts: Facts) -> str:
    """The region that the account connected."""
    return public_text(facts, "region", "us-east-1")


def notification(facts: Facts, message: str) -> Payload:
    """Wrap an event and put the headers to it by which receivers know a notification."""
    region = region_of(facts)
    id, host = event_uuid(facts, "sns"), f"https://sns.{region}.amazonaws.com"
    topic = f"arn:aws:sns:{region}:{ACCOUNT}:ses-events"
    envelope: dict[str, Json] = {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": topic,
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": iso_millis(facts.event.at),
        "SignatureVersion": "1",
        "Signature": f"{event_base62(facts, 42, 'signature')}==",
        "SigningCertURL": f"{host}/SimpleNotificationService-{'0' * 32}.pem",
        "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={topic}:{event_uuid(facts, 'subscription')}",
    }
    headers = (
        ("x-amz-sns-message-type", "Notification"),
        ("x-amz-sns-message-id", id),
        ("x-amz-sns-topic-arn", topic),
    )
    # SNS posts its JSON as plain text.
    return Payload(content_type="text/plain; charset=UTF-8", body=json_text(envelope), headers=headers)
