"""axe-core finds nothing on any page of the dashboard and the guide, light and dark, wide and narrow."""

from pathlib import Path
from typing import Any

import pytest

from tests.emulator.dashboard.desks import Chromium, Desk
from tests.emulator.dashboard.visiting import fill, places

# The package is taken for the script that it carries.
axe: Any = pytest.importorskip("axe_playwright_python", reason="there is no axe: pip install axe-playwright-python")
AXE = Path(axe.__path__[0], "axe.min.js").read_text()

LOOKS = {"light and wide": ("light", 1280), "dark and narrow": ("dark", 400)}


@pytest.mark.parametrize(("scheme", "width"), LOOKS.values(), ids=LOOKS.keys())
def test_no_page_shuts_anybody_out(chromium: Chromium, scheme: str, width: int):
    async def scene(desk: Desk) -> None:
        await fill(desk.client)
        page = await desk.open("/", color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
        found: dict[str, list[str]] = {}
        for path in (await places(desk.client)).values():
            answer = await page.goto(desk.url + path)
            assert answer.status == 200, path
            await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
            await page.evaluate(AXE)
            result = await page.evaluate("axe.run({ resultTypes: ['violations'], iframes: false })")
            if result["violations"]:
                found[path] = [_told(each) for each in result["violations"]]
        assert found == {}

    chromium.at_a_desk(scene)


def _told(violation: dict[str, Any]) -> str:
    where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
    return f"{violation['impact']} {violation['id']}: {violation['help']} ({where})"
