"""The tables: what this API calls things. Each is total over what it translates; a test compares them."""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.core import errors
from emulator.core.errors import Json, MessagingError
from emulator.core.records import EventType
from emulator.providers.reasons import Reason

API = "cloudrebue"

LEGACY = "legacy"
REBUETEXT = "rebuetext"

INVALID_LINK = "invalid-link"
"""The reason that the catalogue does not have: the `link_id` of an on-demand message does not count."""

RECEIPT = "deliveryReceipt"
INCOMING_SMS = "incomingSms"

# Source: Cloud Rebue documentation, "Sending messages", and rebuetext's, read 2026-11.
QUEUED: Mapping[str, str] = {
    LEGACY: "Message successfully queued!",
    REBUETEXT: "Message queued successfully",
}

# Source: `DeliveredToTerminal` from the Cloud Rebue documentation, "Delivery receipts"; the others from the parent
# platform's published list and from Kenyan gateways' documentation; read 2026-11.
DELIVERY_STATUSES = frozenset(
    {
        "MessageWaiting",
        "DeliveredToNetwork",
        "SentToNetwork",
        "DeliveryUncertain",
        "DeliveredToTerminal",
        "DeliveryImpossible",
        "AbsentSubscriber",
        "SenderName Blacklisted",
        "InvalidMsisdn",
        "UnknownSubscriber",
        "Invalid Source Address",
        "Invalid_Linkid",
        "Insufficient_Balance",
        "Insufficient_BulkSMS_Credit",
        "DeliveryNotificationNotSupported",
        "Unknown",
        "Expired",
        "SystemFailure",
        "SM-DeliveryFailure",
        "CallBarred",
        "IllegalSubscriber",
        "MessageWaitingListFull",
        "SubscriberBusyForMT-SMS",
        "TeleserviceNotProvisioned",
        "FacilityNotSupported",
        "NumberChanged",
    }
)
"""The known values of `deliveryStatus`; the list is open."""

STATUS_OF_EVENT: Mapping[EventType, str | None] = {
    EventType.SCHEDULED: None,
    EventType.QUEUED: None,
    EventType.SENDING: None,
    EventType.SENT: "DeliveredToNetwork",
    EventType.DELIVERED: "DeliveredToTerminal",
    EventType.READ: None,
    EventType.BOUNCED: "DeliveryImpossible",
    EventType.FAILED: "DeliveryImpossible",
    EventType.EXPIRED: "Expired",
    EventType.SUPPRESSED: "SenderName Blacklisted",
    EventType.UNCERTAIN: "DeliveryUncertain",
    EventType.CANCELED: None,
    EventType.DEFERRED: "MessageWaiting",
    EventType.RETRY_SCHEDULED: None,
    EventType.OPENED: None,
    EventType.CLICKED: None,
    EventType.COMPLAINED: None,
    EventType.UNSUBSCRIBED: None,
}
"""`deliveryStatus` of an event whose cause is not known; None where nobody is told."""

STATUS_OF_REASON: Mapping[str, str] = {
    Reason.UNKNOWN_SUBSCRIBER: "UnknownSubscriber",
    Reason.INVALID_ADDRESS: "InvalidMsisdn",
    Reason.BLOCKED: "SenderName Blacklisted",
    Reason.SPAM: "SenderName Blacklisted",
    Reason.MAILBOX_FULL: "MessageWaitingListFull",
    Reason.ABSENT_SUBSCRIBER: "AbsentSubscriber",
    Reason.GREYLISTED: "SM-DeliveryFailure",
    Reason.CONTENT_REFUSED: "DeliveryImpossible",
    Reason.SENDER_REFUSED: "Invalid Source Address",
    Reason.INSUFFICIENT_CREDIT: "Insufficient_BulkSMS_Credit",
    Reason.DELIVERY_FAILURE: "SM-DeliveryFailure",
    Reason.THROTTLED: "SystemFailure",
    Reason.NO_CAPABILITY: "UnknownSubscriber",
    Reason.WINDOW_CLOSED: "DeliveryImpossible",
    Reason.UNAUTHORISED: "SystemFailure",
    Reason.SERVER_ERROR: "SystemFailure",
    Reason.NO_ANSWER: "SystemFailure",
    Reason.CONNECTION_RESET: "SystemFailure",
    Reason.GARBLED_ANSWER: "SystemFailure",
    INVALID_LINK: "Invalid_Linkid",
}
"""`deliveryStatus` of a cause; one that is missing is the operator's own word and is passed through."""


class ErrorRow(NamedTuple):
    """HTTP status and text of a refusal; the text's places are filled with the refusal's facts."""

    status: int
    text: str


NOT_FOUND = "Resource not found."

# Source: 401 from the Cloud Rebue documentation, "Sending messages", read 2026-11; the others are assumed, in the
# manner of the framework that its error bodies show.
ERRORS: Mapping[type[MessagingError], ErrorRow] = {
    errors.Unauthenticated: ErrorRow(401, "Unauthenticated."),
    errors.Forbidden: ErrorRow(403, "This action is unauthorized."),
    errors.RateLimited: ErrorRow(429, "Too Many Attempts."),
    errors.UnknownPath: ErrorRow(404, NOT_FOUND),
    errors.MethodNotAllowed: ErrorRow(405, "The {method} method is not supported for this route."),
    errors.PayloadTooLarge: ErrorRow(413, "Payload Too Large"),
    errors.UnsupportedContentType: ErrorRow(415, "Unsupported Media Type"),
    errors.MalformedRequest: ErrorRow(400, "Malformed JSON body."),
    errors.InvalidFields: ErrorRow(422, "The given data was invalid."),
    errors.NotFound: ErrorRow(404, NOT_FOUND),
    errors.AlreadyExists: ErrorRow(409, "The {kind} already exists."),
    errors.StatusConflict: ErrorRow(409, "The {kind} is {current}."),
    errors.SenderNotAllowed: ErrorRow(403, "The sender {sender} is not assigned to this account."),
    errors.RecipientSuppressed: ErrorRow(403, "The phone number {address} is blacklisted."),
    errors.NoProvider: ErrorRow(403, "The account has no route for {channel}."),
    errors.IdempotencyKeyReused: ErrorRow(409, "The request was sent before with another body."),
    errors.RequestInProgress: ErrorRow(409, "The request is in progress."),
    errors.InsufficientFunds: ErrorRow(402, "Insufficient SMS units. Kindly top up your account."),
    errors.NotEmulated: ErrorRow(501, "{what} is not emulated."),
    errors.InternalFault: ErrorRow(500, "Server Error"),
    errors.Unavailable: ErrorRow(503, "Service Unavailable"),
}

UNKNOWN_ACCOUNT = "unknown account"
FOREIGN_ACCOUNT = "foreign account"

# Source: Cloud Rebue documentation, "Account", read 2026-11; both are listed under 403, one as a field error.
FORBIDDEN: Mapping[str, Json] = {
    UNKNOWN_ACCOUNT: {"account_id": ["The selected account id is invalid."]},
    FOREIGN_ACCOUNT: "The account is not a subaccount of the parent account.",
}
"""`message` of a `Forbidden`, by its `why`."""

FIELD_TEXTS: Mapping[str, str] = {
    "required": "The {field} field is required.",
    "type": "The {field} must be {expected}.",
    "enum": "The selected {field} is invalid.",
    "const": "The selected {field} is invalid.",
    "pattern": "The {field} format is invalid.",
    "min_length": "The {field} field is required.",  # the only minimum is one character
    "max_length": "The {field} may not be greater than {expected} characters.",
    "minimum": "The {field} must be at least {expected}.",
    "maximum": "The {field} may not be greater than {expected}.",
    "exclusive_minimum": "The {field} must be greater than {expected}.",
    "exclusive_maximum": "The {field} must be less than {expected}.",
    "multiple_of": "The {field} must be a multiple of {expected}.",
    "min_items": "The {field} must have at least {expected} items.",
    "max_items": "The {field} may not have more than {expected} items.",
    "unique_items": "The {field} has a duplicate value.",
    "min_properties": "The {field} must have at least {expected} items.",
    "max_properties": "The {field} may not have more than {expected} items.",
    "unknown_member": "The {field} field is prohibited.",
    "any_of": "The {field} is invalid.",
    "not_allowed": "The {field} field is prohibited.",
    "address": "The {field} must be a valid email address.",
    "phone": "The phone number {value} is invalid.",
    "url": "The {field} must be a valid URL.",
    "moment": "The {field} is not a valid date.",
    "exists": "The selected {field} is invalid.",
    "taken": "The {field} has already been taken.",
    "missing_variable": "The {field} is invalid.",
    "text": "The {field} is invalid.",
}
"""Text of a problem by its rule, in the framework's manner (assumed)."""

_URL_TEXT = FIELD_TEXTS["url"]
_TIME_TEXT = "The {field} does not match the format Y-m-d H:i."

MEMBER_TEXTS: Mapping[tuple[str, str], str] = {
    ("endpoint", "pattern"): _URL_TEXT,
    ("delivery_endpoint", "pattern"): _URL_TEXT,
    ("time_to_send", "pattern"): _TIME_TEXT,
    ("send_at", "pattern"): _TIME_TEXT,
    ("phone", "max_items"): "The phone may not have more than {expected} numbers.",
}
"""Text of a problem where a member has its own, by (member, rule)."""

ROOT_TEXTS: Mapping[str, str] = {
    "type": "The request body must be {expected}.",
    "min_items": "The request body must not be empty.",
    "max_items": "A maximum of {expected} messages can be sent in a single request.",
}
"""Text of a problem with the whole body, by its rule; `ROOT_TEXT` for the rest."""

ROOT_TEXT = "The request body is invalid."

TYPE_WORDS: Mapping[str, str] = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
