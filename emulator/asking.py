"""Questions to the control API of a running emulator, for the command line."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

_WORLD = re.compile(r"(?:/w/[^/]+)?")


class NotAnswered(Exception):
    """Nobody answered, or not as an emulator does; the text says where and why."""


def ask(url: str, control_token: str | None) -> Any:  # noqa: ANN401 - JSON of the control API
    """The JSON that is answered to a GET. Raises `NotAnswered`."""
    headers = {"Authorization": f"Bearer {control_token}"} if control_token else {}
    try:
        with urlopen(Request(url, headers=headers), timeout=10) as answer:  # noqa: S310 - the caller has checked it
            return json.load(answer)
    except HTTPError as error:
        raise NotAnswered(f"{url} answers {error.code}: {_refused_because(error)}") from None
    except (URLError, OSError) as error:
        raise NotAnswered(f"{url} cannot be reached: {getattr(error, 'reason', error)}") from None
    except (ValueError, KeyError):
        raise NotAnswered(f"{url} answers something that is not Parrotfish") from None


def listed(directory: Mapping[str, Any]) -> Iterator[str]:
    """What `GET /_emulator/apis` answers, in lines for people."""
    for api in directory["apis"]:
        yield f"{api['title']}  {api['base_url']}"
        for account in api["accounts"]:
            yield f"  {account['name']} ({account['environment']}, id {account['id']})"
            yield from (f"    {name}: {value}" for name, value in account["headers"].items())
            yield from (f"    {name} = {value}" for name, value in account["parameters"].items())
            for webhook in account.get("webhooks", ()):
                signed = f"signed with {webhook['secret']}" if webhook["secret"] else "not signed"
                yield f"    webhook {webhook['url']}, {signed}"


def emulator_above(url: str, control_token: str | None) -> str | None:
    """The address of the emulator into which a URL leads too deep, by an API's mount for instance; None if it does not.

    Only a URL with a path of its own, a world's aside, is asked about.
    """
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    world = _WORLD.match(path)
    base = world.group() if world is not None else ""
    root = f"{parts.scheme}://{parts.netloc}{base}"
    if path == base or _is_emulator(url.rstrip("/"), control_token) or not _is_emulator(root, control_token):
        return None
    return root


def _is_emulator(url: str, control_token: str | None) -> bool:
    try:
        health = ask(f"{url}/_emulator/health", control_token)
    except NotAnswered:
        return False
    return isinstance(health, dict) and "world" in health


def _refused_because(error: HTTPError) -> str:
    """What a control API says of its refusal, or what is to be thought of any other answer."""
    try:
        return json.load(error)["detail"]
    except (ValueError, KeyError, TypeError):
        return f"{error.reason}; the address of an emulator, or its /w/<world>, is expected"
