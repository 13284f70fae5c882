"""Tenants: who makes one owns it, slugs are unique, and lists show only one's own."""

import pytest

from emulator.dialects.raven.handlers.tenants import slug_of
from tests.emulator.dialects.raven.asking import Raven


@pytest.fixture
def raven() -> Raven:
    return Raven()


def test_a_new_tenant_has_the_documented_members_and_defaults(raven: Raven):
    made = raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna Foods"})

    assert made.status == 201
    assert made.body == {
        "id": made.body["id"],
        "slug": "savanna-foods",
        "name": "Savanna Foods",
        "status": "active",
        "plan": "free",
        "countryCode": None,
        "defaultLocale": "en",
        "defaultTz": "Africa/Nairobi",
        "createdAt": "2026-01-01T00:00:00.000Z",
    }


def test_given_values_are_kept_in_either_spelling(raven: Raven):
    body = {"name": "Savanna", "slug": "sav", "country_code": "TZ", "defaultLocale": "sw", "default_tz": "Africa/Dar"}

    made = raven.ask("POST", "/v1/admin/tenants", body).body

    assert (made["slug"], made["countryCode"], made["defaultLocale"], made["defaultTz"]) == (
        "sav",
        "TZ",
        "sw",
        "Africa/Dar",
    )


def test_whoever_makes_a_tenant_is_its_owner(raven: Raven):
    raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna Foods"}, role="viewer")

    memberships = raven.ask("GET", "/v1/admin/me", role="viewer").body["memberships"]

    assert [(each["tenantSlug"], each["role"]) for each in memberships] == [
        ("acme", "viewer"),
        ("savanna-foods", "owner"),
    ]


def test_the_new_tenant_can_be_used_at_once(raven: Raven):
    raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna Foods"})

    made = raven.ask("POST", "/v1/admin/api-keys", {"name": "first"}, headers={"X-Tenant-Slug": "savanna-foods"})

    assert made.status == 201


def test_a_slug_that_is_taken_is_refused(raven: Raven):
    refused = raven.ask("POST", "/v1/admin/tenants", {"name": "Another", "slug": "acme"})

    assert (refused.status, refused.message) == (409, "Slug already in use")


def test_a_derived_slug_counts_on_until_it_is_free(raven: Raven):
    made = [raven.ask("POST", "/v1/admin/tenants", {"name": "Acme"}).body["slug"] for _ in range(3)]

    assert made == ["acme-2", "acme-3", "acme-4"]


def test_a_derived_slug_never_grows_over_forty_characters(raven: Raven):
    made = [raven.ask("POST", "/v1/admin/tenants", {"name": "n" * 80}).body["slug"] for _ in range(2)]

    assert made == ["n" * 40, "n" * 38 + "-2"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Kilima Ltd", "kilima-ltd"), ("  Café & Söhne!! ", "cafe-sohne"), ("日本語", "tenant"), ("--", "tenant")],
)
def test_a_slug_is_made_from_the_name(name: str, slug: str):
    assert slug_of(name) == slug


def test_a_slug_that_a_name_of_symbols_leaves_is_legal(raven: Raven):
    assert raven.ask("POST", "/v1/admin/tenants", {"name": "!!"}).body["slug"] == "tenant"


def test_problems_are_named_in_the_order_of_the_fields(raven: Raven):
    refused = raven.ask("POST", "/v1/admin/tenants", {"name": "N", "slug": "Not A Slug", "countryCode": "Kenya"})

    assert refused.status == 400
    assert [part.split()[0] for part in refused.message.split("; ")] == ["name", "slug", "countryCode"]


def test_a_person_lists_the_tenants_they_belong_to(raven: Raven):
    raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna Foods"})

    listed = raven.ask("GET", "/v1/admin/tenants").body

    assert [tenant["slug"] for tenant in listed] == ["acme", "savanna-foods"]


def test_a_key_for_administration_lists_its_own_tenant_only(raven: Raven):
    made = raven.ask("POST", "/v1/admin/api-keys", {"name": "infra", "scopes": ["admin:*"]}).body

    listed = raven.ask("GET", "/v1/admin/tenants", key=made["plaintext"]).body

    assert [tenant["slug"] for tenant in listed] == ["acme"]


def test_a_key_cannot_make_a_tenant(raven: Raven):
    made = raven.ask("POST", "/v1/admin/api-keys", {"name": "infra", "scopes": ["admin:*"]}).body

    refused = raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna"}, key=made["plaintext"])

    assert (refused.status, refused.message) == (401, "Missing bearer token")


def test_the_same_idempotency_key_makes_one_tenant(raven: Raven):
    body = {"name": "Savanna Foods", "idempotencyKey": "once"}

    first, again = raven.ask("POST", "/v1/admin/tenants", body), raven.ask("POST", "/v1/admin/tenants", body)

    assert first.body == again.body
    assert again.headers["idempotent-replayed"] == "true"
    assert len(raven.ask("GET", "/v1/admin/tenants").body) == 2


def test_making_a_tenant_is_written_into_its_own_audit_log(raven: Raven):
    made = raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna Foods"}).body

    entries = raven.ask("GET", "/v1/admin/audit-log", headers={"X-Tenant-Slug": "savanna-foods"}).body["data"]

    assert [(entry["action"], entry["targetId"], entry["tenantId"]) for entry in entries] == [
        ("tenant.create", made["id"], made["id"])
    ]
    assert raven.audit() == []
