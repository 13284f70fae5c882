"""The beginning of a story, brought about through the control API; and whom accounts must not write to."""

import pytest

from tests.emulator.control.playing import Stage, play

RULE = {"name": "gone", "match": {"recipient": "254722000000"}, "script": [{"after": "1s", "report": "failed"}]}


async def account(stage: Stage, id: str = "1"):
    listed = (await stage.get("accounts", api="cloudrebue", limit=500))["accounts"]
    return next(each for each in listed if each["id"] == id)


async def names(stage: Stage, what: str = "providers") -> list[str]:
    return [each["name"] for each in (await stage.get(what))["rules" if what == "providers" else "faults"]]


def test_accounts_rules_and_faults_are_brought_about_in_one_call():
    async def scene(stage: Stage) -> None:
        answer = await stage.post(
            "scenario",
            {
                "name": "Nobody is there",
                "api": "cloudrebue",
                "given": {
                    "account": {"balance": "2.5", "rate_limits": True},
                    "accounts": {"Shop": {"new": True, "balance": 7}, "rebuetext": {"balance": 1}},
                },
                "providers": [RULE],
                "faults": [{"name": "slow", "latency": "1ms"}],
                "steps": [{"advance": "1s"}],
            },
        )

        assert len(answer["accounts"]) == 3
        assert float((await account(stage))["wallet"]["balance"]) == 2.5
        assert (await account(stage))["rate_limits"] is True
        assert float((await account(stage, answer["accounts"][1]))["wallet"]["balance"]) == 7
        assert (await names(stage), await names(stage, "faults")) == (["gone"], ["slow"])

    play(scene)


def test_the_rules_of_the_story_before_make_room_and_those_by_hand_stay():
    async def scene(stage: Stage) -> None:
        await stage.post("providers", {**RULE, "name": "by hand"}, status=201)
        await stage.post("scenario", {"providers": [RULE], "faults": [{"name": "one", "latency": "1ms"}]})
        await stage.post("scenario", {"providers": [{**RULE, "name": "next"}]})

        assert await names(stage) == ["next", "by hand"]
        assert await names(stage, "faults") == []

    play(scene)


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"providers": [{**RULE, "script": []}]}, 422, "providers.0.script: expected a list with at least one step"),
        (
            {"api": "cloudrebue", "providers": [{"match": {"api": "cloudrebue"}, "script": [{"report": "opened"}]}]},
            409,
            "providers.0.script.0.report: Cloud Rebue bulk SMS has no report 'opened'",
        ),
        ({"faults": [{"latencey": "1s"}]}, 422, "faults.0.latencey: is not known here; did you mean latency?"),
        ({"given": {"account": {}}}, 422, "api: is needed, because accounts are given"),
        ({"api": "cloudreb", "given": {"account": {"balance": 1}}}, 422, "api: there is no API 'cloudreb'"),
        (
            {"api": "cloudrebue", "given": {"accounts": {"Shp": {"balance": 1}}}},
            422,
            "given.accounts.Shp: there is no such account; there are Cloud Rebue, rebuetext (`new: true` makes one)",
        ),
        ({"api": "cloudrebue", "given": {"account": {"balence": 1}}}, 422, "given.account.balence: is not known here"),
        (
            {"api": "cloudrebue", "given": {"account": {"settings": {"colour": 1}}}},
            422,
            "given.account.settings.colour: Cloud Rebue bulk SMS has no such setting",
        ),
        (
            {"api": "cloudrebue", "given": {"account": {"settings": {"profile": "x"}}}},
            422,
            "given.account.settings.pro",
        ),
        ({"api": "raven", "given": {"account": {"balance": 1}}}, 409, "Messages of Raven Cloud cost nothing"),
        ({"api": "cloudrebue", "given": {"accounts": {"rebuetext": {"new": True}}}}, 409, "There is a account"),
        ({"given": {"clock": {"at": "2020-01-01T00:00:00Z"}}}, 422, "given.clock.at: the clock never goes back"),
        ({"given": {"clock": {"pace": 0}}}, 422, "given.clock.pace: "),
        ({"stps": []}, 422, "stps: is not known here; did you mean steps?"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_leaves_everything_as_it_was(body, status, detail):
    async def scene(stage: Stage) -> None:
        await stage.post("scenario", {"api": "cloudrebue", "given": {"account": {"balance": 5}}, "providers": [RULE]})
        before = stage.world.store.copy()

        refused = await stage.refused("POST", "scenario", json=body)

        assert refused[0] == status, refused
        assert detail in refused[2]
        assert stage.world.store.copy() == before

    play(scene)


async def sides(stage: Stage, name: str = "acme") -> dict[str, tuple[float, int]]:
    """Balance and number of webhook endpoints of both environments of a tenant."""
    tripdesk = next(api for api in (await stage.get("apis"))["apis"] if api["name"] == "tripdesk")
    environments = {card["id"]: card["environment"] for card in tripdesk["accounts"] if card["name"] == name}
    listed = (await stage.get("accounts", api="tripdesk", limit=500))["accounts"]
    return {
        environments[each["id"]]: (float(each["wallet"]["balance"]), len(each["webhooks"]))
        for each in listed
        if each["id"] in environments
    }


@pytest.mark.parametrize(
    ("environment", "changed"),
    [
        (None, {"live"}),
        ("live", {"live"}),
        ("test", {"test"}),
        (["test"], {"test"}),
        (["live", "test"], {"live", "test"}),
    ],
)
def test_what_is_given_of_an_account_is_given_in_the_storys_environments(environment, changed):
    async def scene(stage: Stage) -> None:
        given = {"account": {"balance": 7, "webhooks": [{"url": "http://127.0.0.1:9/"}]}}
        chosen = {} if environment is None else {"environment": environment}

        answer = await stage.post("scenario", {"api": "tripdesk", "given": {**given, **chosen}})

        assert len(answer["accounts"]) == len(changed)
        assert await sides(stage) == {side: (7, 1) if side in changed else (100, 0) for side in ("live", "test")}

    play(scene)


def test_a_new_account_too_is_given_in_the_storys_environment():
    async def scene(stage: Stage) -> None:
        given = {"accounts": {"Kilima": {"new": True, "balance": 3}}, "environment": "test"}

        await stage.post("scenario", {"api": "tripdesk", "given": given})

        assert await sides(stage, "kilima") == {"live": (100, 0), "test": (3, 0)}

    play(scene)


def test_where_the_environments_share_an_account_it_is_changed_once():
    async def scene(stage: Stage) -> None:
        given = {"account": {"rate_limits": True}, "environment": ["live", "test"]}

        assert len((await stage.post("scenario", {"api": "raven", "given": given}))["accounts"]) == 1

    play(scene)


def test_an_environment_that_there_is_not_is_refused_with_those_that_there_are():
    async def scene(stage: Stage) -> None:
        body = {"api": "tripdesk", "given": {"account": {"balance": 1}, "environment": "sandbox"}}

        refused = await stage.refused("POST", "scenario", json=body)

        assert refused[0] == 422
        assert "the account acme has no environment sandbox; it has live, test" in str(refused)
        assert await sides(stage) == {"live": (100, 0), "test": (100, 0)}

    play(scene)


def test_what_was_written_before_the_mistake_is_taken_back():
    async def scene(stage: Stage) -> None:
        before = stage.world.store.copy()
        given = {"account": {"balance": 1}, "accounts": {"Shop": {"new": True}}}
        await stage.refused(
            "POST", "scenario", json={"api": "cloudrebue", "given": given, "providers": [RULE], "faults": [{}]}
        )

        assert stage.world.store.copy() == before

    play(scene)


def test_the_clock_is_set_and_what_is_due_on_the_way_happens():
    async def scene(stage: Stage) -> None:
        message = await stage.text()

        answer = await stage.post("scenario", {"given": {"clock": {"at": "2026-01-02T00:00:00Z", "pace": "held"}}})

        assert answer["now"] == "2026-01-02T00:00:00.000Z"
        assert (await stage.get(f"messages/{message}"))["recipients"][0]["status"] == "delivered"

    play(scene)


def test_a_story_stays_in_the_snapshot_and_is_gone_after_a_reset():
    async def scene(stage: Stage) -> None:
        await stage.post("scenario", {"providers": [RULE]})
        await stage.post("reset")

        assert await names(stage) == []

    play(scene)


def test_suppressions_are_listed_with_account_and_reason():
    async def scene(stage: Stage) -> None:
        rule = {"match": {"recipient": "ada@example.org"}, "script": [{"after": "1s", "report": "bounced"}]}
        await stage.post("scenario", {"providers": [rule]})
        await stage.mail()
        await stage.advance("5s")

        listed = (await stage.get("suppressions", account="acme", recipient="ADA@example.org"))["suppressions"]

        assert [(each["api"], each["recipient"], each["reason"]) for each in listed] == [
            ("raven", "ada@example.org", "hard_bounce")
        ]
        assert (await stage.get("suppressions", api="cloudrebue"))["suppressions"] == []
        assert (await stage.get("suppressions", recipient="bo@example.org"))["suppressions"] == []

    play(scene)


def test_the_form_of_stories_is_served():
    async def scene(stage: Stage) -> None:
        assert (await stage.get("story.schema.json"))["title"] == "A story"

    play(scene)
