"""Keys, sessions, scopes and roles."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from msgspec.structs import replace

from emulator.core.errors import NotFound
from emulator.core.ids import derived_secret
from emulator.core.records import User
from emulator.dialects.raven import DIALECT
from emulator.dialects.raven.auth import ACCESS, sign_in
from emulator.dialects.raven.cards import describe
from emulator.dialects.raven.fixtures import ROLES, fixture_id, key_of
from emulator.dialects.raven.provisioning import provision
from emulator.dialects.raven.sessions import find_token, issuer_of, make_token
from tests.emulator.dialects.raven.conftest import CONTRACT, SMS, Api, a_world

ADMIN_PATHS = ["/v1/admin/messages", "/v1/admin/api-keys", "/v1/admin/providers", "/v1/admin/audit-log"]


class TestKey:
    def test_none(self, api: Api):
        answer = api.get("/v1/messages", headers={})

        assert (answer.status, answer.message) == (401, "Missing API key")

    @pytest.mark.parametrize("key", ["x", "rk_live_a3f7b2c1_0", "Bearer x", "ü"])
    def test_an_unknown_one(self, api: Api, key: str):
        answer = api.get("/v1/messages", headers={}, raw_headers=[(b"x-raven-key", key.encode())])

        assert (answer.status, answer.message) == (401, "Invalid API key")

    def test_a_revoked_one(self, api: Api):
        api.change_key(revoked_at=api.world.clock.now)

        assert api.send().message == "Invalid API key"

    def test_an_expired_one(self, api: Api):
        api.change_key(expires_at=api.world.clock.now + timedelta(seconds=1))

        assert api.send().status == 202
        api.advance(1)
        assert api.send().message == "Invalid API key"

    def test_the_issuer_of_sessions_opens_nothing(self, api: Api):
        assert api.get("/v1/messages", headers={"X-Raven-Key": issuer_of(api.world)}).status == 401

    @pytest.mark.parametrize(("scope", "method"), [("messages:send", "GET"), ("messages:read", "POST")])
    def test_a_missing_scope_is_named(self, api: Api, scope: str, method: str):
        api.change_key(scopes=(scope,))
        missing = {"messages:send": "messages:read", "messages:read": "messages:send"}[scope]

        answer = api.request(method, "/v1/messages", json_body=SMS if method == "POST" else None)

        assert (answer.status, answer.message) == (403, f"Missing required scope: {missing}")

    def test_two_different_ones_are_refused(self, api: Api):
        answer = api.get("/v1/messages", raw_headers=[(b"x-raven-key", b"other")])

        assert (answer.status, answer.message) == (401, "Invalid API key")

    def test_its_last_use_is_kept(self, api: Api):
        api.send()

        credential = api.world.store.credentials_by_token.get(("raven", api.key))
        assert credential is not None
        assert credential.last_used_at == api.world.clock.now


class TestSession:
    def test_none(self, api: Api):
        answer = api.get("/v1/admin/me", headers={})

        assert (answer.status, answer.message) == (401, "Missing bearer token")

    @pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30"])
    def test_an_unreadable_one(self, api: Api, token: str):
        answer = api.get("/v1/admin/me", headers={"Authorization": f"Bearer {token}"})

        assert (answer.status, answer.message) == (401, "Invalid or expired session token")

    def test_it_lasts_eight_hours_of_the_world_s_time(self, api: Api):
        headers = api.session()

        api.advance(8 * 3600 - 1)
        assert api.get("/v1/admin/me", headers=headers).status == 200
        api.advance(1)
        assert api.get("/v1/admin/me", headers=headers).message == "Invalid or expired session token"

    def test_its_claims(self, api: Api):
        token = api.session()["Authorization"].removeprefix("Bearer ")

        claims = jwt.decode(token, options={"verify_signature": False})

        assert claims == {
            "sub": fixture_id("user", "acme", "owner"),
            "email": "owner@acme.example",
            "name": "Acme owner",
            "picture": None,
            "app": "raven-cloud",
            "iat": 1767225600,
            "exp": 1767225600 + 8 * 3600,
        }

    @pytest.mark.parametrize(
        ("changes", "algorithm", "signer"),
        [
            ({"app": "other"}, "HS256", "default"),
            ({"sub": "nobody"}, "HS256", "default"),
            ({"exp": "soon"}, "HS256", "default"),
            ({}, "none", "default"),
            ({}, "HS384", "default"),
            ({}, "HS256", "blue"),
        ],
    )
    def test_a_forged_one(self, api: Api, changes: dict[str, Any], algorithm: str, signer: str):
        token = api.session()["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, options={"verify_signature": False}) | changes
        secret = (
            derived_secret("raven", signer, "session", length=42) + ("longer" if algorithm == "HS384" else "")
            if algorithm != "none"
            else None
        )
        forged = jwt.encode(claims, secret, algorithm=algorithm)

        assert api.get("/v1/admin/me", headers={"Authorization": f"Bearer {forged}"}).status == 401

    def test_the_scheme_is_read_in_any_case(self, api: Api):
        token = api.session()["Authorization"].removeprefix("Bearer ")

        assert api.get("/v1/admin/me", headers={"authorization": f"bearer {token}"}).status == 200

    def test_another_application_is_refused(self, api: Api):
        headers = api.session(**{"X-App-Name": "raven-desktop"})

        assert api.get("/v1/admin/me", headers=headers).message == "Invalid or expired session token"

    def test_the_application_may_be_left_out(self, api: Api):
        headers = api.session()
        del headers["X-App-Name"]

        assert api.get("/v1/admin/me", headers=headers).status == 200

    def test_two_different_ones_are_refused(self, api: Api):
        answer = api.get("/v1/admin/me", headers=api.session(), raw_headers=[(b"authorization", b"Bearer x")])

        assert (answer.status, answer.message) == (401, "Invalid or expired session token")

    @pytest.mark.parametrize("path", ADMIN_PATHS)
    def test_the_tenant_must_be_named(self, api: Api, path: str):
        headers = api.session()
        del headers["X-Tenant-Slug"]

        answer = api.get(path, headers=headers)

        assert (answer.status, answer.message) == (400, "X-Tenant-Slug header is required")

    @pytest.mark.parametrize("slug", ["kilima", "nowhere"])
    def test_the_user_must_be_a_member(self, api: Api, slug: str):
        answer = api.get("/v1/admin/messages", headers=api.session(**{"X-Tenant-Slug": slug}))

        assert (answer.status, answer.message) == (403, f"Not a member of tenant: {slug}")

    def test_a_suspended_member_is_none(self, api: Api):
        headers = api.session("viewer")
        membership = api.world.store.memberships[fixture_id("membership", "acme", "viewer")]
        api.world.store.memberships.put(replace(membership, status="suspended"))

        assert api.get("/v1/admin/messages", headers=headers).status == 403

    @pytest.mark.parametrize("role", ROLES)
    def test_who_may_send(self, api: Api, role: str):
        answer = api.post("/v1/admin/messages", SMS, headers=api.session(role))

        if role == "viewer":
            assert (answer.status, answer.message) == (403, "Requires role: member, admin or owner")
        else:
            assert answer.status == 202

    @pytest.mark.parametrize("role", ROLES)
    def test_who_may_administrate(self, api: Api, role: str):
        answer = api.get("/v1/admin/api-keys", headers=api.session(role))

        if role in ("viewer", "member"):
            assert (answer.status, answer.message) == (403, "Requires role: admin or owner")
        else:
            assert answer.status == 200


class TestKeyForAdministration:
    def test_an_ordinary_key_proves_nothing_there(self, api: Api):
        answer = api.get("/v1/admin/messages")

        assert (answer.status, answer.message) == (401, "Missing bearer token")
        assert "x-ratelimit-limit" not in answer.headers

    def test_an_unknown_key_is_told_so(self, api: Api):
        assert api.get("/v1/admin/messages", headers={"X-Raven-Key": "x"}).message == "Invalid API key"

    def test_with_the_scope_it_stands_in_for_a_session(self, api: Api):
        api.change_key(scopes=("admin:*",))
        sent = api.post("/v1/admin/messages", SMS)

        assert sent.status == 202
        assert api.get(f"/v1/admin/messages/{sent.json['id']}").status == 200
        assert [m["id"] for m in api.get("/v1/admin/messages").json["data"]] == [sent.json["id"]]

    def test_it_keeps_to_its_own_environment(self, api: Api):
        id = api.post("/v1/messages", SMS, headers={"X-Raven-Key": api.test_key}).json["id"]
        api.change_key(scopes=("admin:*",))

        assert api.get(f"/v1/admin/messages/{id}").status == 404
        assert api.get("/v1/admin/messages").json["data"] == []

    def test_it_is_never_a_person(self, api: Api):
        api.change_key(scopes=("admin:*",))

        assert api.get("/v1/admin/me").message == "Missing bearer token"


class TestMe:
    def test_user_and_memberships(self, api: Api):
        answer = api.get("/v1/admin/me", headers=api.session("member"))

        assert answer.json == {
            "user": {
                "id": fixture_id("user", "acme", "member"),
                "email": "member@acme.example",
                "name": "Acme member",
                "avatarUrl": None,
            },
            "memberships": [
                {
                    "tenantId": fixture_id("tenant", "acme"),
                    "tenantSlug": "acme",
                    "tenantName": "Acme Ltd",
                    "role": "member",
                    "status": "active",
                }
            ],
        }

    def test_a_newcomer_has_none(self, api: Api):
        world = api.world
        user = User(
            id=fixture_id("user", "new"), api="raven", email="n@x.example", name=None, created_at=world.clock.now
        )
        world.store.users.put(user)
        token = make_token(world, user, world.clock.now + timedelta(hours=1))

        answer = api.get("/v1/admin/me", headers={"Authorization": f"Bearer {token}"})

        assert answer.json["memberships"] == []
        assert answer.json["user"]["name"] is None


class TestWorlds:
    def test_the_default_world_s_live_key_is_that_of_the_examples(self):
        assert key_of("default", "acme", "live").startswith("rk_live_a3f7b2c1_")

    def test_keys_differ_between_worlds_and_ids_do_not(self):
        here, there = (describe(a_world(name)) for name in ("default", "blue"))

        assert [card.id for card in here] == [card.id for card in there]
        assert not {_key(card) for card in here} & {_key(card) for card in there}

    def test_the_well_known_keys_open_another_world_too_and_do_not_select_it(self):
        world = a_world("blue")
        api = Api(world)

        assert api.get("/v1/messages", headers={"X-Raven-Key": key_of("default", "acme", "live")}).status == 200
        known = world.store.credentials_by_token.get(("raven", key_of("default", "acme", "live")))
        assert known is not None
        assert not known.owned

    def test_another_world_s_session_is_refused(self):
        headers = Api(a_world("blue")).session()

        assert Api(a_world()).get("/v1/admin/me", headers=headers).status == 401

    def test_what_selects_a_world(self):
        world = a_world("blue")
        session = Api(world).session()

        issuer = find_token({b"authorization": session["Authorization"].encode()})
        assert world.store.credentials_by_token.get(("raven", issuer)) is not None
        assert find_token({b"x-raven-key": b"rk_live_x"}) == "rk_live_x"
        assert find_token({b"authorization": b"Bearer x"}) is None
        assert find_token({}) is None

    def test_every_card_works(self):
        world = a_world("blue")
        api = Api(world)

        for card in describe(world):
            for headers in card.credentials.values():
                path = "/v1/messages" if "X-Raven-Key" in headers else "/v1/admin/messages"
                assert api.get(path, headers=headers).status == 200
        assert [(card.name, card.environment) for card in describe(world)] == [
            ("acme", "live"),
            ("acme", "test"),
            ("kilima", "live"),
        ]

    def test_signing_in_by_role_address_or_id(self):
        world = a_world()
        tenant = Api(world).tenant()

        for user in ("admin", "admin@acme.example", fixture_id("user", "acme", "admin")):
            headers, expires_at = sign_in(world, tenant, user)
            assert Api(world).get("/v1/admin/me", headers=headers).json["memberships"][0]["role"] == "admin"
            assert expires_at == world.clock.now + timedelta(hours=8)
        with pytest.raises(NotFound):
            sign_in(world, tenant, "nobody")


class TestProvisioning:
    def test_a_new_tenant_is_ready_to_send(self):
        world = a_world()
        api = Api(world)

        account = provision(world, "Savanna Foods")

        card = next(card for card in describe(world) if card.id == account.id)
        assert (account.name, card.name, account.extras["title"]) == ("savanna-foods", "savanna-foods", "Savanna Foods")
        assert api.post("/v1/messages", SMS, headers=card.credentials["ravenKey"]).status == 202
        assert api.get("/v1/admin/messages", headers=sign_in(world, account)[0]).status == 200

    def test_slugs_stay_apart(self):
        world = a_world()

        slugs = [provision(world, name).extras["slug"] for name in ("Acme", "acme!", "A" * 50, "a" * 50)]

        assert slugs == ["acme-2", "acme-3", "a" * 40, "a" * 36 + "-2"]


class TestTable:
    def test_names_every_operation(self):
        assert set(ACCESS) == set(CONTRACT.operation_ids) == set(DIALECT.handlers)

    @pytest.mark.parametrize("operation_id", CONTRACT.operation_ids)
    def test_says_what_the_contract_says(self, operation_id: str):
        operation = CONTRACT.operation(operation_id)
        declared = CONTRACT.document["paths"][operation.path][operation.method.lower()]["security"]
        needs = {name: list(values) for each in declared for name, values in each.items()}
        access = ACCESS[operation_id]

        assert needs.get("ravenKey") == (None if access.scope is None else [access.scope])
        assert _ranked(needs.get("session")) == (None if access.roles is None else sorted(access.roles))


def _ranked(roles: list[str] | None) -> list[str] | None:
    return None if roles is None else sorted(roles)


def _key(card: Any) -> str:
    return card.credentials["ravenKey"]["X-Raven-Key"]
