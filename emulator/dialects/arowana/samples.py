"""Data made up for test events: one of each event. All of it is assumed."""

from collections.abc import Callable, Mapping
from datetime import datetime

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.dialects.arowana.vocabulary import CURRENCY, SESSION_LENGTH

Data = dict[str, Json]

_MESSAGE = "msg_00000000000000000000000000000000"
_AGENT = "ag_live_00000000000000000000000000000000"
_PHONE = "+4915112345678"
_BALANCE: Json = {"free": 9.92, "reserved": 0.08, "total": 10.0}


def data_of(name: str, at: datetime) -> Data:
    """The `data` of a test event, as of a moment."""
    return _SAMPLES[name](at)


def _rcs(status: str) -> Callable[[datetime], Data]:
    return lambda at: {
        "message_id": _MESSAGE,
        "agent_id": _AGENT,
        "to": _PHONE,
        "status": status,
        f"{status}_at": iso_seconds(at),
    }


def _mail(name: str, **more: Json) -> Callable[[datetime], Data]:
    return lambda at: {
        "message_id": _MESSAGE,
        "channel_id": "ch_00000000000000000000000000000000",
        "to": "kim@example.org",
        **more,
        name: iso_seconds(at),
    }


def _consent(name: str, **more: Json) -> Callable[[datetime], Data]:
    return lambda at: {
        "contact_id": "c_00000000000000000000000000000000",
        "consent_record_id": "cr_00000000000000000000000000000000",
        "channel_type": "EMAIL",
        "message_type": "NEWSLETTER",
        "doi_status": None,
        **more,
        name: iso_seconds(at),
    }


def _failed(at: datetime) -> Data:
    return {**_rcs("failed")(at), "failure_reason": "UNKNOWN_RCS_USER"}


def _revoked(at: datetime) -> Data:
    return {"message_id": _MESSAGE, "agent_id": _AGENT, "revoked_at": iso_seconds(at)}


def _started(at: datetime) -> Data:
    return {
        "agent_id": _AGENT,
        "from": _PHONE,
        "session_expires_at": iso_seconds(at + SESSION_LENGTH),
        "user_message": {"type": "text", "text": "Test"},
    }


def _ended(at: datetime) -> Data:
    return {"agent_id": _AGENT, "with": _PHONE, "ended_at": iso_seconds(at), "reason": "ttl_expired"}


def _approved(at: datetime) -> Data:
    return {"agent_id": _AGENT, "display_name": "Test agent", "approved_at": iso_seconds(at)}


def _rejected(at: datetime) -> Data:
    return {
        "agent_id": "ag_draft_00000000000000000000000000000000",
        "display_name": "Test agent",
        "rejected_at": iso_seconds(at),
        "reason": "Test",
    }


def _low(_at: datetime) -> Data:
    return {"balance": _BALANCE, "threshold": 10.0, "currency": CURRENCY}


def _reloaded(at: datetime) -> Data:
    return {
        "amount_added": 100.0,
        "currency": CURRENCY,
        "balance": _BALANCE,
        "payment_method": "credit_card",
        "reloaded_at": iso_seconds(at),
    }


def _reload_failed(at: datetime) -> Data:
    return {
        "attempted_amount": 100.0,
        "currency": CURRENCY,
        "failure_reason": "card_declined",
        "balance": _BALANCE,
        "failed_at": iso_seconds(at),
    }


_SAMPLES: Mapping[str, Callable[[datetime], Data]] = {
    "message.delivered": _rcs("delivered"),
    "message.read": _rcs("read"),
    "message.failed": _failed,
    "message.expired": _rcs("expired"),
    "message.revoked": _revoked,
    "conversation.started": _started,
    "conversation.ended": _ended,
    "email.delivered": _mail("delivered_at", subject="Test"),
    "email.bounced": _mail("bounced_at", bounce_type="hard", bounce_code="550", bounce_message="5.1.1 No such user."),
    "email.opened": _mail("opened_at"),
    "email.clicked": _mail("clicked_at", url="https://shop.example/"),
    "email.complained": _mail("complained_at"),
    "email.unsubscribed": _mail("unsubscribed_at"),
    "consent.created": _consent("created_at", status="GRANTED", source="api", enforced_doi=False),
    "consent.updated": _consent("updated_at", previous_status="GRANTED", status="REVOKED", source="api"),
    "agent.approved": _approved,
    "agent.rejected": _rejected,
    "billing.balance_low": _low,
    "billing.auto_reload_success": _reloaded,
    "billing.auto_reload_failed": _reload_failed,
}
"""Total over the catalogue of events."""
