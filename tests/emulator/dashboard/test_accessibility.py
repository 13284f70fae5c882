"""The pages of the dashboard and the guide as people see it: axe-core finds nothing, and nothing is wider than the window.

Each page is opened once, wide and light, and then turned narrow and dark, where only what depends on it is asked again.
`EVERY_PAGE=1` sees all pages, else those that tell a template.
"""

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
SHARES = 2
"""The pages are seen by so many tests, which run side by side."""


@pytest.mark.parametrize("share", range(SHARES))
def test_no_page_shuts_anybody_out_or_is_wider_than_its_window(chromium: Chromium, share: int):
    async def scene(desk: Desk) -> None:
        await fill(desk.client)
        page = await desk.open("/", bypass_csp=True)
        found: dict[str, list[str]] = {}
        for path in list((await some_places(desk.client)).values())[share::SHARES]:
            found[path] = await _see(desk, page, path)
        assert {path: faults for path, faults in found.items() if faults} == {}
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_a_word_without_end_widens_no_page(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        id = await desk.send(**{**SMS, "body": "x" * 600})
        page = await desk.open("/", bypass_csp=True)
        for path in ("/", "/messages", f"/messages/{id}", "/conversations", "/journal"):
            assert await _see(desk, page, path) == []

    chromium.at_a_desk(scene)


async def _see(desk: Desk, page: Any, path: str) -> list[str]:
    """What is wrong with a page, wide and light, then narrow and dark."""
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.goto(desk.url + path)
    await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
    await page.evaluate(AXE)
    faults = await _faults(page, EVERYTHING)
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 400, "height": 900})
    return faults + await _faults(page, WHAT_A_LOOK_CHANGES)


async def _faults(page: Any, rules: dict[str, Any]) -> list[str]:
    over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    wide = [f"{over} pixels wider than the window"] if over > 0 else []
    result = await page.evaluate("rules => axe.run(rules)", rules)
    return wide + [_told(each) for each in result["violations"]]


def _told(violation: dict[str, Any]) -> str:
    where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['impact']} {violation['id']}: {violation['help']} ({where})"
