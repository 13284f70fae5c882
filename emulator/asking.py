"""A question to the control API of a running emulator, for the command line."""

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen


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


def _refused_because(error: HTTPError) -> str:
    """What a control API says of its refusal, or what is to be thought of any other answer."""
    try:
        return json.load(error)["detail"]
    except (ValueError, KeyError, TypeError):
        return f"{error.reason}; the address of an emulator, or its /w/<world>, is expected"
