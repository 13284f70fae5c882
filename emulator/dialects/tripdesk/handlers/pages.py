"""The public site: its pages, its sitemap, its rules for crawlers, and the way from old addresses to clean ones."""

from collections.abc import Mapping

from emulator.core.errors import UnknownPath
from emulator.dialects.tripdesk import site
from emulator.dialects.tripdesk.pages import redirect, render_page, render_robots, render_sitemap
from emulator.dialects.tripdesk.site import PublicPage
from emulator.server.dialect import Call, Handler, Reply

_CLEAN_ADDRESSES: Mapping[str, str] = {"index": "/", **{page.path[1:]: page.path for page in site.LISTED[1:]}}


def redirect_to_clean_address(call: Call) -> Reply:
    """Lead from `/page.html`, `/page.php` and `/page/` to `/page`; the query is kept.

    Raises `UnknownPath` for what is no page.
    """
    path = _CLEAN_ADDRESSES.get(call.parameters["page"])
    if path is None:
        raise UnknownPath(call.method, call.path)
    return _redirect(call, path)


def redirect_index(call: Call) -> Reply:
    """Lead from `/index` to `/`; the query is kept."""
    return _redirect(call, "/")


def _redirect(call: Call, path: str) -> Reply:
    query = f"?{call.raw_query.decode('latin-1')}" if call.raw_query else ""
    return redirect(call, 301, path + query)


def _showing(page: PublicPage) -> Handler:
    return lambda call: render_page(call, page)


HANDLERS: Mapping[str, Handler] = {
    "showHome": _showing(site.HOME),
    "showDevelopers": _showing(site.DEVELOPERS),
    "showChannels": _showing(site.CHANNELS_PAGE),
    "showPricing": _showing(site.PRICING),
    "showSecurity": _showing(site.SECURITY),
    "showContact": _showing(site.CONTACT),
    "showEvaluationThanks": _showing(site.THANKS),
    "getSitemap": render_sitemap,
    "getRobots": render_robots,
    "redirectIndex": redirect_index,
    "redirectHtmlAddress": redirect_to_clean_address,
    "redirectPhpAddress": redirect_to_clean_address,
    "redirectTrailingSlash": redirect_to_clean_address,
}
