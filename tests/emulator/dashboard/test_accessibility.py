"""Every page as people see it: axe-core finds nothing, nothing is wider than the window, none needs JavaScript.

What was sent is hostile, and makes no page run or ask for anything. Each page is opened once, wide and light, and then
turned narrow and dark, where only what depends on it is asked again; and once without JavaScript. `EVERY_PAGE=1` sees
all pages, else six of them.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.dashboard.desks import SMS, Chromium, Desk
from tests.emulator.dashboard.visiting import fill, some_places

# The package is taken for the script that it carries.
axe: Any = pytest.importorskip("axe_playwright_python", reason="there is no axe: pip install axe-playwright-python")
AXE = Path(axe.__path__[0], "axe.min.js").read_text()

EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False}
WHAT_A_LOOK_CHANGES = {
    **EVERYTHING,
    "runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
}
HOSTILE_TEXT = "<img src=//evil.example/x onerror=alert(1)> javascript:alert(1) {{7*7}} </script><script>alert(1)</script> \u202egpj.exe"
SHARES = 2 if os.environ.get("EVERY_PAGE") else 1
"""The pages are seen by so many tests, which run side by side."""


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_shuts_nobody_out_is_no_wider_than_its_window_and_runs_nothing_hostile(
    chromium: Chromium, share: int
):
    async def scene(desk: Desk) -> None:
        await fill(desk.client, HOSTILE_TEXT)
        page, plain = await desk.open("/"), await desk.open("/", java_script_enabled=False)
        found: dict[str, list[str]] = {}
        for path in list((await some_places(desk.client)).values())[share::SHARES]:
            found[path] = [*await _see(desk, page, path), *await _without_javascript(plain, desk.url + path)]
        assert {path: faults for path, faults in found.items() if faults} == {}
        assert desk.elsewhere == []
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_a_word_without_end_widens_no_page(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        id = await desk.send(**{**SMS, "body": "x" * 600})
        page = await desk.open("/")
        for path in ("/", "/messages", f"/messages/{id}", "/conversations", "/journal"):
            await _wide_and_light(page, desk.url + path)
            assert await _width(page) == []
            await _narrow_and_dark(page)
            assert await _width(page) == []

    chromium.at_a_desk(scene)


async def _see(desk: Desk, page: Any, path: str) -> list[str]:
    """What is wrong with a page, wide and light, then narrow and dark."""
    await _wide_and_light(page, desk.url + path)
    await page.evaluate(AXE)
    faults = await _faults(page, EVERYTHING)
    await _narrow_and_dark(page)
    return faults + await _faults(page, WHAT_A_LOOK_CHANGES)


async def _wide_and_light(page: Any, url: str) -> None:
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.goto(url)
    await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")


async def _narrow_and_dark(page: Any) -> None:
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 400, "height": 900})


async def _without_javascript(page: Any, url: str) -> list[str]:
    """What a page lacks where scripts are switched off."""
    answer = await page.goto(url)
    title = await page.locator("h1").first.inner_text()
    lost = await page.locator("form:not([action])").count()
    faults = {"no title": not title, f"status {answer.status}": answer.status != 200, "forms lead nowhere": lost > 0}
    return [f"{fault} without JavaScript" for fault, is_so in faults.items() if is_so]


async def _faults(page: Any, rules: dict[str, Any]) -> list[str]:
    result = await page.evaluate("rules => axe.run(rules)", rules)
    return await _width(page) + [_told(each) for each in result["violations"]]


async def _width(page: Any) -> list[str]:
    over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{over} pixels wider than the window"] if over > 0 else []


def _told(violation: dict[str, Any]) -> str:
    where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['impact']} {violation['id']}: {violation['help']} ({where})"
