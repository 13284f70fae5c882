"""The workspaces of the key's organization."""

import pytest
from msgspec.structs import replace

from emulator.dialects.bird.fixtures import ORGANIZATION_ID, OTHER_WORKSPACE_ID, WORKSPACE_ID, provision
from tests.emulator.dialects.bird.conftest import ORGANIZATION, WORKSPACE, Api

NOWHERE = "00000000-0000-4000-8000-000000000000"

# The example of the contract, "getWorkspace".
THE_SHOP = {
    "id": "a1e4c7d2-5b80-4f36-9d1c-7e2f0b9a6c35",
    "organizationId": "2b6a9f10-8c4d-4e73-b5a1-d0f7c3e9684a",
    "name": "The Shop",
    "status": "active",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
}


def test_the_organizations_workspaces_are_listed_newest_first(api: Api):
    provision(api.world, "Somebody else")

    shown = api.get(f"{ORGANIZATION}/workspaces").json

    assert [each["id"] for each in shown["results"]] == [OTHER_WORKSPACE_ID, WORKSPACE_ID]
    assert "nextPageToken" not in shown
    reverse = api.get(f"{ORGANIZATION}/workspaces?reverse=true").json["results"]
    assert reverse[0] == THE_SHOP


def test_they_come_in_pages(api: Api):
    first = api.get(f"{ORGANIZATION}/workspaces?limit=1").json
    second = api.get(f"{ORGANIZATION}/workspaces?limit=1&pageToken={first['nextPageToken']}").json

    assert [each["id"] for page in (first, second) for each in page["results"]] == [OTHER_WORKSPACE_ID, WORKSPACE_ID]


def test_one_workspace_has_the_members_of_the_contract(api: Api):
    assert api.get(f"{ORGANIZATION}{WORKSPACE}").json == THE_SHOP


def test_a_workspace_can_be_suspended(api: Api):
    accounts = api.world.store.accounts
    accounts.put(replace(accounts[OTHER_WORKSPACE_ID], status="suspended"))

    assert api.get(f"{ORGANIZATION}/workspaces/{OTHER_WORKSPACE_ID}").json["status"] == "suspended"


@pytest.mark.parametrize(
    ("path", "thing"),
    [
        (f"/organizations/{NOWHERE}/workspaces", "organization"),
        (f"/organizations/{NOWHERE}/workspaces/{WORKSPACE_ID}", "organization"),
        (f"/organizations/{ORGANIZATION_ID}/workspaces/{NOWHERE}", "workspace"),
    ],
)
def test_what_is_not_the_keys_is_a_404(api: Api, path: str, thing: str):
    answer = api.get(path)

    assert (answer.status, answer.json) == (
        404,
        {"code": "ResourceNotFound", "message": f"The requested resource does not exist: {thing} not found"},
    )


def test_ids_have_to_be_ids(api: Api):
    assert api.get("/organizations/o_1/workspaces/ws_1").details == {
        ".organizationId": ["string doesn't match the expected format"],
        ".workspaceId": ["string doesn't match the expected format"],
    }


def test_a_viewer_may_look(api: Api):
    assert api.get(f"{ORGANIZATION}/workspaces", key=api.viewer_key).status == 200
