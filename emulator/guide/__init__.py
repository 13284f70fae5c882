"""The guide: the Markdown pages of `emulator/docs/`, served as HTML, as Markdown, and as an index for machines.

pages.py        the pages, in their order
rendering.py    Markdown -> HTML
site.py         paths -> answers, and the ASGI app that has them
"""

from emulator.guide.site import Guide, answer

__all__ = ["Guide", "answer"]
