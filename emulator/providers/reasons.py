"""Why a provider did not deliver: our words, which each voice turns into the provider's own."""

from enum import StrEnum


class Reason(StrEnum):
    """One word for each cause that providers tell apart."""

    UNKNOWN_SUBSCRIBER = "unknown-subscriber"  # no such number, mailbox or user
    INVALID_ADDRESS = "invalid-address"  # the address cannot be read
    BLOCKED = "blocked"  # the recipient opted out, or the provider keeps it on its own list
    SPAM = "spam"  # refused as spam, or reported as such
    MAILBOX_FULL = "mailbox-full"
    ABSENT_SUBSCRIBER = "absent-subscriber"  # switched off or out of reach until the validity ran out
    GREYLISTED = "greylisted"  # asked to come back later
    CONTENT_REFUSED = "content-refused"
    SENDER_REFUSED = "sender-refused"  # the sender is not known or not verified
    INSUFFICIENT_CREDIT = "insufficient-credit"  # the account at the provider is empty
    DELIVERY_FAILURE = "delivery-failure"  # it gave up without saying why
    THROTTLED = "throttled"
    NO_CAPABILITY = "no-capability"  # the person cannot be reached on this channel at all
    WINDOW_CLOSED = "window-closed"  # too long ago that the person wrote: no free text any more
    UNAUTHORISED = "unauthorised"  # the provider refuses the account's credential
    SERVER_ERROR = "server-error"  # the provider answered 5xx
    NO_ANSWER = "no-answer"  # the provider did not answer in time
    CONNECTION_RESET = "connection-reset"  # the connection to the provider broke
    GARBLED_ANSWER = "garbled-answer"  # the provider's answer could not be read
