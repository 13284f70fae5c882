"""The dashboard: what people see in a browser at `/`, and always also at `/_emulator/ui/`.

It reads a world, and changes it through the operations of the control API; what accounts have is changed through the
emulated API where that can do it, else as the dialect does it.

    app.py         which requests are the dashboard's; all that is imported at start
    site.py        guard, route, form, page; imported with the first page
    visit.py       one request for a page, and what it can reach
    asking.py      an operation of the control API, called in this process
    templates.py   Jinja: the environment and its filters
    forms.py       fields of a dialect <-> a form without JavaScript
    changing.py    a change by hand: through the API where it can do it, else as the dialect does it
    sending.py     a request to an emulated API, made in this process
    examples.py    requests that work, from the contracts
    reference.py   a contract as pages; seen.py what of it was called
    schemas.py     a schema as rows; rules.py what it asks, in words
    stories.py     who plays stories, as the pages see him
    mail.py        a mail as a page in a frame, and as it travels
    rich.py        cards, media and suggestions out of whatever an API calls them
    pages/         one module for each page or group of pages
"""

from emulator.dashboard.app import Dashboard, create_dashboard, make_ready

__all__ = ["Dashboard", "create_dashboard", "make_ready"]
