"""Connected providers: eight by name, their secrets never shown, the planned ones only where they are enabled."""

import pytest

from emulator.dialects.raven.handlers.providers import LIVE, ROADMAP
from tests.emulator.dialects.raven.asking import CONTRACT, Raven

PROVIDERS = "/v1/admin/providers"


@pytest.fixture
def raven() -> Raven:
    return Raven()


def test_a_new_provider_has_the_documented_members(raven: Raven):
    public = {"from_email": "orders@mail.acme.co.ke", "anything": {"else": [1]}}
    body = {"provider": "brevo", "label": "Order mail", "publicConfig": public, "secretConfig": {"api_key": "s3cret"}}

    made = raven.ask("POST", PROVIDERS, body)

    assert made.status == 201
    assert made.body == {
        "id": made.body["id"],
        "provider": "brevo",
        "channel": "email",
        "label": "Order mail",
        "status": "unverified",
        "configPublic": public,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }


def test_secrets_are_kept_and_never_shown(raven: Raven):
    id = raven.connect("brevo", api_key="s3cret")

    assert raven.world.store.connections[id].secret == {"api_key": "s3cret"}
    assert "s3cret" not in str(raven.ask("GET", PROVIDERS))


def test_without_a_public_part_an_empty_one_is_shown(raven: Raven):
    raven.connect("sendgrid", api_key="s3cret")

    assert raven.ask("GET", PROVIDERS).body[-1]["configPublic"] == {}


@pytest.mark.parametrize(("provider", "channel"), LIVE.items())
def test_each_live_provider_has_its_channel(raven: Raven, provider: str, channel: str):
    raven.connect(provider)

    assert raven.ask("GET", PROVIDERS).body[-1]["channel"] == channel


@pytest.mark.parametrize(("provider", "channel"), ROADMAP.items())
def test_a_planned_provider_is_taken_only_where_it_is_enabled(raven: Raven, provider: str, channel: str):
    body = {"provider": provider, "label": "Later", "secretConfig": {}}

    refused = raven.ask("POST", PROVIDERS, body)
    raven.change_tenant(extra_providers=[provider])
    made = raven.ask("POST", PROVIDERS, body)

    assert (refused.status, refused.message) == (
        400,
        "provider must be one of: africas_talking, postmark, sendgrid, mailjet, smtp, ses, mailgun, brevo",
    )
    assert (made.status, made.body["channel"]) == (201, channel)


def test_the_two_tables_are_the_contracts():
    schema = CONTRACT.document["components"]["schemas"]["CreateProvider"]["properties"]["provider"]

    assert schema["enum"] == [*LIVE, *ROADMAP]
    assert schema["x-roadmap"] == list(ROADMAP)


def test_every_role_may_read_and_only_two_may_write(raven: Raven):
    body = {"provider": "brevo", "label": "Mail", "secretConfig": {}}

    reads = [raven.ask("GET", PROVIDERS, role=role).status for role in ("owner", "admin", "member", "viewer")]
    writes = [raven.ask("POST", PROVIDERS, body, role=role).status for role in ("owner", "admin", "member", "viewer")]

    assert (reads, writes) == ([200, 200, 200, 200], [201, 201, 403, 403])


def test_a_tenant_sees_its_own_only(raven: Raven):
    raven.connect("brevo", tenant="kilima")

    assert [each["provider"] for each in raven.ask("GET", PROVIDERS, tenant="kilima").body] == ["brevo"]
    assert "brevo" not in [each["provider"] for each in raven.ask("GET", PROVIDERS).body]


def test_a_disconnected_provider_is_gone_and_its_messages_keep_its_name(raven: Raven):
    message = raven.send()

    gone = raven.ask("DELETE", f"{PROVIDERS}/{raven.connection('postmark').id}")

    assert (gone.status, gone.body) == (204, None)
    assert [each["provider"] for each in raven.ask("GET", PROVIDERS).body] == ["africas_talking"]
    assert raven.show(message)["provider"] == "postmark"


def test_the_oldest_provider_left_is_used_next(raven: Raven):
    raven.connect("mailgun")
    raven.connect("brevo")
    raven.ask("DELETE", f"{PROVIDERS}/{raven.connection('postmark').id}")

    assert raven.show(raven.send())["provider"] == "mailgun"


def test_another_tenants_provider_cannot_be_told_from_none(raven: Raven):
    foreign = raven.connect("brevo", tenant="kilima")

    answers = [raven.ask("DELETE", f"{PROVIDERS}/{id}") for id in (foreign, "nothing")]

    assert {(answer.status, answer.message) for answer in answers} == {(404, "Provider not found")}


def test_connecting_is_written_into_the_audit_log(raven: Raven):
    id = raven.connect("brevo", api_key="s3cret")

    assert raven.audit() == [("provider.create", id)]
    assert "s3cret" not in str(raven.ask("GET", "/v1/admin/audit-log"))


def test_wrong_fields_are_all_named(raven: Raven):
    refused = raven.ask("POST", PROVIDERS, {"provider": "brevo", "label": "M", "publicConfig": {"port": 0}})

    assert refused.message == (
        "label must be at least 2 characters long; publicConfig.port must be between 1 and 65535; "
        "secretConfig is required"
    )
