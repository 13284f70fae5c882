"""What a new world holds of this API: what the vendor's dashboard would own.

Ids are the same in every world. Keys are constants in the default world; elsewhere they follow from the names of world
and workspace, and there the default world's keys open the same doors, behind the world's prefix only. All of it is
assumed, but that the first basic RCS send answers with the figures of the seed's sample.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emulator.core import wallet
from emulator.core.errors import Json
from emulator.core.ids import derived_secret, derived_uuid
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Consent, Contact, Credential, Resource, Template
from emulator.core.store import Store
from emulator.core.suppressions import comparable_address
from emulator.dialects.arowana import agent_life, campaigns, senders, tiers
from emulator.dialects.arowana.auth import SCHEME, SEND
from emulator.dialects.arowana.vocabulary import (
    ACTIVE,
    API,
    CARRIERS,
    CURRENCY,
    DEFAULT_CARRIER,
    EMAIL,
    LAUNCHED,
    MESSAGE,
    NEWSLETTER,
    RCS,
)
from emulator.gateway.world import DEFAULT_WORLD, World

SHOP, STUDIO = "example-shop", "example-studio"
"""The workspace to use, and another one whose things are nobody else's."""

BALANCE_MICROS = 50_000_000
RCS_VOLUME = 12_500

AGENT = "ag_live_shop01"
PLAIN_AGENT = "ag_live_service02"
DRAFT_AGENT = "ag_draft_news03"
MAIL_CHANNEL, UNVERIFIED_CHANNEL, SMS_CHANNEL = "ch_mail01", "ch_mail02", "ch_sms01"
RCS_TEMPLATE, MAIL_TEMPLATE = "tpl_parcel01", "tpl_news01"
SUBSCRIBER, PENDING, WITHDRAWN = "c_kim01", "c_lou02", "c_max03"

PEOPLE: Mapping[str, tuple[str, str, str, str]] = {
    SUBSCRIBER: ("Kim", "kim@example.org", "+4915112345678", "granted"),
    PENDING: ("Lou", "lou@example.org", "+4915112345679", "pending"),
    WITHDRAWN: ("Max", "max@example.org", "+4915112345680", "revoked"),
}
"""First name, e-mail address, number, and the status of both newsletter consents."""

KEY_ROLES = ("manager", "editor", "viewer")


class _Key(NamedTuple):
    """A kind of key: its role, and whether it may send."""

    role: str
    sends: bool = True


_KEYS = (_Key("manager"), _Key("editor", sends=False), _Key("viewer", sends=False))


def furnish(world: World) -> None:
    """Put the fixtures into a new world; the workspace to use comes first."""
    shop = add_workspace(world, SHOP, "Example Shop", keys=_KEYS)
    tiers.set_volume(world, shop.id, RCS, RCS_VOLUME)
    _add_agents(world, shop)
    _add_channels(world, shop)
    _add_templates(world.store, shop)
    for id in PEOPLE:
        _add_contact(world, shop, id)
    _add_campaigns(world, shop)
    studio = add_workspace(world, STUDIO, "Example Studio", keys=_KEYS[:1])
    add_senders(world, studio, STUDIO)


def fixture_uuid(*parts: str) -> str:
    """The UUID of a fixture."""
    return derived_uuid(API, *parts)


def fixture_hex(*parts: str) -> str:
    """32 hexadecimal digits: an id without its prefix."""
    return fixture_uuid(*parts).replace("-", "")


def key_of(world_name: str, slug: str, role: str = "manager") -> str:
    """A workspace's key with a role."""
    return f"ak_{derived_secret(API, world_name, slug, role, length=40)}"


def account_id_of(slug: str) -> str:
    """A workspace's id, which no answer of the API shows."""
    return f"ws_{fixture_hex('workspace', slug)}"


def add_workspace(world: World, slug: str, name: str, *, keys: Sequence[_Key] = _KEYS[:1]) -> Account:
    """Make a workspace with money and keys."""
    account = world.store.accounts.put(
        Account(
            id=account_id_of(slug),
            api=API,
            name=slug,
            created_at=world.clock.now,
            currency=CURRENCY,
            extras={"slug": slug, "title": name},
        )
    )
    wallet.open_wallet(world.store, world.ids, account.id, CURRENCY, BALANCE_MICROS, at=world.clock.now)
    for key in keys:
        _add_key(world, account, slug, key, world.name)
        if not world.is_default:
            _add_key(world, account, slug, key, DEFAULT_WORLD)
    return account


def _add_key(world: World, account: Account, slug: str, key: _Key, named_after: str) -> None:
    owned = named_after == world.name
    world.store.credentials.put(
        Credential(
            id=fixture_uuid("key", slug, key.role, "own" if owned else "well-known"),
            token=key_of(named_after, slug, key.role),
            api=API,
            account_id=account.id,
            kind=SCHEME,
            created_at=world.clock.now,
            name=f"{key.role.capitalize()} key",
            scopes=(key.role, SEND) if key.sends else (key.role,),
            owned=owned,
        )
    )


def add_senders(world: World, account: Account, slug: str) -> None:
    """An approved agent and a verified e-mail channel, for a workspace beside the first."""
    _put_agent(world, account, f"ag_live_{fixture_hex('agent', slug)}", str(account.extras["title"]), newsletters=True)
    _put_channel(world, account, f"ch_{fixture_hex('mail channel', slug)}", _mail(f"news@{slug}.example"))


def _add_agents(world: World, account: Account) -> None:
    _put_agent(world, account, AGENT, "Example Shop", newsletters=True)
    _put_agent(world, account, PLAIN_AGENT, "Example Service", newsletters=False)
    _put_agent(world, account, DRAFT_AGENT, "Example News", newsletters=True, status="DRAFT")


def _put_agent(
    world: World, account: Account, id: str, name: str, *, newsletters: bool, status: str = "APPROVED"
) -> None:
    at = iso_seconds(world.clock.now)
    content: dict[str, Json] = dict.fromkeys(agent_life.PROFILE)
    content |= {
        "display_name": name,
        "region": "EUROPE",
        "use_case": "MULTI_USE",
        "billing_category": "CONVERSATIONAL",
        "newsletter_enabled": newsletters,
        "status": status,
        "channel_id": f"ch_{id.rpartition('_')[2] if len(id) < 32 else fixture_hex('channel of', id)}",
        "carriers": {},
    }
    if status == "APPROVED":
        content |= _approved_profile(at)
        # One carrier is left out, so that what an agent meets there can be seen.
        content["carriers"] = {
            carrier: {"status": LAUNCHED, "launched_at": at} for carrier in (CARRIERS[0], DEFAULT_CARRIER)
        }
    world.store.resources.put(
        Resource(id=id, account_id=account.id, kind=agent_life.KIND, created_at=world.clock.now, content=content)
    )


def _approved_profile(at: str) -> dict[str, Json]:
    return {
        "description": "Orders, parcels and offers.",
        "color": "#1A4D8F",
        "logo_url": "https://img.example/logo.png",
        "phone": "+4930999999",
        "privacy_policy_url": "https://shop.example/privacy",
        "terms_of_service_url": "https://shop.example/terms",
        "submitted_at": at,
        "approved_at": at,
    }


def _add_channels(world: World, account: Account) -> None:
    _put_channel(world, account, MAIL_CHANNEL, _mail("shop@mail.shop.example"))
    _put_channel(world, account, UNVERIFIED_CHANNEL, {**_mail("shop@new.shop.example"), "verified": False})
    _put_channel(world, account, SMS_CHANNEL, {"type": "SMS", "active": False, "message_types": [MESSAGE]})


def _mail(sender: str) -> dict[str, Json]:
    return {
        "type": "EMAIL",
        "from": sender,
        "reply_to": sender,
        "verified": True,
        "active": True,
        "message_types": [MESSAGE, NEWSLETTER],
    }


def _put_channel(world: World, account: Account, id: str, content: Mapping[str, Json]) -> None:
    world.store.resources.put(
        Resource(id=id, account_id=account.id, kind=senders.KIND, created_at=world.clock.now, content=content)
    )


def _add_templates(store: Store, account: Account) -> None:
    parcel = "Hi {{name}}, parcel {{parcel}} leaves today."
    _put_template(store, account, RCS_TEMPLATE, parcel)
    _put_template(store, account, f"{RCS_TEMPLATE}@2", parcel)
    _put_template(store, account, f"{RCS_TEMPLATE}@1", "Parcel {{parcel}} leaves today.")
    news = '<p>Hi {{name}}, the lamp is back: <a href="https://shop.example/lamp">see it</a>.</p>'
    for key in (MAIL_TEMPLATE, f"{MAIL_TEMPLATE}@1"):
        _put_template(store, account, key, "Hi {{name}}, the lamp is back.", subject="News for {{name}}", html=news)


def _put_template(
    store: Store, account: Account, key: str, text: str, *, subject: str | None = None, html: str | None = None
) -> None:
    store.templates.put(
        Template(
            id=fixture_uuid("template", key),
            account_id=account.id,
            key=key,
            variables=("name", "parcel") if "parcel" in text else ("name",),
            text=text,
            subject=subject,
            html=html,
        )
    )


def _add_contact(world: World, account: Account, id: str) -> None:
    name, email, phone, status = PEOPLE[id]
    now = world.clock.now
    world.store.contacts.put(
        Contact(
            id=id,
            account_id=account.id,
            created_at=now,
            updated_at=now,
            addresses=(("email", comparable_address(EMAIL, email)), ("phone", phone)),
            status=ACTIVE,
            content={"source": "MANUAL", "first_name": name},
        )
    )
    for channel in (EMAIL, RCS):
        pending = status == "pending"
        world.store.consents.put(
            Consent(
                id=f"cr_{fixture_hex('consent', id, channel)}",
                account_id=account.id,
                contact_id=id,
                channel=channel,
                purpose=NEWSLETTER,
                status=status,
                source="landing_page",
                created_at=now,
                granted_at=None if pending else now,
                revoked_at=now if status == "revoked" else None,
                content={
                    "proof_text": None,
                    "enforced_doi": pending,
                    "doi_status": "DOI_SEND" if pending else None,
                    "doi_channel": "EMAIL" if pending else None,
                },
            )
        )


_PARCEL_MESSAGE: Mapping[str, Json] = {
    "agent_id": AGENT,
    "message_type": MESSAGE,
    "traffic_type": "TRANSACTION",
    "content": {"text": "Parcel 77 leaves today."},
}

CAMPAIGN = fixture_uuid("campaign", "api")
MANUAL_CAMPAIGN = fixture_uuid("campaign", "manual")


def _add_campaigns(world: World, account: Account) -> None:
    for id, trigger in ((CAMPAIGN, campaigns.BY_API), (MANUAL_CAMPAIGN, "MANUAL")):
        content: dict[str, Json] = {
            "name": "Parcels",
            "trigger": trigger,
            "status": campaigns.SCHEDULED,
            "audience": list(PEOPLE),
            "flow": [{"kind": campaigns.SEND, "message": dict(_PARCEL_MESSAGE)}],
            "run_id": None,
            "updated_at": iso_seconds(world.clock.now),
        }
        world.store.resources.put(
            Resource(id=id, account_id=account.id, kind=campaigns.KIND, created_at=world.clock.now, content=content)
        )
