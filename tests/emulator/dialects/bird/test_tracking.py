"""What is added to a mail that asks for tracking, and what happens when it is used."""

from typing import Any

import pytest

from emulator.dialects.bird import DIALECT
from emulator.testing.texts import find_links
from tests.emulator.dialects.bird.conftest import EMAIL, ORIGIN, SMS, Answer, Api

BASE = f"{ORIGIN}/bird"
HTML = '<body class="x"><p><a href="https://shop.example/77?a=1&amp;b=2">Look</a></p></body>'


def a_mail(**metadata: Any) -> dict[str, Any]:
    return {"type": "html", "html": {"html": HTML, "text": "Look", **({"metadata": metadata} if metadata else {})}}


def sent(api: Api, to: Any = "ada@example.org", **metadata: Any) -> str:
    return api.accepted(to, EMAIL, body=a_mail(**metadata))["id"]


def shown(api: Api, id: str) -> str:
    """The HTML part as the person sees it."""
    return DIALECT.render_content(api.world, api.record(id), BASE).html or ""


def ask(api: Api, path: str) -> Answer:
    """As a mail program does: without a key."""
    return api.get(path, headers={})


@pytest.mark.parametrize(
    "metadata", [{}, {"subject": "Hi"}, {"clickTracking": False, "openTracking": False, "initialOpenTracking": False}]
)
def test_a_mail_that_does_not_ask_is_shown_as_it_was_sent(api: Api, metadata: dict[str, Any]):
    assert shown(api, sent(api, **metadata)) == HTML


def test_links_lead_back_where_clicks_are_tracked(api: Api):
    id = sent(api, clickTracking=True)

    assert shown(api, id) == f'<body class="x"><p><a href="{BASE}/t/{id}/links/1">Look</a></p></body>'


@pytest.mark.parametrize(
    ("metadata", "place"),
    [
        ({"openTracking": True}, '</p><img src="'),
        ({"initialOpenTracking": True}, '<body class="x"><img src="'),
        ({"initialOpenTracking": True, "openTracking": True}, '<body class="x"><img src="'),
    ],
)
def test_a_pixel_stands_where_opening_is_tracked(api: Api, metadata: dict[str, Any], place: str):
    id = sent(api, **metadata)

    assert f"{place}{BASE}/t/{id}/pixel.gif" in shown(api, id)
    assert shown(api, id).count("<img") == 1


def test_what_the_api_shows_is_what_was_sent(api: Api):
    id = sent(api, clickTracking=True, openTracking=True)

    assert api.message(id, EMAIL)["body"] == a_mail(clickTracking=True, openTracking=True)


def test_what_is_used_is_an_interaction_and_told(api: Api):
    api.subscribe("email.interaction")
    id = sent(api, clickTracking=True, openTracking=True)
    api.advance(10)

    pixel = ask(api, f"{BASE}/t/{id}/pixel.gif")
    click = ask(api, find_links(None, shown(api, id))[0].url)

    assert (pixel.status, pixel.content_type, pixel.body[:6]) == (200, "image/gif", b"GIF89a")
    assert (click.status, click.headers["location"]) == (302, "https://shop.example/77?a=1&b=2")
    opened, clicked = api.interactions(id, EMAIL)
    assert (opened["type"], opened["metadata"]) == ("opened", {"prefetched": False})
    assert clicked["metadata"]["link"]["url"] == "https://shop.example/77?a=1&b=2"
    assert [event.type for event in api.told()] == ["email.interaction"] * 2
    assert api.message(id, EMAIL)["status"] == "delivered"


def test_nothing_is_done_with_a_mail_before_it_was_delivered(api: Api):
    id = sent(api, clickTracking=True, openTracking=True)
    api.advance(0.12)
    assert api.message(id, EMAIL)["status"] == "sent"

    assert ask(api, f"/t/{id}/pixel.gif").status == 200
    assert ask(api, f"/t/{id}/links/1").status == 302

    assert api.interactions(id, EMAIL) == []


def test_of_several_receivers_the_first_whom_it_reached_counts(api: Api):
    to = [{"identifierValue": each} for each in ("bounce@simulator.example", "ada@example.org", "bob@example.org")]
    id = sent(api, to, openTracking=True)
    api.advance(10)

    ask(api, f"/t/{id}/pixel.gif")

    (opened,) = api.interactions(id, EMAIL)
    assert opened["receiver"]["contacts"][0]["identifierValue"] == "ada@example.org"


@pytest.mark.parametrize("path", ["pixel.gif", "links/1"])
def test_only_mails_are_tracked(api: Api, path: str):
    for id in (api.accepted(channel=SMS)["id"], "nobody"):
        assert ask(api, f"/t/{id}/{path}").status == 404


@pytest.mark.parametrize("number", ["0", "2", "x", "99999999999999999999", "%C2%B2"])
def test_a_link_that_is_not_there_is_not_found(api: Api, number: str):
    answer = ask(api, f"/t/{sent(api, clickTracking=True)}/links/{number}")

    assert answer.json["message"] == "The requested resource does not exist: link not found"
