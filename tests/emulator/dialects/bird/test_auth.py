"""Who is asking, and may they."""

import re

import pytest
from msgspec.structs import replace

from emulator.dialects.bird.auth import NEEDS, find_token
from emulator.dialects.bird.fixtures import OTHER_WORKSPACE_ID, WORKSPACE_ID
from emulator.dialects.bird.members import inside
from tests.emulator.dialects.bird.conftest import CONTRACT, EMAIL, ORGANIZATION, SMS, WORKSPACE, Api, a_world

UNAUTHORIZED = {"code": "Unauthorized", "message": "The access key is missing or invalid"}
FORBIDDEN = {"code": "AccessDenied", "message": "The access key is not allowed to perform this action"}
MESSAGES = f"{WORKSPACE}/channels/{SMS}/messages"


def change_key(api: Api, **changes: object) -> None:
    credential = api.world.store.credentials_by_token.get(("bird", api.key))
    assert credential is not None
    api.world.store.credentials.put(replace(credential, **changes))


@pytest.mark.parametrize("scheme", ["AccessKey", "accesskey", "ACCESSKEY", "Bearer", "bearer"])
def test_a_key_is_taken_under_both_schemes_in_any_case(api: Api, scheme: str):
    assert api.get(MESSAGES, headers={"Authorization": f"{scheme} {api.key}"}).status == 200


@pytest.mark.parametrize("value", [None, "", "AccessKey", "AccessKey ", "AccessKey nope", "Basic YTpi", "ws_1"])
def test_what_proves_nothing_is_refused(api: Api, value: str | None):
    answer = api.get(MESSAGES, headers={} if value is None else {"Authorization": value})

    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


def test_a_bearer_key_is_refused_where_that_is_switched_off(api: Api):
    api.settings(bearer_keys=False)

    assert api.get(MESSAGES, headers={"Authorization": f"Bearer {api.key}"}).status == 401
    assert api.get(MESSAGES).status == 200


def test_a_key_without_a_role_is_refused(api: Api):
    change_key(api, scopes=())

    assert api.get(MESSAGES).status == 401


def test_a_revoked_key_is_refused(api: Api):
    change_key(api, revoked_at=api.world.clock.now)

    assert api.get(MESSAGES).status == 401


def test_a_key_ends_with_its_time(api: Api):
    change_key(api, expires_at=api.world.clock.now)

    assert api.get(MESSAGES).status == 401


def test_the_key_of_a_suspended_workspace_is_refused(api: Api):
    account = api.world.store.accounts[WORKSPACE_ID]
    api.world.store.accounts.put(replace(account, status="suspended"))

    assert api.get(MESSAGES).status == 401


def test_a_key_that_may_only_view_cannot_send(api: Api):
    answer = api.post(MESSAGES, {}, key=api.viewer_key)

    assert (answer.status, answer.json) == (403, FORBIDDEN)
    assert api.get(MESSAGES, key=api.viewer_key).status == 200


@pytest.mark.parametrize(
    ("policy", "statuses"),
    [
        ("view /workspaces/*/channels/*/messages", (200, 403, 403)),
        ("view /workspaces/*/channels", (403, 403, 200)),
        (f"* /workspaces/{WORKSPACE_ID}/channels/{EMAIL}/messages", (403, 200, 403)),
        (f"view /workspaces/{OTHER_WORKSPACE_ID}/channels/*/messages", (403, 403, 403)),
        ("view *", (200, 200, 200)),
        ("create *", (403, 403, 403)),
    ],
)
def test_a_policy_names_an_action_and_a_resource(api: Api, policy: str, statuses: tuple[int, int, int]):
    change_key(api, scopes=(policy,))
    mails = f"{WORKSPACE}/channels/{EMAIL}/messages"
    if policy.startswith("view /workspaces/*/channels/*/messages"):
        statuses = (200, 200, 403)

    assert tuple(api.get(path).status for path in (MESSAGES, mails, f"{WORKSPACE}/channels")) == statuses


def test_the_list_of_all_messages_needs_the_policy_for_those_of_channels(api: Api):
    change_key(api, scopes=("view /workspaces/*/channels/*/messages",))

    assert api.get(f"{WORKSPACE}/channels/messages").status == 200


def test_policies_of_organizations_hold_for_the_key_s_own(api: Api):
    own = "view /organizations/{}/workspaces/*/webhook-subscriptions"
    change_key(api, scopes=(own.format("*"),))
    assert api.get(f"{WORKSPACE}/webhook-subscriptions").status == 200

    change_key(api, scopes=(own.format(OTHER_WORKSPACE_ID),))
    assert api.get(f"{WORKSPACE}/webhook-subscriptions").status == 403


def test_every_operation_needs_what_the_contract_says():
    declared: dict[str, tuple[str, str]] = {}
    for item in CONTRACT.document["paths"].values():
        for operation in item.values():
            if inside(operation, "x-policy") is not None:
                declared[inside(operation, "operationId")] = (
                    inside(operation, "x-policy", "action"),
                    inside(operation, "x-policy", "resource"),
                )

    ours = {
        id: (action, re.sub(r"\{(?!organizationId)[a-zA-Z]+\}", "*", resource))
        for id, (action, resource) in NEEDS.items()
    }

    assert ours == declared
    assert set(CONTRACT.operation_ids) - set(ours) == {"uploadMedia", "downloadMedia", "loadPixel", "followLink"}


def test_a_key_is_good_for_all_workspaces_of_its_organization(api: Api):
    assert api.get(f"/workspaces/{OTHER_WORKSPACE_ID}/channels").status == 200


def test_a_channel_of_another_workspace_is_not_found(api: Api):
    answer = api.get(f"/workspaces/{OTHER_WORKSPACE_ID}/channels/{SMS}/messages")

    assert answer.status == 404
    assert answer.json["message"] == "The requested resource does not exist: channel not found"


def test_a_workspace_of_another_organization_is_not_found(api: Api):
    from emulator.dialects.bird import DIALECT

    assert DIALECT.provision is not None
    stranger = DIALECT.provision(api.world, "Stranger")

    answer = api.get(f"/workspaces/{stranger.id}/channels")

    assert answer.status == 404
    assert answer.json["message"] == "The requested resource does not exist: workspace not found"


def test_another_organization_is_not_found(api: Api):
    other = ORGANIZATION.replace("2b6a", "ffff")

    assert api.get(f"{other}/workspaces").json["message"].endswith(": organization not found")


def test_the_key_selects_a_world_before_it_is_judged():
    assert find_token({b"authorization": b"AccessKey  abc "}) == "abc"
    assert find_token({b"authorization": b"bearer abc"}) == "abc"
    assert find_token({b"authorization": b"Basic abc"}) is None
    assert find_token({}) is None


def test_another_world_takes_its_own_key_and_the_well_known_one(api: Api):
    other = Api(a_world("other"))

    assert other.key != api.key
    assert other.get(MESSAGES).status == 200
    assert other.get(MESSAGES, key=api.key).status == 200
    assert api.get(MESSAGES, key=other.key).status == 401
