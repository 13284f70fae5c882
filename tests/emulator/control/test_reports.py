"""What comes from outside, by hand."""

import pytest
from msgspec.structs import replace

from tests.emulator.control.playing import Stage, play


def test_a_bounce_by_hand_moves_the_status_and_is_told_in_the_providers_words():
    async def scene(stage: Stage) -> None:
        id = await stage.mail("silent@simulator.example")
        await stage.advance("1s")

        taken = await stage.post(f"messages/{id}/receipts", {"report": "bounced"}, status=201)

        assert (taken["message"], taken["recipient"]) == (id, "silent@simulator.example")
        assert taken["status"] == "bounced"
        assert (taken["event"]["kind"], taken["event"]["reason"]) == ("hard", "unknown-subscriber")
        assert taken["event"]["raw"]["body"]
        assert (await stage.get(f"messages/{id}"))["timeline"][-1] == taken["event"]

    play(scene)


def test_what_the_report_says_is_kept():
    async def scene(stage: Stage) -> None:
        id = await stage.mail("silent@simulator.example")
        await stage.advance("1s")
        body = {"report": "bounced", "kind": "soft", "reason": "greylisted", "code": "450", "diagnostic": "come back"}

        event = (await stage.post(f"messages/{id}/receipts", body, status=201))["event"]

        assert (event["kind"], event["reason"]) == ("soft", "greylisted")
        assert (event["code"], event["diagnostic"]) == ("450", "come back")

    play(scene)


def test_a_soft_bounce_by_hand_starts_the_retries_of_an_api_that_has_them():
    async def scene(stage: Stage) -> None:
        headers = (await stage.account("tripdesk"))["headers"]
        body = {"channel": "email", "to": "ada@example.org", "subject": "Gate", "text": "Gate 4 is open"}
        id = (await stage.client.post("/tripdesk/api/v1/messages", json=body, headers=headers)).json()["id"]
        await stage.advance("200ms")

        report = {"report": "bounced", "kind": "soft"}
        taken = await stage.post(f"messages/{id}/receipts", report, status=201)
        await stage.advance("1m")

        assert (taken["event"]["type"], taken["event"]["kind"]) == ("bounced", "soft")
        timeline = (await stage.get(f"messages/{id}"))["timeline"]
        assert [each["type"] for each in timeline][-4:] == ["bounced", "retry_scheduled", "sent", "delivered"]

    play(scene)


def test_a_click_names_the_messages_first_link():
    async def scene(stage: Stage) -> None:
        id = await stage.mail("silent@simulator.example")
        await stage.advance("1s")
        await stage.post(f"messages/{id}/receipts", {"report": "delivered"}, status=201)

        clicked = await stage.post(f"messages/{id}/receipts", {"report": "clicked"}, status=201)

        assert clicked["event"]["url"] == "https://example.com/track"

    play(scene)


def test_a_report_while_the_provider_is_being_called_names_its_id():
    async def scene(stage: Stage) -> None:
        id = await stage.mail()
        await stage.advance("60ms")
        assert (await stage.get(f"messages/{id}"))["recipients"][0]["status"] == "sending"

        await stage.post(f"messages/{id}/receipts", {"report": "delivered"}, status=201)
        before = (await stage.get(f"messages/{id}"))["recipients"][0]["provider_message_id"]
        await stage.advance("10s")

        assert before is not None
        assert (await stage.get(f"messages/{id}"))["recipients"][0]["provider_message_id"] == before

    play(scene)


def test_nobody_can_report_before_a_provider_was_called():
    async def scene(stage: Stage) -> None:
        id = await stage.mail()

        refused = await stage.refused("POST", f"messages/{id}/receipts", json={"report": "delivered"})

        assert refused[:2] == (409, "not-possible")
        assert "no provider has been called" in refused[2]
        assert len((await stage.get(f"messages/{id}"))["timeline"]) == 1

    play(scene)


@pytest.mark.parametrize("report", ["opened", "complained", "read"])
def test_a_report_that_the_channel_does_not_have_says_which_it_has(report: str):
    async def scene(stage: Stage) -> None:
        id = await stage.text()
        await stage.advance("1s")

        refused = await stage.refused("POST", f"messages/{id}/receipts", json={"report": report})

        assert refused[:2] == (409, "not-possible")
        assert f"no report '{report}' on sms" in refused[2]
        assert "delivered" in refused[2]

    play(scene)


def test_a_message_to_several_needs_the_recipient():
    async def scene(stage: Stage) -> None:
        id = await stage.text("254711000111,254722000222")
        await stage.advance("60ms")
        recipients = (await stage.get(f"messages/{id}"))["recipients"]
        if len(recipients) == 1:
            pytest.skip("the API makes a message of each number")

        refused = await stage.refused("POST", f"messages/{id}/receipts", json={"report": "delivered"})
        other = {"report": "failed", "recipient": "254722000222"}
        taken = await stage.post(f"messages/{id}/receipts", other, status=201)

        assert refused[0] == 422
        assert "254711000111, 254722000222" in refused[2]
        assert taken["recipient"] == "254722000222"

    play(scene)


@pytest.mark.parametrize(
    "body", [{}, {"report": "lost"}, {"report": "queued"}, {"report": "bounced", "kind": "medium"}]
)
def test_what_is_no_report_is_refused(body: dict[str, str]):
    async def scene(stage: Stage) -> None:
        id = await stage.mail()

        assert (await stage.refused("POST", f"messages/{id}/receipts", json=body))[0] == 422
        assert (await stage.refused("POST", "messages/none/receipts", json={"report": "sent"}))[0] == 404

    play(scene)


@pytest.mark.parametrize("environment", ["live", "test"])
def test_a_person_is_matched_by_external_id_and_opts_out_in_the_accounts_own_environment(environment):
    async def scene(stage: Stage) -> None:
        apis = {api["name"]: api for api in (await stage.get("apis"))["apis"]}
        card = next(card for card in apis["tripdesk"]["accounts"] if card["environment"] == environment)
        body = {"api": "tripdesk", "account": card["id"], "channel": "sms", "from": "+15557650009", "to": "ACME"}

        said = await stage.post("inbound", {**body, "text": "STOP", "external_id": "crm-8841"}, status=201)

        message = stage.world.store.inbound[said["id"]]
        assert (message.environment, message.contact_id) == (environment, card["parameters"]["contact_id"])
        listed = (await stage.get("suppressions", recipient="+15557650009"))["suppressions"]
        assert [each["environment"] for each in listed] == [environment]

    play(scene)


INBOUND = {"api": "cloudrebue", "account": "1", "channel": "sms", "from": "254711000111", "to": "22999", "text": "JOIN"}


def test_a_person_writes_to_an_account():
    async def scene(stage: Stage) -> None:
        account = stage.world.store.accounts["1"]
        sender = next(s for s in stage.world.store.senders_by_account.get("1") if s.two_way)
        body = {**INBOUND, "account": account.name, "to": sender.address, "external_id": "x-1", "in_reply_to": "m"}

        said = await stage.post("inbound", body, status=201)
        again = await stage.post("inbound", {**body, "text": "and more"}, status=201)

        assert (said["account"], said["from"], said["to"]) == (account.name, "254711000111", sender.address)
        assert said["rich"] == {"external_id": "x-1"}
        assert said["in_reply_to"] == "m"
        assert said["conversation"] == again["conversation"]
        assert said["id"] != again["id"]

    play(scene)


def test_a_name_of_two_environments_means_the_first():
    async def scene(stage: Stage) -> None:
        body = {
            "api": "tripdesk",
            "account": "acme",
            "channel": "sms",
            "from": "+15557650009",
            "to": "ACME",
            "text": "Hi",
        }

        said = await stage.post("inbound", body, status=201)

        assert stage.world.store.inbound[said["id"]].environment == "live"

    play(scene)


def test_a_name_of_several_accounts_is_refused_with_the_candidates():
    async def scene(stage: Stage) -> None:
        store = stage.world.store
        store.accounts.put(replace(store.accounts["1"], id="another"))

        refused = await stage.refused("POST", "inbound", json={**INBOUND, "account": store.accounts["1"].name})

        assert refused[:2] == (422, "invalid-fields")
        assert "1 (Cloud Rebue) and another (Cloud Rebue)" in refused[2]

    play(scene)


def test_where_nobody_receives_a_sentence_says_so():
    async def scene(stage: Stage) -> None:
        for body in ({**INBOUND, "to": "CLOUD_REBUE"}, {**INBOUND, "api": "raven", "account": "acme"}):
            refused = await stage.refused("POST", "inbound", json=body)
            assert refused[:2] == (409, "not-possible")
            assert "nobody who receives sms" in refused[2]
        assert len(stage.world.store.inbound) == 0

    play(scene)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api": "none"}, 422),
        ({"account": "none"}, 404),
        ({"text": ""}, 422),
        ({"channel": "fax"}, 422),
        ({"to": ""}, 422),
    ],
)
def test_an_inbound_message_that_names_nothing_is_refused(changes: dict[str, str], status: int):
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("POST", "inbound", json={**INBOUND, **changes}))[0] == status

    play(scene)
