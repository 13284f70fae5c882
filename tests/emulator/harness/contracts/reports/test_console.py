"""What a run says to people, and to GitHub when it runs there."""

from emulator.harness.contracts.findings import Finding, Result
from emulator.harness.contracts.reports.console import annotation, details, summary


def finding(title: str = "Oh", message: str = "a\nb", curl: str = "curl -i http://x/") -> Finding:
    return Finding(
        "tiny", "send", "error_envelope", title, message, curl, 500, "<h1>\n500", ("curl -i http://x/first",)
    )


def test_an_annotation_keeps_its_sentence_whatever_is_in_it():
    said = annotation(finding("100 %, or more: why?", "50 %0A\r\nof all", "curl 'a,b:c'"))

    assert said == ("::error title=tiny send%3A 100 %25%2C or more%3A why?::50 %250A%0D%0Aof all%0Acurl 'a,b:c'")


def test_a_finding_ends_with_the_line_that_shows_it():
    result = Result("tiny", errors=["it was interrupted"], notes=["look there"])
    result.add(finding())
    result.add(finding())

    assert list(details(result)) == [
        "tiny send: Oh (error_envelope, seen 2 times)",
        "    a",
        "    b",
        "    answered: 500 <h1> 500",
        "    first: curl -i http://x/first",
        "    curl -i http://x/",
        "",
        "tiny: it was interrupted",
        "tiny: look there",
    ]


def test_a_summary_says_whether_it_holds():
    holds, found, broken = Result("a"), Result("b"), Result("c", errors=["no"])
    found.add(finding())

    assert [summary(each).split("  ")[0].split(maxsplit=1)[0] for each in (holds, found, broken)] == ["a", "b", "c"]
    assert [
        word in summary(each) for word, each in (("holds", holds), ("1 found", found), ("not finished", broken))
    ] == [True] * 3
