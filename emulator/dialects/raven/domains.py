"""Domains that mail is sent from, and where each stands at each provider.

A domain is a `Resource` of the kind `sending-domain`. Its content has `dmarc_record`, `dmarc_managed` and
`verifications`, a list with one entry for each provider that it is attached to; an entry has the members of the API's
verification under our names, and `recheck_due_at` while a check is under way.

The vendor looks for the DNS records every 30 s at first, then hourly. No look-up is made here, so a background check
could only find what it found before: a verification stays pending until somebody asks for a recheck, which succeeds.
Domains under `.invalid`, which RFC 2606 keeps from ever existing, are the ones whose recheck fails.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TypeAlias

from msgspec.structs import replace

from emulator.core.errors import AlreadyExists, Json, NotFound
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Channel, Connection, Resource
from emulator.core.store import Store
from emulator.dialects.raven.dns_records import dns_records
from emulator.gateway.world import World

KIND = "sending-domain"

# Source: Raven documentation, "Sending domains", read 2026-11, has about 10 s; a shorter wait is assumed to be welcome.
RECHECK_AFTER = timedelta(seconds=1)

_NEVER_VERIFIES = ".invalid"
# What a domain starts with: the platform leaves the record alone.
_DMARC_RECORD = "v=DMARC1; p=none"

Verification: TypeAlias = Mapping[str, Json]


def register(world: World, tenant_id: str, domain: str) -> Resource:
    """Enter a domain of a tenant. Raises `AlreadyExists`."""
    key = domain.lower()
    known = world.store.resources_by_key.get((tenant_id, KIND, key))
    if known is not None:
        raise AlreadyExists("sending domain", known.id)
    return world.store.resources.put(
        Resource(
            id=world.ids.uuid("sending domain"),
            account_id=tenant_id,
            kind=KIND,
            key=key,
            created_at=world.clock.now,
            content={"dmarc_record": _DMARC_RECORD, "dmarc_managed": False, "verifications": []},
        )
    )


def attach(world: World, domain: Resource, connection: Connection) -> tuple[Resource, Verification]:
    """Register a domain at a provider; one that is attached already keeps its verification."""
    known = verifications(domain)
    for verification in known:
        if verification["provider_config_id"] == connection.id:
            return domain, verification
    made = _attached(world, domain, connection)
    return _with_verifications(world, domain, [*known, made]), made


def _attached(world: World, domain: Resource, connection: Connection) -> Verification:
    return {
        "id": world.ids.uuid("domain verification"),
        "provider": connection.provider,
        "provider_config_id": connection.id,
        "registration_state": "registered",
        "provider_domain_id": world.ids.digits("provider domain", 5),
        "verification_state": "pending_dns",
        "dns_records": dns_records(connection, domain.key or ""),
        "registration_error": None,
        "last_checked_at": None,
        "last_check_error": None,
        "verified_at": None,
        "attached_at": iso_milliseconds(world.clock.now),
    }


def recheck(world: World, domain: Resource, verification_id: str) -> None:
    """Start a check of the DNS records; its result comes a moment later. Raises `NotFound`."""
    find_verification(domain, verification_id)
    due_at = iso_milliseconds(world.clock.now + RECHECK_AFTER)
    changed = [
        {**each, "recheck_due_at": due_at} if each["id"] == verification_id else each for each in verifications(domain)
    ]
    _with_verifications(world, domain, changed)
    world.clock.call_in(RECHECK_AFTER, "resource", domain.id)


def verify(world: World, domain: Resource) -> None:
    """Let every provider find the DNS records now, wherever the domain is attached."""
    now = iso_milliseconds(world.clock.now)
    due: list[Verification] = [{**each, "recheck_due_at": now} for each in verifications(domain)]
    _with_verifications(world, domain, [_settled(each, now, found=True) for each in due])


def settle_rechecks(world: World, domain_id: str, _step: int = 0) -> None:
    """End the checks of a domain that are due: what a timer does."""
    domain = world.store.resources.get(domain_id)
    if domain is None or domain.kind != KIND:
        return
    now = iso_milliseconds(world.clock.now)
    found = not (domain.key or "").endswith(_NEVER_VERIFIES)
    _with_verifications(world, domain, [_settled(each, now, found=found) for each in verifications(domain)])


def _settled(verification: Verification, now: str, *, found: bool) -> Verification:
    """A verification after its check. A verified one stays verified, since when it is."""
    due_at = verification.get("recheck_due_at")
    if not isinstance(due_at, str) or due_at > now:
        return verification
    changed = {**verification, "recheck_due_at": None, "last_checked_at": now}
    if verification["verification_state"] != "verified":
        changed["verification_state"] = "verified" if found else "failed"
        changed["last_check_error"] = None if found else "DNS records not found"
        changed["verified_at"] = now if found else None
    return changed


def detach(world: World, domain: Resource, verification_id: str) -> Verification:
    """Forget a verification, and give what it was; a check that is under way then finds nothing. Raises `NotFound`."""
    gone = find_verification(domain, verification_id)
    _with_verifications(world, domain, [each for each in verifications(domain) if each["id"] != verification_id])
    return gone


def find(store: Store, tenant_id: str, id: str) -> Resource:
    """A tenant's domain by its id. Raises `NotFound`."""
    domain = store.resources.get(id)
    if domain is None or domain.account_id != tenant_id or domain.kind != KIND:
        raise NotFound("sending domain", id)
    return domain


def find_verification(domain: Resource, id: str) -> Verification:
    """A verification of a domain by its id. Raises `NotFound`."""
    for verification in verifications(domain):
        if verification["id"] == id:
            return verification
    raise NotFound("verification", id)


def domains(store: Store, tenant_id: str) -> Iterator[Resource]:
    """A tenant's domains, oldest first."""
    return store.resources_by_kind.get((tenant_id, KIND))


def verifications(domain: Resource) -> list[Verification]:
    """A domain's verifications, oldest first."""
    entries = domain.content["verifications"]
    assert isinstance(entries, list)
    return [entry for entry in entries if isinstance(entry, dict)]


def mail_connections(store: Store, tenant_id: str) -> Iterator[Connection]:
    """A tenant's connected e-mail providers, oldest first."""
    every = store.connections_by_account.get(tenant_id)
    return (connection for connection in every if connection.channel is Channel.EMAIL)


def _with_verifications(world: World, domain: Resource, changed: list[Verification]) -> Resource:
    content: dict[str, Json] = {**domain.content, "verifications": [dict(each) for each in changed]}
    return world.store.resources.put(replace(domain, content=content))
