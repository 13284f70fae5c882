"""Who owns messages and money, who may ask, and what an account sends with."""

from collections.abc import Mapping
from datetime import datetime

from emulator.core.errors import Json
from emulator.core.records.base import EMPTY, Channel, Record


class Account(Record, frozen=True, kw_only=True):
    """Who owns messages and money, in one API. `parent_id` is the account it is a part of.

    `status` is `requested`, `active` or `suspended`. `extras` are the dialect's own words, carried and never
    interpreted by the core.
    """

    id: str
    api: str
    name: str
    created_at: datetime
    status: str = "active"
    currency: str = ""
    parent_id: str | None = None
    rate_limits: bool | None = None
    extras: Mapping[str, Json] = EMPTY


class Credential(Record, frozen=True, kw_only=True):
    """What proves an account (or a person at it) in a request.

    `token` is what is looked up; `kind` is a security scheme of the contract. `owned` is False for the second way
    in of another world's fixtures: the well-known token, valid behind the world's prefix only.
    """

    id: str
    token: str
    api: str
    account_id: str
    kind: str
    created_at: datetime
    environment: str = "live"
    name: str = ""
    scopes: tuple[str, ...] = ()
    user_id: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    rate_limit_per_minute: int | None = None
    owned: bool = True


class User(Record, frozen=True, kw_only=True):
    """A person who signs in."""

    id: str
    api: str
    email: str
    name: str | None
    password: str = ""
    created_at: datetime


class Membership(Record, frozen=True, kw_only=True):
    """What a user may do in an account. `role` and `status` are the dialect's words."""

    id: str
    user_id: str
    account_id: str
    role: str
    status: str = "active"


class Connection(Record, frozen=True, kw_only=True):
    """A provider that an account has connected for a channel.

    `public` may be shown, `secret` never. `status` is `unverified`, `verified` or `error`.
    """

    id: str
    account_id: str
    provider: str
    channel: Channel
    label: str
    public: Mapping[str, Json] = EMPTY
    secret: Mapping[str, Json] = EMPTY
    status: str = "unverified"
    created_at: datetime


class Sender(Record, frozen=True, kw_only=True):
    """A number, name or address that an account may send from. `two_way` tells whether people can write to it."""

    id: str
    account_id: str
    channel: Channel
    address: str
    two_way: bool = False
    created_at: datetime


class Template(Record, frozen=True, kw_only=True):
    """A text with `{{name}}` places, by key."""

    id: str
    account_id: str
    key: str
    variables: tuple[str, ...]
    text: str
    subject: str | None = None
    html: str | None = None


class Resource(Record, frozen=True, kw_only=True):
    """Something that only one dialect knows: a sending domain, an address book's group.

    `key` is its natural key within account and kind, if it has one. `content` is the dialect's own.
    """

    id: str
    account_id: str
    kind: str
    created_at: datetime
    key: str | None = None
    content: Mapping[str, Json] = EMPTY
