"""A public page -> HTML; refusals outside the API -> HTML; and what differs by host.

Every page is complete without script. Only here does the host count: nothing that the API answers may differ by it.
"""

from collections.abc import Mapping
from html import escape

from emulator.core.errors import InvalidFields, MessagingError, MethodNotAllowed
from emulator.dialects.tripdesk import evaluation_form, site
from emulator.dialects.tripdesk.refusals import refusal_of
from emulator.dialects.tripdesk.site import PublicPage
from emulator.dialects.tripdesk.vocabulary import PRODUCTION_HOST, SANDBOX_HOST
from emulator.server.dialect import Call, RawHeaders, Reply

ORIGIN = f"https://{PRODUCTION_HOST}"
"""What canonical addresses begin with, also those of the sandbox host."""

HTML = b"text/html; charset=utf-8"

_CHANGED_ON = "2026-06-01"
_NOINDEX: RawHeaders = ((b"x-robots-tag", b"noindex"),)

_STYLE = (
    "body{max-width:60rem;margin:0 auto;padding:0 1rem 2rem;font:1rem/1.5 system-ui,sans-serif}"
    "nav ul{display:flex;flex-wrap:wrap;gap:1rem;padding:0;list-style:none}"
    "pre{overflow:auto;padding:1rem;background:#f4f4f4}th{text-align:left;padding-right:1.5rem}"
    "label,fieldset{display:block;margin:.75rem 0}"
)

# Crawlers of search engines and AI tools that the vendor's page names: ChatGPT, Gemini, Claude, Perplexity.
_NAMED_CRAWLERS = ("GPTBot", "OAI-SearchBot", "ChatGPT-User", "Google-Extended", "ClaudeBot", "PerplexityBot")

_REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("The form cannot be read", "The form cannot be read."),
    404: ("Page not found", "There is no such page."),
    405: ("Method not allowed", "The page does not have this method."),
    413: ("The form is too large", "The form is larger than 256 KiB."),
    415: ("This is not a form", "The body is not marked as application/x-www-form-urlencoded."),
    500: ("Something went wrong", "Something went wrong inside."),
}
_OTHER_REFUSAL = ("This cannot be done", "The request was refused.")


def is_sandbox(call: Call) -> bool:
    """Whether the request was made to the sandbox host; any other host counts as production's."""
    host = call.header(b"host") or ""
    return host.partition(":")[0].lower() == SANDBOX_HOST


def render_page(call: Call, page: PublicPage, status: int = 200, *, is_canonical: bool = True) -> Reply:
    """A page as HTML. What is no page of its own (a refusal) has no canonical address."""
    canonical = f'<link rel="canonical" href="{ORIGIN}{page.path}">\n' if is_canonical else ""
    text = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(page.title)} - {site.NAME}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{escape(page.description)}">
{canonical}<style>{_STYLE}</style>
</head>
<body>
<header><nav aria-label="Site">
<ul>
{_links(call)}
</ul>
</nav></header>
<main>
<h1>{escape(page.title)}</h1>
{page.main}
</main>
<footer>{site.NAME}</footer>
</body>
</html>
"""
    return Reply(status, text.encode(), _NOINDEX if is_sandbox(call) else (), HTML)


def render_refusal(error: MessagingError, call: Call) -> Reply:
    """Say a refusal on a page; what is wrong with a form is said above the form."""
    status = refusal_of(error).status
    if isinstance(error, InvalidFields) and call.operation_id == "requestEvaluation":
        page = site.EVALUATION._replace(
            description="A field is missing or wrong.",
            main=evaluation_form.render_form(call.base_path, call.body, error.problems),
        )
        return render_page(call, page, status, is_canonical=False)
    title, description = _REFUSALS.get(status, _OTHER_REFUSAL)
    page = PublicPage(call.path, title, description, f"<p>{escape(description)}</p>")
    reply = render_page(call, page, status, is_canonical=False)
    if isinstance(error, MethodNotAllowed):
        allow = ", ".join(error.allow).encode()
        return Reply(reply.status, reply.body, ((b"allow", allow), *reply.headers), reply.content_type)
    return reply


def render_sitemap(call: Call) -> Reply:
    """The addresses of all pages on the production host; the sandbox host lists none."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    if is_sandbox(call):
        return Reply(200, f"{head}/>\n".encode(), (), b"application/xml")
    entries = "\n".join(
        f"<url><loc>{ORIGIN}{page.path}</loc><lastmod>{_CHANGED_ON}</lastmod></url>" for page in site.LISTED
    )
    return Reply(200, f"{head}>\n{entries}\n</urlset>\n".encode(), (), b"application/xml")


def render_robots(call: Call) -> Reply:
    """The rules for crawlers; the sandbox host is closed to all of them."""
    if is_sandbox(call):
        text = "User-agent: *\nDisallow: /\n"
    else:
        named = "\n".join(f"User-agent: {each}" for each in _NAMED_CRAWLERS)
        text = (
            "User-agent: *\nDisallow: /api/\nDisallow: /evaluation/thanks\n\n"
            f"{named}\nAllow: /\nDisallow: /api/\n\n"
            f"Sitemap: {ORIGIN}/sitemap.xml\n"
        )
    return Reply(200, text.encode(), (), b"text/plain; charset=utf-8")


def redirect(call: Call, status: int, path: str) -> Reply:
    """Send the caller to another address of the site, without a body."""
    location = f"{call.base_path}{path}".encode("latin-1")
    return Reply(status, b"", ((b"location", location),), None)


def _links(call: Call) -> str:
    return "\n".join(f'<li><a href="{escape(call.base_path)}{page.path}">{page.title}</a></li>' for page in site.LISTED)
