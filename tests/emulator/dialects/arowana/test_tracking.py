"""What is added to a mail, and what happens when it is used."""

from typing import Any

import pytest

from emulator.dialects.arowana.tracking import render_content
from tests.emulator.dialects.arowana.conftest import MAIL, Api

BASE = "http://127.0.0.1:8026/w/x/arowana"
HTML = (
    "<html><body><a href=\"https://shop.example/77?a=1&amp;b=2\">One</a> <A class=x HREF='http://b.example/'>Two</A>"
    ' <a href="mailto:x@example.org">Three</a></body></html>'
)


def rendered(api: Api, id: str) -> Any:
    return render_content(api.world, api.message(id), BASE)


def test_links_lead_through_us_and_a_pixel_ends_the_body(api: Api):
    id = api.sent(MAIL, content={"html": HTML, "text": "Look: https://shop.example/77"})

    content = rendered(api, id)

    assert content.html == (
        f"<html><body><a href=\"{BASE}/t/{id}/links/1\">One</a> <A class=x HREF='{BASE}/t/{id}/links/2'>Two</A>"
        ' <a href="mailto:x@example.org">Three</a>'
        f'<img src="{BASE}/t/{id}/pixel.gif" width="1" height="1" alt=""></body></html>'
    )
    assert content.text == "Look: https://shop.example/77"
    assert content.subject == "Receipt 77"


def test_a_part_without_a_body_tag_gets_the_pixel_at_its_end(api: Api):
    id = api.sent(MAIL, content={"html": "<p>Paid.</p>"})

    assert rendered(api, id).html.endswith(' height="1" alt="">')


def test_only_newsletters_carry_the_one_click_headers(api: Api):
    mail, newsletter = api.sent(MAIL), api.sent(MAIL, message_type="NEWSLETTER")

    assert rendered(api, mail).rich is None
    assert rendered(api, newsletter).rich == {
        "headers": {
            "List-Unsubscribe": f"<{BASE}/t/{newsletter}/unsubscribe>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    }


def test_what_is_no_mail_is_shown_as_it_was_sent(api: Api):
    id = api.sent()

    assert rendered(api, id) == api.message(id).content


def ask(api: Api, method: str, path: str) -> Any:
    """As a mail program does: without a key."""
    return api.request(method, path, headers={"Authorization": ""})


def test_a_loaded_pixel_tells_of_the_opening_each_time(api: Api):
    api.listen("email.opened")
    id = api.sent(MAIL)
    api.advance(10)

    for _ in range(2):
        reply = ask(api, "GET", f"/t/{id}/pixel.gif")
        assert (reply.status, reply.body[:6]) == (200, b"GIF89a")
        assert "x-ratelimit-limit" not in reply.headers

    assert len(api.told()) == 2
    assert api.read(id)["status"] == "read"


def test_a_pixel_loaded_before_the_mail_left_tells_nothing(api: Api):
    api.listen("email.opened")
    id = api.sent(MAIL)

    assert ask(api, "GET", f"/t/{id}/pixel.gif").status == 200
    assert api.told() == []


def test_a_link_tells_of_the_click_and_leads_to_its_target(api: Api):
    api.listen("email.clicked")
    id = api.sent(MAIL, content={"html": HTML})
    api.advance(10)

    first, second = (ask(api, "GET", f"/t/{id}/links/{number}") for number in (1, 2))

    assert (first.status, first.headers["location"]) == (302, "https://shop.example/77?a=1&b=2")
    assert second.headers["location"] == "http://b.example/"
    assert [each["data"]["url"] for each in api.told()] == ["https://shop.example/77?a=1&b=2", "http://b.example/"]
    assert api.read(id)["status"] == "clicked"


@pytest.mark.parametrize("number", ["0", "3", "x", "99999999999999999999", "-1", "%C2%B2"])
def test_a_link_that_is_not_there_is_not_found(api: Api, number: str):
    id = api.sent(MAIL, content={"html": HTML})

    assert ask(api, "GET", f"/t/{id}/links/{number}").status == 404


def test_one_click_unsubscribes_once(api: Api):
    api.listen("email.unsubscribed", "consent.updated")
    id = api.sent(MAIL, message_type="NEWSLETTER")
    api.advance(10)

    replies = [
        api.request(
            "POST",
            f"/t/{id}/unsubscribe",
            content=b"List-Unsubscribe=One-Click",
            headers={"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"},
        )
        for _ in range(2)
    ]

    assert [reply.status for reply in replies] == [200, 200]
    assert [each["event"] for each in api.told()] == ["consent.updated", "email.unsubscribed"]
    assert api.read(id)["status"] == "unsubscribed"
    assert api.send(MAIL, message_type="NEWSLETTER").error == "consent_revoked"


def test_opening_the_page_unsubscribes_nobody(api: Api):
    id = api.sent(MAIL, message_type="NEWSLETTER")
    api.advance(10)

    reply = api.request("GET", f"/t/{id}/unsubscribe", headers={"Authorization": ""}, base_path="/w/x/arowana")

    assert f'<form method="post" action="/w/x/arowana/t/{id}/unsubscribe">'.encode() in reply.body
    assert api.read(id)["status"] == "delivered"


@pytest.mark.parametrize("path", ["pixel.gif", "links/1", "unsubscribe"])
def test_only_mails_are_tracked(api: Api, path: str):
    for id in (api.sent(), "msg_nobody"):
        assert ask(api, "GET", f"/t/{id}/{path}").status == 404


def test_a_wrong_method_is_refused_as_anywhere(api: Api):
    reply = ask(api, "POST", f"/t/{api.sent(MAIL)}/pixel.gif")

    assert (reply.status, reply.headers["allow"]) == (405, "GET")
