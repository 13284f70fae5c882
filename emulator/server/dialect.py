"""What a dialect is made of: a value, with values in and values out.

A dialect has no class hierarchy, no registration at import and no I/O. Its contract is the routing table: for each
operation of `openapi/<name>.yaml` the server looks up `handlers[operationId]`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from emulator.core.errors import Json, MalformedRequest, MessagingError
from emulator.core.rates import RateRule, RateState
from emulator.core.records import EMPTY, Account, Content, Credential, Message, Record, User
from emulator.gateway.policy import Policy
from emulator.gateway.world import World
from emulator.server.editing import Kind

if TYPE_CHECKING:
    from emulator.server.contract import Contract, Operation

Headers = Mapping[bytes, bytes]
"""A request's headers, names in lower case; of a repeated one the last."""

RawHeaders = tuple[tuple[bytes, bytes], ...]

JSON_TYPE = b"application/json"
ONE_MEBIBYTE = 1024 * 1024


class Reply(msgspec.Struct, frozen=True, gc=False):
    """A response not yet sent."""

    status: int
    body: bytes = b""
    headers: RawHeaders = ()
    content_type: bytes | None = JSON_TYPE


_encode = msgspec.json.Encoder().encode


def json_reply(status: int, value: object, headers: RawHeaders = ()) -> Reply:
    """A reply with a JSON body; members in the order of the value."""
    return Reply(status, _encode(value), headers)


_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Call(msgspec.Struct, eq=False):
    """One request on its way through the pipeline.

    The edge fills the first group. Each later attribute is written by the one stage named beside it, and only read
    afterwards. `base_path` is what stands before the vendor's path in addresses that lead back (`/w/x/acme`), and
    `origin` the scheme and host (`http://127.0.0.1:8026`).
    """

    dialect: "Dialect"
    contract: "Contract"
    world: World
    method: str
    raw_path: bytes
    raw_query: bytes
    raw_headers: Sequence[tuple[bytes, bytes]]
    headers: Headers
    raw_body: bytes
    too_large: bool = False
    base_path: str = ""
    origin: str = ""

    operation: "Operation | None" = None  # find_operation
    operation_id: str = ""  # find_operation
    parameters: Mapping[str, str] = _NO_PARAMETERS  # find_operation: path parameters
    credential: Credential | None = None  # the dialect's authenticate
    account: Account | None = None  # the dialect's authenticate
    user: User | None = None  # the dialect's authenticate
    rate: RateState | None = None  # limit_rate
    query: Mapping[str, Json] = EMPTY  # check_query
    body: Json = None  # decode_json, then the dialect's own folding
    idempotency_key: str | None = None  # recall
    fingerprint: bytes = b""  # recall
    request_id: str = ""  # the dialect, when it first names the request, if its API does so

    def find_operation(self) -> "Operation":
        """Find what is asked for, in the contract. Raises `UnknownPath`, `MethodNotAllowed`."""
        operation, self.parameters = self.contract.match(self.method, self.raw_path)
        self.operation, self.operation_id = operation, operation.id
        return operation

    @property
    def now(self) -> datetime:
        """The world's time in this stretch."""
        return self.world.clock.now

    @property
    def path(self) -> str:
        """The vendor's path as it was asked for, without mount or world."""
        return self.raw_path.decode("latin-1")

    @property
    def owner(self) -> Account:
        """The account that asks; only after `authenticate`."""
        assert self.account is not None
        return self.account

    @property
    def members(self) -> dict[str, Any]:
        """The body, which the contract says is an object; only after `check_body`."""
        assert isinstance(self.body, dict)
        return self.body

    @property
    def address(self) -> str:
        """Scheme, host, world and mount: what an address that leads back begins with."""
        return self.origin + self.base_path

    def header(self, name: bytes) -> str | None:
        """A header's value, or None. `name` is in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1").strip()

    def one_header(self, name: bytes) -> str | None:
        """As `header`, of one that may come once only. Raises `MalformedRequest`."""
        value = self.one_value(name)
        return None if value is None else value.decode("latin-1").strip()

    def one_value(self, name: bytes) -> bytes | None:
        """A header that may come once only, as it came. Raises `MalformedRequest` when it was sent with two values."""
        if len(self.headers) != len(self.raw_headers):
            values = {value for key, value in self.raw_headers if key.lower() == name}
            if len(values) > 1:
                raise MalformedRequest(f"duplicate header: {name.decode('latin-1')}")
        return self.headers.get(name)


Stage = Callable[[Call], Reply | None]
"""One check of a request. It raises a `MessagingError`, or returns a reply that ends the call early, or None."""


class Wait(msgspec.Struct, frozen=True, gc=False):
    """A handler's answer that is not there yet: `then` gives it once `until` holds, in a new stretch.

    The wait ends after `at_most` of the world's time at the latest; in the pace `held`, where time stands, also after
    as much real time. The call's idempotency key is in progress meanwhile. `told` is a webhook event that the wait is
    about: it is posted at once in every pace.
    """

    until: Callable[[], bool]
    at_most: timedelta
    then: Callable[[Call], Reply]
    told: str | None = None


Handler = Callable[[Call], Reply | Wait]


class Lazily(Mapping[str, Handler]):
    """Handlers that are imported with an API's first call: most servers are asked for one or two of their APIs."""

    __slots__ = ("_handlers", "_load")

    def __init__(self, load: Callable[[], Mapping[str, Handler]]) -> None:
        self._load = load
        self._handlers: Mapping[str, Handler] | None = None

    def _loaded(self) -> Mapping[str, Handler]:
        if self._handlers is None:
            self._handlers = self._load()
        return self._handlers

    def __getitem__(self, operation_id: str) -> Handler:
        """The handler of an operation. Raises `KeyError`."""
        return (self._handlers or self._loaded())[operation_id]

    def __iter__(self) -> Iterator[str]:
        """The operations."""
        return iter(self._loaded())

    def __len__(self) -> int:
        """How many operations there are."""
        return len(self._loaded())


class Idempotency(Record, frozen=True, kw_only=True):
    """How an API repeats an answer.

    `key_of` gives the caller's key bound to its space (account, environment, path family), or None if the call has
    none. `fingerprint` is what must be equal. `keeps` tells from a status whether the answer is remembered.
    """

    key_of: Callable[[Call], str | None]
    fingerprint: Callable[[Call], bytes]
    lifetime: timedelta
    keeps: Callable[[int], bool] = lambda status: 200 <= status < 300
    replay_headers: RawHeaders = ()


class AccountCard(Record, frozen=True, kw_only=True):
    """What a stranger needs to use an account: listed by `GET /_emulator/apis` and `parrotfish apis`.

    `credentials` maps a security scheme of the contract to the headers that prove it; the first is the one to show.
    `session` is the scheme of a session, which `Dialect.sign_in` gives when somebody asks for one. `parameters` holds
    a working one of each thing that paths and bodies need.
    """

    id: str
    name: str
    environment: str
    credentials: Mapping[str, Mapping[str, str]]
    parameters: Mapping[str, Json]
    session: str | None = None
    fixtures: Mapping[str, Json] = EMPTY


def _as_sent(_world: World, message: Message, _base_url: str) -> Content:
    return message.content


def _no_headers(_: Call) -> RawHeaders:
    return ()


def _not_noted(_call: Call, _reply: Reply) -> None:
    return None


def _no_kinds() -> tuple[Kind, ...]:
    return ()


def _nothing_follows(_world: World, _account: Account) -> None:
    return None


class Dialect(Record, frozen=True, kw_only=True):
    """One emulated API.

    `name` is also the mount path and the name of `openapi/<name>.yaml`; `hosts` are the vendor's real host names.
    `stages` run in this order before the handler. `find_token` reads from the headers what selects a world, without
    judging it. `furnish` puts the fixtures into a new world; `describe` lists them (accounts, ready to use).
    `reply_headers` are added to every reply. `note_reply` sees each final reply with its call, replays and refusals
    included, in the stretch that made it: an audit log is written there. `sign_in` gives a fresh session's headers for
    a user of an account.

    `render_content` is what the person gets to see of a message, where that is more than what was sent (links that lead
    back, an unsubscribe link); it gets the address with which links begin.

    For the control API: `provision` makes an account of a name that none has, with one credential for each security
    scheme and a wallet where there is money. `settings` are what can be chosen for an account, each with the JSON
    schema of its value (without references). `amend` takes those that a caller chose, already checked, and returns the
    account as it put it; without it they are merged into `Account.extras`, where the dialect reads them.
    `after_balance_set` is told when a balance was set by hand.

    `kinds` is what people edit in the dashboard, loaded when somebody looks.
    """

    name: str
    title: str
    hosts: tuple[str, ...]
    policy: Policy
    stages: tuple[Stage, ...]
    handlers: Mapping[str, Handler]
    render_error: Callable[[MessagingError, Call], Reply]
    find_token: Callable[[Headers], str | None]
    furnish: Callable[[World], None]
    describe: Callable[[World], tuple[AccountCard, ...]]
    idempotency: Idempotency | None = None
    body_limit: int = ONE_MEBIBYTE
    reply_headers: Callable[[Call], RawHeaders] = _no_headers
    note_reply: Callable[[Call, Reply], None] = _not_noted
    render_content: Callable[[World, Message, str], Content] = _as_sent
    sign_in: Callable[[World, Account, str | None], tuple[Mapping[str, str], datetime]] | None = None
    provision: Callable[[World, str], Account] | None = None
    settings: Mapping[str, Mapping[str, Json]] = msgspec.field(default_factory=dict[str, Mapping[str, Json]])
    amend: Callable[[World, Account, Mapping[str, Json]], Account] | None = None
    after_balance_set: Callable[[World, Account], None] = _nothing_follows
    kinds: Callable[[], tuple[Kind, ...]] = _no_kinds


RateRuleOf = Callable[[Call], RateRule | None]
