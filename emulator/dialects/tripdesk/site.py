"""What the public pages say: the vendor's own words about its product, put shortly.

Source: yourtripdesk.com/developers, read 2026-11. The other pages' addresses and the division into pages are assumed.
"""

from html import escape
from typing import NamedTuple

from emulator.core.pricing import decimal_text
from emulator.core.records import Channel
from emulator.dialects.tripdesk.vocabulary import CHANNELS, CURRENCY, GATEWAYS, WHATSAPP_TEXT_MICROS

NAME = "TripDesk"

_REQUEST = """\
POST /api/v1/messages
Authorization: Bearer ak_live_••••••••••••
Content-Type: application/json
Idempotency-Key: 7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8

{
  "channel": "whatsapp",
  "to": "+15551234567",
  "template": "order_confirmation",
  "language": "en",
  "variables": {
    "name": "Nayeem",
    "order_id": "TR-204821",
    "eta": "15 minutes"
  }
}"""

_ANSWER = """\
202 Accepted

{
  "id": "msg_01HNQX2P8Y9R3T4V5W6Z7A8B9C",
  "status": "queued",
  "channel": "whatsapp",
  "cost_estimate": "0.012",
  "created_at": "2026-05-23T14:22:17Z"
}"""

_EVENTS = (
    ("message.sent", "The upstream provider has accepted the message."),
    ("message.delivered", "The provider has confirmed delivery to the device. Broadcast channels never do."),
    ("message.failed", "All retries are used up; the refund is in the wallet."),
    ("message.bounced", "An e-mail has bounced for good."),
    ("conversation.assigned", "An agent was assigned to a conversation."),
    ("contact.matched", "An inbound message belongs to a contact, by its external id."),
)

# What stands behind a channel's name on the list of prices.
_PRICED_BY = {Channel.WHATSAPP: "template", Channel.SMS: "each segment"}


class PublicPage(NamedTuple):
    """One page: `path` is its address, `title` its heading, `main` the HTML below the heading."""

    path: str
    title: str
    description: str
    main: str


def _paragraphs(*texts: str) -> str:
    return "\n".join(f"<p>{text}</p>" for text in texts)


def _section(heading: str, content: str) -> str:
    return f"<section>\n<h2>{heading}</h2>\n{content}\n</section>"


def _table(caption: str, heads: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{each}</td>" for each in rest) + "</tr>"
        for first, *rest in rows
    )
    return f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _channel_rows() -> tuple[tuple[str, ...], ...]:
    return tuple(
        (channel_name(each), f"<code>{each}</code>", "no" if each is Channel.BROADCAST else "yes") for each in CHANNELS
    )


def _price_rows() -> tuple[tuple[str, ...], ...]:
    rows = [
        (", ".join(filter(None, (channel_name(each), _PRICED_BY.get(each)))), GATEWAYS[each].price_micros)
        for each in CHANNELS
    ]
    rows.insert(1, (f"{channel_name(Channel.WHATSAPP)}, text", WHATSAPP_TEXT_MICROS))
    return tuple((name, decimal_text(micros, places=3)) for name, micros in rows)


def channel_name(channel: Channel) -> str:
    """What people call a channel."""
    return "Broadcast" if channel is Channel.BROADCAST else GATEWAYS[channel].name


def _code(text: str) -> str:
    return f"<pre><code>{escape(text, quote=False)}</code></pre>"


HOME = PublicPage(
    "/",
    "Home",
    "The product in short.",
    _paragraphs(
        "Send messages on eleven channels through one endpoint, and keep contacts, conversations and a wallet with"
        " them.",
        "Every call goes through the same authentication, rate limit and audit, whether it comes from an external"
        " system, a mobile app or the admin pages.",
    ),
)

DEVELOPERS = PublicPage(
    "/developers",
    "Developers",
    "The three surfaces, the webhooks, and a request with its answer.",
    "\n".join(
        (
            _section(
                "Three surfaces",
                "<ul>\n"
                "<li><strong>Partner API</strong>: what partners and integrators build against, with keys that begin"
                " with <code>ak_live_</code> or <code>ak_test_</code>.</li>\n"
                "<li><strong>Mobile API</strong>: sign-in, push tokens, polling of conversations, sending.</li>\n"
                "<li><strong>Admin API</strong>: sends and confirms in one call, for the same audit log.</li>\n</ul>",
            ),
            _section("Send a WhatsApp template message", f"{_code(_REQUEST)}\n{_code(_ANSWER)}"),
            _section(
                "Repeating a call",
                _paragraphs(
                    "Every mutating call accepts an <code>Idempotency-Key</code> header. The same call again gives the"
                    " same answer, and nothing is sent or charged twice."
                ),
            ),
            _section("Webhooks", _table("Events", ("Event", "When it is sent"), _EVENTS)),
            _section(
                "Sandbox",
                _paragraphs(
                    "Contacts, conversations and wallets of the sandbox are separate from production. Its messages"
                    " never leave the platform, and its answers are the same."
                ),
            ),
        )
    ),
)

CHANNELS_PAGE = PublicPage(
    "/channels",
    "Channels",
    "The eleven channels.",
    _table("Channels and their names in the API", ("Channel", "Name in the API", "Confirms delivery"), _channel_rows()),
)

PRICING = PublicPage(
    "/pricing",
    "Pricing",
    "Prices by channel.",
    _table(f"Prices of a message in {CURRENCY}", ("Message", "Price"), _price_rows()),
)

SECURITY = PublicPage(
    "/security",
    "Security",
    "Keys, environments and audit.",
    _paragraphs(
        "Keys belong to one partner; their prefix tells production from sandbox.",
        "Rate limits are configured for each partner and are the same on every surface.",
        "Every changing call, of partners, agents and administrators alike, is entered into the audit log.",
    ),
)

CONTACT = PublicPage(
    "/contact",
    "Contact",
    "Ways to reach the vendor.",
    _paragraphs("Request an evaluation, and a technical contact is there for you on a private Slack channel."),
)

# Its form is made where it is answered (`evaluation_form.py`).
EVALUATION = PublicPage("/evaluation", "Evaluation", "Request an evaluation.", "")
THANKS = PublicPage(
    "/evaluation/thanks",
    "Thank you",
    "Shown after an evaluation was requested.",
    _paragraphs("Your request has reached us. You hear from us, usually within one business day of the intake call."),
)

LISTED = (HOME, DEVELOPERS, CHANNELS_PAGE, PRICING, SECURITY, EVALUATION, CONTACT)
"""The pages of navigation and sitemap."""
