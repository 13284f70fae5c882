"""Sending domains: registered, attached to providers, checked a second later, detached."""

import pytest

from emulator.dialects.raven import domains
from tests.emulator.dialects.raven.asking import Answer, Raven

DOMAINS = "/v1/admin/sending-domains"


@pytest.fixture
def raven() -> Raven:
    return Raven()


def attached(raven: Raven, domain: str = "shop.acme.co.ke") -> tuple[str, str]:
    """Register a domain at all providers; the paths of the domain and of its first verification."""
    made = raven.ask("POST", DOMAINS, {"domain": domain, "attachAll": True})
    assert made.status == 201, made
    path = f"{DOMAINS}/{made.body['id']}"
    return path, f"{path}/verifications/{made.body['verifications'][0]['id']}"


def first_verification(raven: Raven, path: str) -> dict[str, object]:
    return raven.ask("GET", f"{path}/verifications").body[0]


def send_from(raven: Raven, sender: str) -> dict[str, object]:
    body = {"channel": "email", "to": "ada@example.org", "from": sender, "subject": "S", "bodyText": "T"}
    sent = raven.ask("POST", "/v1/admin/messages", body)
    assert sent.status == 202
    raven.advance(1)
    return raven.ask("GET", f"/v1/admin/messages/{sent.body['id']}").body


def test_a_new_domain_is_attached_to_nothing(raven: Raven):
    made = raven.ask("POST", DOMAINS, {"domain": "News.Acme.co.ke"})

    assert made.status == 201
    postmark = raven.connection("postmark")
    assert made.body == {
        "id": made.body["id"],
        "domain": "news.acme.co.ke",
        "status": "active",
        "dmarcRecord": "v=DMARC1; p=none",
        "dmarcManaged": False,
        "verifications": [],
        "attachableProviders": [{"id": postmark.id, "provider": "postmark", "label": postmark.label}],
        "createdAt": "2026-01-01T00:00:00.000Z",
    }


def test_attach_all_attaches_to_every_mail_provider(raven: Raven):
    brevo = raven.connect("brevo")

    made = raven.ask("POST", DOMAINS, {"domain": "shop.acme.co.ke", "attach_all": True}).body

    assert [each["provider"] for each in made["verifications"]] == ["postmark", "brevo"]
    assert made["verifications"][1]["providerConfigId"] == brevo
    assert made["attachableProviders"] == []


def test_attach_all_without_a_mail_provider_attaches_to_none(raven: Raven):
    made = raven.ask("POST", DOMAINS, {"domain": "shop.kilima.example", "attachAll": True}, tenant="kilima")

    assert (made.status, made.body["verifications"]) == (201, [])
    assert [entry.action for entry in raven.world.store.audit] == ["sending_domain.create"]


def test_a_new_verification_waits_for_dns(raven: Raven):
    path, _ = attached(raven)

    verification = first_verification(raven, path)

    assert verification == {
        "id": verification["id"],
        "provider": "postmark",
        "providerConfigId": raven.connection("postmark").id,
        "registrationState": "registered",
        "providerDomainId": verification["providerDomainId"],
        "verificationState": "pending_dns",
        "dnsRecords": verification["dnsRecords"],
        "registrationError": None,
        "lastCheckedAt": None,
        "lastCheckError": None,
        "verifiedAt": None,
        "attachedAt": "2026-01-01T00:00:00.000Z",
    }
    assert [(record["type"], record["host"]) for record in verification["dnsRecords"]] == [
        ("TXT", "pm._domainkey.shop.acme.co.ke"),
        ("CNAME", "pm-bounces.shop.acme.co.ke"),
    ]


@pytest.mark.parametrize("provider", ["postmark", "sendgrid", "mailjet", "smtp", "ses", "mailgun", "brevo"])
def test_each_mail_provider_asks_for_records(raven: Raven, provider: str):
    id = raven.connect(provider)
    path, _ = attached(raven)
    raven.ask("POST", f"{path}/attach", {"providerConfigIds": [id]})

    records = raven.ask("GET", f"{path}/verifications").body[-1]["dnsRecords"]

    assert records
    assert all(record["host"].endswith("shop.acme.co.ke") for record in records)
    assert "{" not in str([record["value"] for record in records])


def test_a_recheck_verifies_after_a_second(raven: Raven):
    path, verification = attached(raven)

    started = raven.ask("POST", f"{verification}/recheck")
    at_once = first_verification(raven, path)["verificationState"]
    raven.advance(1)
    later = first_verification(raven, path)

    assert (started.status, started.body, at_once) == (202, None, "pending_dns")
    assert (later["verificationState"], later["verifiedAt"], later["lastCheckedAt"]) == (
        "verified",
        "2026-01-01T00:00:01.000Z",
        "2026-01-01T00:00:01.000Z",
    )


def test_nothing_is_verified_unasked(raven: Raven):
    path, _ = attached(raven)

    raven.advance(86_400)

    assert first_verification(raven, path)["verificationState"] == "pending_dns"
    assert raven.world.clock.timers == []


def test_a_recheck_concerns_one_provider(raven: Raven):
    raven.connect("brevo")
    path, verification = attached(raven)

    raven.ask("POST", f"{verification}/recheck")
    raven.advance(1)

    states = [each["verificationState"] for each in raven.ask("GET", f"{path}/verifications").body]
    assert states == ["verified", "pending_dns"]


def test_a_verified_domain_stays_verified_since_when_it_is(raven: Raven):
    path, verification = attached(raven)
    for _ in range(2):
        raven.ask("POST", f"{verification}/recheck")
        raven.advance(10)

    checked = first_verification(raven, path)

    assert checked["verificationState"] == "verified"
    assert (checked["verifiedAt"], checked["lastCheckedAt"]) == ("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:11.000Z")


def test_a_domain_that_cannot_exist_is_never_verified(raven: Raven):
    path, verification = attached(raven, "acme.invalid")

    raven.ask("POST", f"{verification}/recheck")
    raven.advance(1)

    checked = first_verification(raven, path)
    assert (checked["verificationState"], checked["lastCheckError"], checked["verifiedAt"]) == (
        "failed",
        "DNS records not found",
        None,
    )


def test_mail_from_an_unverified_domain_is_accepted_and_refused_by_the_provider(raven: Raven):
    _, verification = attached(raven)

    before = send_from(raven, "orders@shop.acme.co.ke")
    raven.ask("POST", f"{verification}/recheck")
    raven.advance(1)
    after = send_from(raven, "orders@shop.acme.co.ke")

    assert (before["status"], after["status"]) == ("failed", "delivered")
    assert before["failureReason"]


def test_attaching_answers_in_the_order_of_the_request_and_keeps_what_is_there(raven: Raven):
    brevo = raven.connect("brevo")
    path, verification = attached(raven)
    raven.connect("mailgun")
    mailgun, postmark = raven.connection("mailgun").id, raven.connection("postmark").id
    raven.ask("POST", f"{verification}/recheck")
    raven.advance(1)

    answer = raven.ask("POST", f"{path}/attach", {"providerConfigIds": [mailgun, postmark, brevo, mailgun]})

    assert answer.status == 201
    assert [each["provider"] for each in answer.body] == ["mailgun", "postmark", "brevo", "mailgun"]
    assert [each["verificationState"] for each in answer.body][:2] == ["pending_dns", "verified"]
    assert len(raven.ask("GET", f"{path}/verifications").body) == 3


def test_attaching_to_an_unknown_provider_attaches_to_none(raven: Raven):
    path = f"{DOMAINS}/{raven.ask('POST', DOMAINS, {'domain': 'shop.acme.co.ke'}).body['id']}"
    postmark, foreign = raven.connection("postmark").id, raven.connect("brevo", tenant="kilima")

    refused = raven.ask("POST", f"{path}/attach", {"providerConfigIds": [postmark, foreign]})

    assert (refused.status, refused.message) == (404, "Provider not found")
    assert raven.ask("GET", f"{path}/verifications").body == []


def test_only_mail_providers_can_be_attached(raven: Raven):
    path, _ = attached(raven)
    sms = raven.connection("africas_talking").id

    refused = raven.ask("POST", f"{path}/attach", {"providerConfigIds": [sms]})

    assert (refused.status, refused.message) == (400, "providerConfigIds.0 must be an email provider")


def test_detaching_forgets_the_verification(raven: Raven):
    path, verification = attached(raven)

    detached = raven.ask("DELETE", verification)

    assert (detached.status, detached.body) == (204, None)
    domain = raven.ask("GET", path).body
    assert domain["verifications"] == []
    assert [each["provider"] for each in domain["attachableProviders"]] == ["postmark"]
    assert raven.ask("POST", f"{verification}/recheck").message == "Verification not found"


def test_a_check_that_outlives_its_verification_or_domain_finds_nothing(raven: Raven):
    path, verification = attached(raven)
    raven.ask("POST", f"{verification}/recheck")
    raven.ask("DELETE", verification)
    raven.advance(0.5)
    raven.ask("POST", f"{path}/attach", {"providerConfigIds": [raven.connection("postmark").id]})
    raven.advance(5)

    assert first_verification(raven, path)["verificationState"] == "pending_dns"

    raven.ask("DELETE", path)
    domains.settle_rechecks(raven.world, path.rpartition("/")[2])
    assert "timer failed" not in [note.kind for note in raven.notes()]


def test_a_removed_domain_is_gone_and_can_be_registered_again(raven: Raven):
    path, _ = attached(raven)

    removed = raven.ask("DELETE", path)

    assert (removed.status, removed.body) == (204, None)
    assert raven.ask("GET", path).message == "Sending domain not found"
    assert raven.ask("POST", DOMAINS, {"domain": "shop.acme.co.ke"}).status == 201


def test_a_domain_is_registered_once_for_a_tenant(raven: Raven):
    refused = raven.ask("POST", DOMAINS, {"domain": "MAIL.acme.co.ke"})
    elsewhere = raven.ask("POST", DOMAINS, {"domain": "mail.acme.co.ke"}, tenant="kilima")

    assert (refused.status, refused.message) == (409, "Domain already registered for this tenant")
    assert elsewhere.status == 201


@pytest.mark.parametrize("domain", ["localhost", "-a.example", "a b.example", "http://a.example", "a..example", ""])
def test_a_bad_host_name_is_refused(raven: Raven, domain: str):
    refused = raven.ask("POST", DOMAINS, {"domain": domain})

    assert (refused.status, refused.message) == (400, "domain must be a host name of at least two labels")


def test_the_fixture_is_verified(raven: Raven):
    listed = raven.ask("GET", DOMAINS).body

    assert [(domain["domain"], domain["verifications"][0]["verificationState"]) for domain in listed] == [
        ("mail.acme.co.ke", "verified")
    ]


def test_another_tenants_domain_cannot_be_told_from_none(raven: Raven):
    path, verification = attached(raven)
    other, _ = attached(raven, "other.acme.co.ke")

    def ask_all(tenant: str, path: str, verification: str) -> list[Answer]:
        return [
            raven.ask("GET", path, tenant=tenant),
            raven.ask("DELETE", path, tenant=tenant),
            raven.ask("POST", f"{path}/attach", {"providerConfigIds": ["x"]}, tenant=tenant),
            raven.ask("GET", f"{path}/verifications", tenant=tenant),
            raven.ask("POST", f"{verification}/recheck", tenant=tenant),
            raven.ask("DELETE", verification, tenant=tenant),
        ]

    answers = ask_all("kilima", path, verification) + ask_all("acme", f"{DOMAINS}/x", f"{DOMAINS}/x/verifications/x")
    mixed = raven.ask("DELETE", f"{other}/verifications/{verification.rpartition('/')[2]}")

    assert {(answer.status, answer.message) for answer in answers} == {(404, "Sending domain not found")}
    assert (mixed.status, mixed.message) == (404, "Verification not found")


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_other_roles_have_no_business_with_domains(raven: Raven, role: str):
    answers = [raven.ask("GET", DOMAINS, role=role), raven.ask("POST", DOMAINS, {"domain": "a.example"}, role=role)]

    assert {answer.status for answer in answers} == {403}


def test_changes_are_written_into_the_audit_log(raven: Raven):
    path, verification = attached(raven)
    raven.ask("DELETE", verification)
    raven.ask("POST", f"{path}/attach", {"providerConfigIds": [raven.connection("postmark").id]})
    raven.ask("DELETE", path)

    id = path.rpartition("/")[2]
    assert raven.audit() == [
        ("sending_domain.detach", id),
        ("sending_domain.attach", id),
        ("sending_domain.detach", id),
        ("sending_domain.attach", id),
        ("sending_domain.create", id),
    ]
