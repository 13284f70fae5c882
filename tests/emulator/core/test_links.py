import pytest

from emulator.core.links import first_link, links
from emulator.core.records import Content


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.com/gates?id=4.", ["https://example.com/gates?id=4"]),
        ("(http://a.example/x), then http://b.example!", ["http://a.example/x", "http://b.example"]),
        ("no link: example.com, ftp://example.com", []),
        ("", []),
    ],
)
def test_links_of_a_text_end_before_the_sentence_does(text, found):
    assert links(Content(text=text)) == found


def test_links_of_html_are_those_of_its_anchors_in_order():
    html = '<p><a href="https://a.example/?x=1&amp;y=2">A</a><img src="https://img.example"><A HREF="HTTPS://B.example">B</A>'

    assert links(Content(html=html, text="http://text.example")) == ["https://a.example/?x=1&y=2", "HTTPS://B.example"]


@pytest.mark.parametrize("target", ["mailto:me@example.com", "#top", "tel:+254700000000", "", "javascript:void(0)"])
def test_an_anchor_that_leads_to_no_page_is_no_link(target):
    assert links(Content(html=f'<a href="{target}">x</a><a name="y">y</a>')) == []


def test_the_first_link_is_the_first_or_none():
    assert first_link(Content(text="http://a.example http://b.example")) == "http://a.example"
    assert first_link(Content(text="none")) is None
    assert first_link(Content()) is None


def test_hostile_markup_is_read_in_one_go():
    html = (
        "<!--" * 50_000
        + "-->"
        + "<a b=" * 50_000
        + '<!-- <a href="https://hidden.example"> --><a href="https://a.example/?x&amp;y">'
    )

    assert links(Content(html=html)) == ["https://a.example/?x&y"]
