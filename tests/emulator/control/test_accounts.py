"""The accounts of all APIs."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from emulator.core.errors import InvalidFields
from emulator.core.records import Account
from emulator.gateway.world import World
from emulator.server.edge import Api
from tests.emulator.control.playing import Stage, play

RECEIVER = "http://127.0.0.1:9/hook"


async def the(stage: Stage, id: str) -> dict[str, Any]:
    return next(each for each in (await stage.get("accounts"))["accounts"] if each["id"] == id)


def test_accounts_are_listed_newest_first_in_pages():
    async def scene(stage: Stage) -> None:
        every = (await stage.get("accounts"))["accounts"]
        first = await stage.get("accounts", limit=2)
        second = await stage.get("accounts", limit=500, cursor=first["next"])

        assert first["accounts"] + second["accounts"] == every
        assert {each["api"] for each in (await stage.get("accounts", api="raven"))["accounts"]} == {"raven"}
        assert [each["id"] for each in (await stage.get("accounts", name="Cloud Rebue"))["accounts"]] == ["1"]
        assert (await stage.refused("GET", "accounts", params={"api": "none"}))[0] == 422

    play(scene)


@pytest.mark.parametrize(("balance", "text"), [("10.00", "10"), (0, "0"), ("0.000001", "0.000001"), (12.5, "12.5")])
def test_a_balance_is_set_and_the_ledger_keeps_the_difference(balance: object, text: str):
    async def scene(stage: Stage) -> None:
        account = await stage.post("accounts/1", {"balance": balance}, method="PATCH")

        assert account["wallet"]["balance"] == text
        ledger = list(stage.world.store.ledger_by_account.get("1"))
        wallet = stage.world.store.wallets["1"]
        assert sum(entry.amount_micros for entry in ledger) == wallet.balance_micros

    play(scene)


@pytest.mark.parametrize("balance", [-1, "-1", "1e3", "1,5", "", None, "1.0000001", 10**13])
def test_what_is_no_balance_is_refused(balance: object):
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("PATCH", "accounts/1", json={"balance": balance}))[0] == 422

    play(scene)


def test_where_messages_cost_nothing_there_is_no_balance():
    async def scene(stage: Stage) -> None:
        id = (await stage.account("raven"))["id"]
        if id in stage.world.store.wallets:
            pytest.skip("this API has money by now")

        assert (await stage.refused("PATCH", f"accounts/{id}", json={"balance": 1}))[:2] == (409, "not-possible")

    play(scene)


def test_the_cores_own_members_are_set():
    async def scene(stage: Stage) -> None:
        body = {
            "status": "suspended",
            "rate_limits": True,
            "senders": [
                {"address": "Shop", "two_way": True},
                {"address": "shop@example.org"},
                {"address": "SHOP"},
            ],
            "templates": [{"key": "hello", "text": "Hi {{name}}, {{ place }} and {{name}}", "html": "<p>{{more}}</p>"}],
            "webhooks": [
                {"url": "http://127.0.0.1:9/a", "events": ["incomingSms"], "secret": "s"},
                {"url": "http://127.0.0.1:9/b"},
            ],
        }

        account = await stage.post("accounts/1", body, method="PATCH")

        assert (account["status"], account["rate_limits"]) == ("suspended", True)
        senders = [(each["channel"], each["address"], each["two_way"]) for each in account["senders"]]
        assert senders == [("sms", "SHOP", False), ("email", "shop@example.org", False)]
        assert account["templates"][0]["variables"] == ["name", "place", "more"]
        assert [each["events"] for each in account["webhooks"]] == [["incomingSms"], []]
        assert account["webhooks"][0]["secret"] == "s"
        assert len(account["webhooks"][1]["secret"]) == 32
        assert await the(stage, "1") == account

    play(scene)


def test_an_event_that_the_api_never_tells_is_refused_with_those_that_it_does():
    async def scene(stage: Stage) -> None:
        hooks = [{"url": "http://127.0.0.1:9/a", "events": ["incomingSms", "incomingSMS"]}]
        before = await the(stage, "1")

        status, word, said = await stage.refused("PATCH", "accounts/1", json={"webhooks": hooks})

        assert (status, word) == (422, "invalid-fields")
        assert said == "webhooks.0.events.1: expected one of incomingSms or deliveryReceipt"
        assert await the(stage, "1") == before

    play(scene)


@pytest.mark.parametrize(
    ("api", "form"),
    [
        ("arowana", r"whsec_[0-9A-Za-z]{32}"),
        ("raven", r"whsec_[0-9A-Za-z]{32}"),
        ("tripdesk", r"whsec_[0-9A-Za-z]{32}"),
        ("bird", r"[0-9A-Za-z]{32}"),
        ("cloudrebue", r"[0-9A-Za-z]{32}"),
    ],
)
def test_a_webhook_secret_that_is_made_has_the_apis_own_form(api: str, form: str):
    async def scene(stage: Stage) -> None:
        apis = (await stage.get("apis"))["apis"]
        id = next(each for each in apis if each["name"] == api)["accounts"][0]["id"]
        account = await stage.post(f"accounts/{id}", {"webhooks": [{"url": "http://127.0.0.1:9/a"}]}, method="PATCH")

        assert re.fullmatch(form, account["webhooks"][0]["secret"])

    play(scene)


def test_a_balance_that_is_set_does_what_any_change_of_it_does():
    async def scene(stage: Stage) -> None:
        apis = (await stage.get("apis"))["apis"]
        id = next(each for each in apis if each["name"] == "arowana")["accounts"][0]["id"]
        settings = {"alert_threshold": 10}
        hooks = [{"url": "http://127.0.0.1:9/a"}]
        await stage.post(f"accounts/{id}", {"settings": settings, "webhooks": hooks}, method="PATCH")
        for balance in (11, 9, 8):
            await stage.post(f"accounts/{id}", {"balance": balance}, method="PATCH")
        await stage.advance("0s")

        told = [each["type"] for each in (await stage.get("webhooks/attempts"))["attempts"]]
        assert told == ["billing.balance_low"]

    play(scene)


def test_lists_replace_what_was_there_and_what_stays_keeps_its_id():
    async def scene(stage: Stage) -> None:
        first = await stage.post(
            "accounts/1",
            {
                "senders": [{"address": "A"}, {"address": "B"}],
                "templates": [{"key": "a", "text": ""}, {"key": "b", "text": ""}],
                "webhooks": [{"url": "http://a/"}, {"url": "http://b/"}],
            },
            method="PATCH",
        )
        second = await stage.post(
            "accounts/1",
            {
                "senders": [{"address": "b", "two_way": True}],
                "templates": [{"key": "b", "text": "new"}],
                "webhooks": [{"url": "http://b/"}],
            },
            method="PATCH",
        )

        for name in ("senders", "templates", "webhooks"):
            assert [each["id"] for each in second[name]] == [first[name][1]["id"]], name
        assert second["webhooks"][0]["secret"] == first["webhooks"][1]["secret"]
        assert second["templates"][0]["text"] == "new"

    play(scene)


def test_a_revoked_credential_works_no_more():
    async def scene(stage: Stage) -> None:
        card = await stage.account("raven")
        account = await the(stage, card["id"])
        used = next(each for each in account["credentials"] if each["token"] in str(card["headers"]))

        changed = await stage.post(f"accounts/{card['id']}", {"revoke": used["id"]}, method="PATCH")

        revoked = next(each for each in changed["credentials"] if each["id"] == used["id"])
        assert revoked["revoked_at"] == "2026-01-01T00:00:00.000Z"
        body = {"channel": "sms", "to": "+254722000000", "body": "Hi"}
        answer = await stage.client.post("/raven/v1/messages", json=body, headers=card["headers"])
        assert answer.status_code == 401

    play(scene)


def test_only_an_accounts_own_credential_can_be_revoked():
    async def scene(stage: Stage) -> None:
        id = (await stage.account("raven"))["id"]
        other = next(each for each in stage.world.store.credentials if each.account_id != id)

        assert (await stage.refused("PATCH", f"accounts/{id}", json={"revoke": other.id}))[0] == 404
        assert (await stage.refused("PATCH", f"accounts/{id}", json={"revoke": "none"}))[0] == 404

    play(scene)


def test_an_apis_own_settings_are_checked_and_carried():
    async def scene(stage: Stage) -> None:
        account = await stage.post("accounts/1", {"settings": {"profile": "rebuetext"}}, method="PATCH")
        assert account["settings"]["profile"] == "rebuetext"

        wrong = await stage.call("PATCH", "/_emulator/accounts/1", json={"settings": {"profile": "modern"}})
        unknown = await stage.refused("PATCH", "accounts/1", json={"settings": {"profil": "legacy"}})

        assert wrong.json()["errors"][0]["name"] == "settings.profile"
        assert unknown[0] == 422
        assert "there are profile" in unknown[2]

    play(scene)


def test_a_refusal_changes_nothing():
    async def scene(stage: Stage) -> None:
        before = await the(stage, "1")
        for bad in ({"revoke": "none"}, {"settings": {"profile": 1}}, {"extra_providers": "x"}, {"senders": [{}]}):
            body = {"status": "suspended", "balance": 0, "senders": [], **bad}
            answer = await stage.call("PATCH", "/_emulator/accounts/1", json=body)
            assert answer.status_code in (404, 422)

        assert await the(stage, "1") == before
        assert (await stage.refused("PATCH", "accounts/1", json={}))[0] == 422
        assert (await stage.refused("PATCH", "accounts/none", json={"status": "active"}))[0] == 404

    play(scene)


@pytest.mark.parametrize(
    ("api", "is_signed"), [("raven", True), ("tripdesk", True), ("bird", True), ("cloudrebue", False)]
)
def test_where_an_account_is_told_and_with_which_secret_is_listed_with_its_credentials(api: str, is_signed: bool):
    async def scene(stage: Stage) -> None:
        card = await stage.account(api)
        assert (card["webhooks"], card["webhook_secret"]) == ([], None)

        body = {"webhooks": [{"url": f"{RECEIVER}/1"}, {"url": f"{RECEIVER}/2", "secret": "one-of-my-own"}]}
        made = await stage.post(f"accounts/{card['id']}", body, method="PATCH")

        card = await stage.account(api)
        first = made["webhooks"][0]["secret"]
        secrets = [first, "one-of-my-own"] if is_signed else [None, None]
        assert [each["url"] for each in card["webhooks"]] == [f"{RECEIVER}/1", f"{RECEIVER}/2"]
        assert [each["secret"] for each in card["webhooks"]] == secrets
        assert card["webhook_secret"] == secrets[0]

    play(scene)


@pytest.mark.parametrize(("method", "end"), [("PATCH", ""), ("POST", "/sign-in")])
def test_who_names_an_account_by_its_name_is_told_the_ids_that_go_with_it(method: str, end: str):
    async def scene(stage: Stage) -> None:
        everywhere = await stage.refused(method, f"accounts/acme{end}", json={"status": "active"} if not end else {})
        once = await stage.refused(method, f"accounts/kilima{end}", json={"status": "active"} if not end else {})
        nowhere = await stage.refused(method, f"accounts/none{end}", json={"status": "active"} if not end else {})

        assert everywhere[:2] == once[:2] == nowhere[:2] == (404, "not-found")
        assert everywhere[2].startswith("There is no account with the id 'acme'; by this name there is ")
        listed = {each["id"]: each["api"] for each in (await stage.get("accounts", name="acme"))["accounts"]}
        assert sorted(listed.values()) == ["raven", "tripdesk", "tripdesk"]
        assert all(f"{id} ({api} " in everywhere[2] for id, api in listed.items())
        assert "(raven live and test)" in everywhere[2]
        assert once[2].count("(raven live)") == 1
        assert nowhere[2] == "There is no account 'none'; GET /_emulator/accounts lists those that there are."

    play(scene)


def test_an_account_is_provisioned_with_credentials_that_work():
    async def scene(stage: Stage) -> None:
        body = {"api": "cloudrebue", "name": "shop", "balance": "2", "senders": [{"address": "SHOP"}]}
        account = await stage.post("accounts", body, status=201)
        token = account["credentials"][0]["token"]

        answer = await stage.client.post(
            "/cloudrebue/api/v1/send-sms",
            json={"sender": "SHOP", "message": "Hi", "phone": "254711000111"},
            headers={"authorization": f"Bearer {token}"},
        )

        assert answer.json()[0]["status"] is True, answer.text
        assert (await stage.get("messages", account="shop"))["messages"][0]["account"] == "shop"
        assert (await the(stage, account["id"]))["wallet"]["balance"] == "1"

    play(scene)


def test_a_name_is_given_once():
    async def scene(stage: Stage) -> None:
        taken = {"api": "cloudrebue", "name": "Cloud Rebue"}

        assert (await stage.refused("POST", "accounts", json=taken))[:2] == (409, "already-exists")
        assert (await stage.refused("POST", "accounts", json={**taken, "api": "none"}))[0] == 422
        assert (await stage.refused("POST", "accounts", json={"api": "cloudrebue"}))[0] == 422

    play(scene)


@pytest.mark.parametrize("api", ["raven", "arowana", "tripdesk"])
def test_an_api_with_slugs_calls_an_account_by_its_slug_and_gives_its_title_once(api: str):
    async def scene(stage: Stage) -> None:
        made = await stage.post("accounts", {"api": api, "name": "Kilima Group"}, status=201)

        assert made["name"] == "kilima-group"
        for name in ("Kilima Group", "kilima-group"):
            assert (await stage.refused("POST", "accounts", json={"api": api, "name": name}))[0] == 409
        cards = next(each for each in (await stage.get("apis"))["apis"] if each["name"] == api)["accounts"]
        assert (made["id"], made["name"]) in [(card["id"], card["name"]) for card in cards]

    play(scene)


def with_dialect(stage: Stage, name: str, **changes: Any) -> None:
    """Let an API be another one in some points."""
    apis = dict(stage.edge.apis)
    api = apis[name.encode()]
    apis[name.encode()] = Api(replace(api.dialect, **changes), api.contract)
    stage.control._server = stage.control._server._replace(apis=apis)


def test_an_api_may_provision_nothing():
    async def scene(stage: Stage) -> None:
        with_dialect(stage, "cloudrebue", provision=None)

        refused = await stage.refused("POST", "accounts", json={"api": "cloudrebue", "name": "x"})

        assert refused[:2] == (409, "not-possible")

    play(scene)


def test_an_api_may_take_its_settings_itself_and_still_refuse():
    def amend(world: World, account: Account, settings: Any) -> Account:
        if settings["contacts"] == []:
            raise InvalidFields([])
        return world.store.accounts.put(replace(account, extras={"count": len(settings["contacts"])}))

    async def scene(stage: Stage) -> None:
        settings = {"contacts": {"type": "array"}, "count": {}}
        with_dialect(stage, "cloudrebue", settings=settings, amend=amend)

        account = await stage.post("accounts/1", {"contacts": [{"phone": "1"}, {}]}, method="PATCH")
        body = {"contacts": [], "status": "suspended"}
        answer = await stage.client.patch("/_emulator/accounts/1", json=body)

        assert account["settings"] == {"count": 2}
        assert answer.status_code == 422
        assert (await the(stage, "1"))["status"] == "active"

    play(scene)


def test_a_fresh_session_works_at_once():
    async def scene(stage: Stage) -> None:
        id = (await stage.account("raven"))["id"]

        session = await stage.post(f"accounts/{id}/sign-in")
        answer = await stage.client.get("/raven/v1/admin/me", headers=session["headers"])

        assert answer.status_code == 200, answer.text
        assert session["expires_at"] > "2026-01-01"
        assert (await stage.refused("POST", f"accounts/{id}/sign-in", json={"user": "nobody@x"}))[0] == 404

    play(scene)


def test_an_api_without_sessions_says_so():
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("POST", "accounts/1/sign-in"))[:2] == (409, "not-possible")

    play(scene)
