"""Who may ask: keys with scopes, agents' tokens as bearer or cookie, suspended tenants."""

import pytest

from emulator.core.clock import HELD
from emulator.dialects.tripdesk import DIALECT
from emulator.dialects.tripdesk.auth import ALL_SCOPES, SCOPES
from emulator.dialects.tripdesk.fixtures import SLUG, key_of
from emulator.gateway.world import World
from emulator.server.contract.references import find
from tests.emulator.dialects.tripdesk.conftest import CONTRACT, SMS, Api

BALANCE = "/api/v1/account/balance"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_every_scope_is_the_one_that_the_contract_names():
    named = {}
    for id in CONTRACT.operation_ids:
        operation = CONTRACT.operation(id)
        _, entry = find(CONTRACT.document, ("paths", operation.path, operation.method.lower()))
        for scheme in entry.get("security", ()):
            if "partnerKey" in scheme:
                (named[id],) = scheme["partnerKey"]

    assert named == dict(SCOPES)


def test_a_key_of_each_environment_is_admitted_to_its_own_side(api: Api, sandbox: Api):
    sent = api.send()

    assert api.get(f"/api/v1/messages/{sent.json['id']}").status == 200
    assert sandbox.get(f"/api/v1/messages/{sent.json['id']}").code == "resource_not_found"


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Basic eDp5"}, {"Cookie": "a=b"}])
def test_a_call_without_credentials_is_told_so(api: Api, headers: dict[str, str]):
    answer = api.get(BALANCE, headers=headers)

    assert (answer.status, answer.code) == (401, "missing_credentials")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["ak_live_nobody", "mat_nobody", "x"])
def test_an_unknown_credential_is_refused(api: Api, token: str):
    answer = api.get(BALANCE, headers=bearer(token))

    assert (answer.status, answer.code) == (401, "invalid_api_key")


def test_a_revoked_key_is_refused(api: Api):
    api.change_key(revoked_at=api.world.clock.now)

    assert api.get(BALANCE).code == "revoked_api_key"


def test_a_key_that_has_expired_is_refused(api: Api):
    api.change_key(expires_at=api.world.clock.now)

    assert api.get(BALANCE).code == "expired_token"


def test_the_scheme_is_read_in_any_case(api: Api):
    assert api.get(BALANCE, headers={"Authorization": f"bearer {api.key}"}).status == 200


def test_two_different_authorization_headers_are_400(api: Api):
    answer = api.get(BALANCE, raw_headers=[(b"authorization", b"Bearer other")])

    assert (answer.status, answer.code) == (400, "invalid_header")
    assert answer.error["message"] == "Authorization was sent twice."


@pytest.mark.parametrize("scope", ALL_SCOPES)
def test_a_key_without_a_scope_is_refused_where_it_is_needed_and_only_there(api: Api, scope: str):
    api.change_key(scopes=tuple(each for each in ALL_SCOPES if each != scope))

    for id, needed in SCOPES.items():
        operation = CONTRACT.operation(id)
        answer = api.request(operation.method, operation.path.replace("{id}", "nothing"))
        refused = answer.status == 403
        assert refused == (needed == scope), id
        if refused:
            assert answer.code == "scope_missing"
            assert answer.error["message"] == f"The API key lacks the scope {scope}."


def test_an_agent_needs_no_scope_and_acts_for_the_own_environment(api: Api, sandbox: Api):
    sent = sandbox.send()

    path = f"/api/v1/messages/{sent.json['id']}"
    assert sandbox.get(path, headers=sandbox.agent()).status == 200
    assert api.get(path, headers=api.agent()).status == 404


def test_a_session_cookie_holds_an_agents_token(api: Api):
    token = api.agent()["Authorization"].removeprefix("Bearer ")

    assert api.get(BALANCE, headers={"Cookie": f"theme=dark; td_session={token}"}).status == 200
    assert api.get(BALANCE, headers={"Cookie": "td_session=mat_nobody"}).code == "invalid_api_key"


def test_another_cookie_with_an_odd_name_does_no_harm(api: Api):
    token = api.agent()["Authorization"].removeprefix("Bearer ")

    assert api.get(BALANCE, headers={"Cookie": f'a,b=1; =; x; td_session="{token}"'}).status == 200


def test_a_key_is_no_session(api: Api):
    assert api.get(BALANCE, headers={"Cookie": f"td_session={api.key}"}).code == "invalid_api_key"


def test_a_surface_takes_only_its_own_kinds_of_credential(api: Api):
    token = api.agent()["Authorization"].removeprefix("Bearer ")

    assert api.get("/api/mobile/v1/conversations").code == "invalid_api_key"
    assert api.get("/api/mobile/v1/conversations", headers={"Cookie": f"td_session={token}"}).status == 401
    assert api.get("/api/admin/v1/audit-log").code == "invalid_api_key"
    assert api.get("/api/admin/v1/audit-log", headers={"Cookie": f"td_session={token}"}).status == 200


def test_an_agents_token_ends_after_an_hour(api: Api):
    headers = api.agent()

    api.advance(3_599)
    assert api.get(BALANCE, headers=headers).status == 200
    api.advance(1)
    assert api.get(BALANCE, headers=headers).code == "expired_token"


def test_a_refresh_token_opens_nothing(api: Api):
    api.agent()
    refresh = next(each for each in api.world.store.credentials if each.kind == "refreshToken")

    assert api.get(BALANCE, headers=bearer(refresh.token)).code == "invalid_api_key"


def test_a_suspended_tenant_may_do_nothing(api: Api):
    api.change_account(status="suspended")

    for answer in (api.get(BALANCE), api.send(), api.get(BALANCE, headers=api.agent())):
        assert (answer.status, answer.code) == (403, "tenant_suspended")


def test_an_evaluation_that_nobody_approved_is_not_there_yet(api: Api):
    api.change_account(status="requested")

    assert api.get(BALANCE).code == "invalid_api_key"


def test_tenants_do_not_see_one_another(api: Api):
    assert DIALECT.provision is not None
    other = DIALECT.provision(api.world, "Kilima Ltd")
    sent = api.send(SMS)

    key = key_of(api.world.name, "kilima-ltd", "live")
    answer = api.get(f"/api/v1/messages/{sent.json['id']}", headers=bearer(key))

    assert answer.code == "resource_not_found"
    assert other.name == "kilima-ltd"


def test_the_well_known_keys_open_another_worlds_fixtures_too():
    world = World("other", policies={"tripdesk": DIALECT.policy}, pace=HELD)
    DIALECT.furnish(world)
    api = Api(world)

    own, known = key_of("other", SLUG, "live"), key_of("default", SLUG, "live")

    assert own != known
    assert api.get(BALANCE, headers=bearer(own)).status == 200
    assert api.get(BALANCE, headers=bearer(known)).status == 200


def test_a_key_leads_to_its_world_and_so_does_a_session():
    assert DIALECT.find_token({b"authorization": b"Bearer ak_live_x"}) == "ak_live_x"
    assert DIALECT.find_token({b"cookie": b"td_session=mat_x; a=b"}) == "mat_x"
    assert DIALECT.find_token({}) is None
    assert DIALECT.find_token({b"cookie": b"\x00"}) is None
