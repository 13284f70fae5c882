"""Links that lead back and the picture that tells of opening, whatever the API."""

import pytest

from emulator.gateway.tracking import add_pixel, lead_links_back, target_of

AT = "http://127.0.0.1:8026/acme/t/m1"
PIXEL = f'<img src="{AT}/pixel.gif" width="1" height="1" alt="">'


def test_each_web_link_is_counted_and_others_stay():
    html = '<a href=\'https://a.example/?x=1&amp;y=2\'>A</a><a href="mailto:x@a.example">M</a><A HREF="http://b.example">B</A>'

    led = lead_links_back(html, AT)

    assert led == (f'<a href=\'{AT}/links/1\'>A</a><a href="mailto:x@a.example">M</a><A HREF="{AT}/links/2">B</A>')
    assert [target_of(html, number) for number in ("1", "2", "3")] == [
        "https://a.example/?x=1&y=2",
        "http://b.example",
        None,
    ]


@pytest.mark.parametrize("number", ["0", "", "-1", "x", "²", "00001", "9" * 5_000])
def test_what_is_no_number_of_a_link_leads_nowhere(number: str):
    assert target_of('<a href="https://a.example">A</a>', number) is None


@pytest.mark.parametrize(
    ("html", "at_begin", "expected"),
    [
        ("<p>x</p>", False, f"<p>x</p>{PIXEL}"),
        ("<p>x</p>", True, f"{PIXEL}<p>x</p>"),
        ("<BODY bgcolor=red>x</BODY></html>", False, f"<BODY bgcolor=red>x{PIXEL}</BODY></html>"),
        ("<BODY bgcolor=red>x</BODY></html>", True, f"<BODY bgcolor=red>{PIXEL}x</BODY></html>"),
    ],
)
def test_the_picture_stands_within_the_body(html: str, at_begin: bool, expected: str):
    assert add_pixel(html, AT, at_begin=at_begin) == expected
