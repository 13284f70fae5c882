"""One-time codes and links, as senders really write them."""

import pytest

from emulator.testing.texts import Link, find_codes, find_links, visible_text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 4711", "4711"),
        ("482 913 is your Acme code", "482913"),
        ("Your pick-up code is 482-913. It is good for 10 minutes.", "482913"),
        ("G-482913 is your Google verification code.", "482913"),
        ("Use OTP 90210 to log in. Call +254 722 000 000 for help.", "90210"),
        ("Order 1042: your PIN is 5577", "5577"),
        ("KES 2500 was sent. Code: 8891", "8891"),
        ("In 2026 nobody needs more: 7788", "7788"),
        ("Your code: 2026", "2026"),
        ("A7K9Q2 is your login code", "A7K9Q2"),
        ("Your code is WQ7-R2K", "WQ7-R2K"),
        ("Msimbo wako ni 334455", "334455"),
        ("123456 is your Acme code.\n\n@acme.example #123456", "123456"),
        ("Sign in with one tap.\n\n@acme.example #778899", "778899"),
        ("Your verification code\n\n  553311\n\nIt expires at 10:30 on 21.11.2026.", "553311"),
        ("Pay 1500 KES for 3000 points with code 6612", "6612"),
    ],
)
def test_the_code_is_found(text: str, code: str):
    assert find_codes(text)[0] == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Your order #AC-1042 is on its way",
        "Order 1042 is confirmed",
        "Call +254722000000",
        "See https://example.com/t/123456?code=9999",
        "It costs KES 12500, or 12500 KES, or $4500",
        "It costs 1,250.00 and 99.5 %",
        "See you on 2026-11-21 at 10:30",
        "write to 4711@example.org",
        "good for 1440 minutes",
        "Happy 2027!",
        "our card ends in 12345678901234",
        "your WELCOME offer",
    ],
)
def test_what_is_no_code_is_not_taken_for_one(text: str):
    assert find_codes(text) == []


def test_several_codes_come_the_likeliest_first_and_each_once():
    assert find_codes("4711, 8899, your code is 5566, I repeat: 5566") == ["5566", "8899", "4711"]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("Track it: https://shop.example/t/1.", ["https://shop.example/t/1"]),
        (
            "(see https://shop.example/a_(b)), or http://x.example/?a=1&b=2!",
            ["https://shop.example/a_(b)", "http://x.example/?a=1&b=2"],
        ),
        ("<https://a.example> and [https://b.example/c]", ["https://a.example", "https://b.example/c"]),
        ("https://a.example https://a.example", ["https://a.example"]),
        ("ftp://a.example and mailto:ada@example.org", []),
    ],
)
def test_links_of_a_text_end_where_a_reader_would_end_them(text: str, urls: list[str]):
    assert [link.url for link in find_links(text)] == urls


def test_links_of_html_come_first_with_what_the_reader_sees():
    html = """<p>Hi <a href="https://a.example/?x=1&amp;y=2"> Confirm <b>now</b></a>
              <a href="mailto:x@example.org">write</a> <a>nothing</a>
              <a href="https://b.example"><img alt="Our shop" src="x.png"></a><a href='https://c.example'>"""

    assert find_links("see https://a.example/?x=1&y=2 or https://d.example", html) == [
        Link("https://a.example/?x=1&y=2", "Confirm now"),
        Link("https://b.example", "Our shop"),
        Link("https://c.example", "https://c.example"),
        Link("https://d.example", "https://d.example"),
    ]


def test_what_is_seen_of_html_is_its_text():
    html = "<head><title>T</title></head><style>p {}</style><p>Your&nbsp;code</p><div>  <b>47</b>11 </div><script>1</script>"

    assert visible_text(html) == "Your code\n4711"
