"""Compose: a request from an example of the contract, sent as the account, with the API's own answer."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.control.problems import BadInput
from emulator.dashboard.examples import Example, curl, examples_of
from emulator.dashboard.frame import framed
from emulator.dashboard.sending import Answer, request
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

_PATH = re.compile(r"/[!-~]*")


async def show(visit: Visit) -> Reply:
    """Choose API, account and example, and fill in the request."""
    return await _form(visit, visit.query, None)


async def send(visit: Visit) -> Reply:
    """Send the request, and show the answer below it."""
    form = visit.form
    api, account, example = await _chosen(visit, form)
    path = form.get("path", "").strip()
    if not _PATH.fullmatch(path):
        raise BadInput("body", "path", "expected a path, such as /v1/messages")
    url = api["base_url"] + path
    headers = {**example.headers_for(account), **_extra_headers(form.get("headers", ""))}
    body = form.get("body", "").replace("\r\n", "\n")
    answer = await request(visit.apis, "POST", url, headers, body.encode("utf-8", "replace"))
    return await _form(visit, form, answer, command=curl(url, headers, body))


async def _form(visit: Visit, chosen: Mapping[str, str], answer: Answer | None, command: str = "") -> Reply:
    api, account, example = await _chosen(visit, chosen)
    filled = msgspec.json.format(msgspec.json.encode(example.value), indent=2).decode()
    return await framed(
        visit,
        "compose.html",
        apis=_served(visit),
        api=api,
        place=api["accounts"].index(account),
        example=example,
        examples=_examples(visit, api["name"]),
        path=chosen.get("path") or example.path_for(account),
        headers=chosen.get("headers", ""),
        body=chosen.get("body") or filled,
        command=command or example.as_curl(api["base_url"], account),
        answer=answer,
    )


async def _chosen(visit: Visit, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any], Example]:
    """The API, the account and the example that were chosen; the first ones, where none was."""
    name = form.get("api") or _served(visit)[0].name
    listed = await visit.ask("listApis") if form.get("body") else await _without_sessions(visit)
    api = next((each for each in listed["apis"] if each["name"] == name), None)
    if api is None or not api["accounts"]:
        raise BadInput("query", "api", "there is no such API with an account")
    place = form.get("account", "0")
    accounts = api["accounts"]
    account = accounts[int(place)] if place.isdecimal() and int(place) < len(accounts) else accounts[0]
    examples = _examples(visit, name)
    example = next((each for each in examples if each.key == form.get("example")), examples[0])
    return api, account, example


async def _without_sessions(visit: Visit) -> Any:  # noqa: ANN401 - JSON
    """Looking signs nobody in; the session comes with the request."""
    from emulator.control.overview import directory  # noqa: PLC0415 - beside its only use

    return directory(_served(visit), visit.world, visit.address, only=visit.server.only, sessions=False)


def _served(visit: Visit) -> list[Any]:
    return [each.dialect for each in visit.server.apis.values() if visit.server.only in (None, each.dialect.name)]


def _examples(visit: Visit, api: str) -> tuple[Example, ...]:
    return examples_of(visit.server.apis[api.encode()].contract)


def _extra_headers(text: str) -> dict[str, str]:
    lines = [line.partition(":") for line in text.splitlines() if ":" in line]
    return {name.strip(): value.strip() for name, _, value in lines if name.strip().isascii() and value.isascii()}
