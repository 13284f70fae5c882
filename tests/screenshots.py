"""`python -m tests.screenshots FOLDER`: a picture of each page of the dashboard and the guide, in all four looks."""

import sys
from pathlib import Path

from tests.emulator.dashboard.desks import Chromium, Desk, missing
from tests.emulator.dashboard.visiting import fill, places


def main() -> None:
    """Write the pictures, a few hundred, into a folder."""
    advice = missing() if len(sys.argv) == 2 else "expected one argument, the folder to write into"
    if advice is not None:
        sys.exit(advice)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)

    async def scene(desk: Desk) -> None:
        await fill(desk.client)
        for scheme in ("light", "dark"):
            for width in (1280, 400):
                page = await desk.open("/", color_scheme=scheme, viewport={"width": width, "height": 800})
                for name, path in (await places(desk.client)).items():
                    await page.goto(desk.url + path)
                    await page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)

    with Chromium() as browser:
        browser.at_a_desk(scene)


if __name__ == "__main__":
    main()
