"""A status -> what leads to it, whatever the API: calls with one thing wrong, or a fault."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

from emulator.harness.coverage.calls import JSON, Shot

TOO_LARGE_BYTES = ((1 << 20) + 1,)
FAULTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"429": {"rate_limit": {"limit": 1, "per": "1h"}}, "500": {"status": 500}, "503": {"status": 503}}
)
"""What nothing but a load or a failure brings about is brought about by a fault of the emulator."""

_METHODS = ("POST", "GET", "PUT", "DELETE", "PATCH")
_UNKNOWN_IDS = ("00000000-0000-4000-8000-000000000000", "nobody", "0")
_MANY = 10_001
_OTHER_ORIGIN = "http://elsewhere.example"
_OTHER_HOST = "elsewhere.example"

Recipe = Callable[[Shot], Iterator[Shot]]


def without_credentials(shot: Shot) -> Iterator[Shot]:
    """401: nobody."""
    yield shot.having(credentials={})
    yield shot.having(credentials={name: f"{value}x" for name, value in shot.credentials.items()})


def malformed(shot: Shot) -> Iterator[Shot]:
    """400: a body that is no JSON, a parameter that is none, a header that cannot be used."""
    if shot.body is not None or shot.method in ("POST", "PUT", "PATCH"):
        yield shot.having(body=b'{"', content_type=JSON)
        yield shot.having(body=b"[]", content_type=JSON)
        yield shot.having(body=b"{}", content_type=JSON)
    yield from _odd_queries(shot)
    for name in ("Idempotency-Key", "X-Idempotency-Key"):
        yield shot.having(headers={**shot.headers, name: "k" * 3000})
    yield shot.having(headers={**shot.headers, "Idempotency-Key": "one", "X-Idempotency-Key": "two"})
    yield from _without_headers(shot)
    for name, value in shot.credentials.items():
        yield shot.having(twice={name: f"{value}x"})


def invalid(shot: Shot) -> Iterator[Shot]:
    """422: ids, parameters and members that no schema lets through."""
    for name in shot.path:
        yield shot.having(path={**shot.path, name: "not-an-id"})
    yield from _odd_queries(shot)
    if shot.body is not None:
        yield shot.having(body=b"{}", content_type=JSON)
        yield shot.having(body=b'{"no_such_member": 1}', content_type=JSON)
        yield shot.having(body=json.dumps(_spoiled(shot.body)).encode(), content_type=JSON)
        yield shot.having(body=json.dumps(_crowded(shot.body)).encode(), content_type=JSON)


def unknown(shot: Shot) -> Iterator[Shot]:
    """404: ids that lead nowhere."""
    for name in reversed(list(shot.path)):
        for other in _UNKNOWN_IDS:
            yield shot.having(path={**shot.path, name: other})
        if len(shot.path[name]) > 1:
            yield shot.having(path={**shot.path, name: _turned(shot.path[name])})


def other_method(shot: Shot) -> Iterator[Shot]:
    """405: a method that the path does not have."""
    for method in _METHODS:
        yield shot.having(method=method, body=None, content_type=None)


def too_large(shot: Shot) -> Iterator[Shot]:
    """413: more than is read."""
    for size in TOO_LARGE_BYTES:
        yield shot.having(body=b'{"text": "' + b"x" * size + b'"}', content_type=shot.content_type or JSON)


def other_type(shot: Shot) -> Iterator[Shot]:
    """415: a content type that is not read."""
    yield shot.having(body=shot.body or b"x", content_type="text/plain")


def elsewhere(shot: Shot) -> Iterator[Shot]:
    """403: a page of another origin."""
    yield shot.having(headers={**shot.headers, "Origin": _OTHER_ORIGIN, "Sec-Fetch-Site": "cross-site"})


def other_host(shot: Shot) -> Iterator[Shot]:
    """421: a host that the server does not answer for."""
    yield shot.having(headers={**shot.headers, "Host": _OTHER_HOST})


def again_with_another_body(shot: Shot) -> Iterator[Shot]:
    """409: a used idempotency key."""
    for name in ("Idempotency-Key", "X-Idempotency-Key"):
        key = {**shot.headers, name: f"{shot.operation.id}-{name}"[:60]}
        yield shot.having(headers=key)
        other = {**_object(shot.body), "parrotfish": 1} if shot.body is not None else {"parrotfish": 1}
        yield shot.having(headers=key, body=json.dumps(other).encode(), content_type=JSON)
    yield shot
    yield shot


RECIPES: Mapping[str, tuple[Recipe, ...]] = MappingProxyType(
    {
        "400": (malformed,),
        "401": (without_credentials,),
        "403": (elsewhere, unknown),
        "404": (unknown,),
        "405": (other_method,),
        "409": (again_with_another_body,),
        "413": (too_large,),
        "415": (other_type,),
        "421": (other_host,),
        "422": (invalid,),
    }
)


def _odd_queries(shot: Shot) -> Iterator[Shot]:
    for parameter in shot.operation.parameters:
        if parameter["in"] == "query":
            for value in ("%", "-1", "x" * 600, ""):
                yield shot.having(query={**shot.query, parameter["name"]: value})
    yield shot.having(query={**shot.query, "no_such_parameter": "1"})
    for name in shot.query:
        yield shot.having(query={each: value for each, value in shot.query.items() if each != name})


def _without_headers(shot: Shot) -> Iterator[Shot]:
    for parameter in shot.operation.parameters:
        if parameter["in"] == "header":
            names = {name: value for name, value in shot.headers.items() if name != parameter["name"]}
            keys = {name: value for name, value in shot.credentials.items() if name != parameter["name"]}
            yield shot.having(headers=names, credentials=keys)
    for name in shot.credentials:
        if name.lower() not in ("authorization", "cookie"):
            keys = {each: value for each, value in shot.credentials.items() if each != name}
            yield shot.having(credentials=keys)


def _spoiled(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    return {name: {"": [0]} for name in _object(body)}


def _crowded(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Every list with more elements than any is allowed."""
    members = _object(body).items()
    return {name: cast("list[Any]", value)[:1] * _MANY if isinstance(value, list) else value for name, value in members}


def _object(body: bytes) -> dict[str, Any]:
    try:
        value: object = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _turned(id: str) -> str:
    return id[:-1] + ("0" if id[-1:] != "0" else "1")
