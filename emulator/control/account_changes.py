"""What can be changed of an account: checked first as a whole, then written.

The members that the core knows (money, status, senders, templates, webhooks …) are handled here. The rest are the
API's own settings: `Dialect.settings` says which there are, and `Dialect.amend` what becomes of them.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from emulator.control.problems import BadInput, Impossible
from emulator.core import wallet
from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.pricing import MICROS
from emulator.core.records import Account, Channel, Credential, Sender, Template, WebhookEndpoint
from emulator.gateway.world import World
from emulator.server.contract import load_contract
from emulator.server.contract.validators import Validators
from emulator.server.dialect import Dialect

_NAMED_SETTINGS = ("extra_providers", "contacts", "go_live")
_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")

Members = Mapping[str, Any]


class Changes:
    """The changes that a body asks for. To make one is to check it, so that a refusal leaves no trace.

    `account` is None for one that is yet to be provisioned. Raises `Impossible`, `InvalidFields`, `NotFound`.
    """

    def __init__(self, world: World, dialect: Dialect, account: Account | None, members: Members) -> None:
        self._world = world
        self._dialect = dialect
        self._members = members
        self._settings = _settings(dialect, members)
        _check_events(dialect, members.get("webhooks", ()))
        self._micros = _micros(members)
        self._revoked = _credential(world, account, members.get("revoke"))
        if self._micros is not None and not _has_money(world, dialect, account):
            raise Impossible(f"Messages of {dialect.title} cost nothing, so its accounts have no balance.")

    def apply(self, account: Account) -> Account:
        """Write the changes."""
        store, members = self._world.store, self._members
        if self._settings:
            # First: what the API alone can judge, it may still refuse.
            account = self._amend(account)
        account = store.accounts.put(
            replace(
                account,
                status=members.get("status", account.status),
                rate_limits=members.get("rate_limits", account.rate_limits),
            )
        )
        if self._micros is not None:
            self._set_balance(account, self._micros)
        if self._revoked is not None:
            store.credentials.put(replace(self._revoked, revoked_at=self._world.clock.now))
        if "senders" in members:
            _set_senders(self._world, account, members["senders"])
        if "templates" in members:
            _set_templates(self._world, account, members["templates"])
        if "webhooks" in members:
            _set_webhooks(self._world, account, members["webhooks"])
        return account

    def _amend(self, account: Account) -> Account:
        """Let the API take its settings, or carry them in the account's extras, where the API reads them."""
        if self._dialect.amend is not None:
            return self._dialect.amend(self._world, account, self._settings)
        return self._world.store.accounts.put(replace(account, extras={**account.extras, **self._settings}))

    def _set_balance(self, account: Account, micros: int) -> None:
        world = self._world
        if account.id in world.store.wallets:
            wallet.set_balance(world.store, world.ids, account.id, micros, at=world.clock.now)
        else:
            wallet.open_wallet(world.store, world.ids, account.id, account.currency, micros, at=world.clock.now)
        self._dialect.after_balance_set(world, account)


def _settings(dialect: Dialect, members: Members) -> dict[str, Json]:
    """The API's own settings that are asked for, each fitting its schema."""
    named = {name: members[name] for name in _NAMED_SETTINGS if name in members}
    asked: dict[str, Json] = {**members.get("settings", {}), **named}
    for name, value in asked.items():
        path = name if name in named else f"settings.{name}"
        schema = dialect.settings.get(name)
        if schema is None:
            known = ", ".join(dialect.settings) or "none"
            raise BadInput("body", path, f"{dialect.title} has no such setting; there are {known}")
        validator = Validators({}).compile(dict(schema))
        if not validator.is_valid(value):
            prefix = tuple(path.split(".", 1))
            raise InvalidFields([each._replace(path=(*prefix, *each.path)) for each in validator.problems(value)])
    return asked


def _check_events(dialect: Dialect, endpoints: Iterable[Members]) -> None:
    """Refuse an event that the API never tells: its endpoint would wait for ever. Raises `InvalidFields`."""
    asked = [
        (("webhooks", place, "events", number), event)
        for place, endpoint in enumerate(endpoints)
        for number, event in enumerate(endpoint.get("events", ()))
    ]
    known = load_contract(dialect.name).webhook_names if asked else ()
    problems = [FieldProblem(path, "enum", event, known) for path, event in asked if event not in known]
    if problems:
        raise InvalidFields(problems)


def _micros(members: Members) -> int | None:
    balance = members.get("balance")
    if balance is None:
        return None
    # A number may carry more digits than money has; the text of a float is the shortest that means it.
    return int((Decimal(str(balance)) * MICROS).to_integral_value())


def _has_money(world: World, dialect: Dialect, account: Account | None) -> bool:
    return dialect.policy.charging is not None or (account is not None and account.id in world.store.wallets)


def _credential(world: World, account: Account | None, id: str | None) -> Credential | None:
    if id is None:
        return None
    credential = world.store.credentials.get(id)
    if account is None or credential is None or credential.account_id != account.id:
        raise NotFound("credential", id)
    return credential


def _set_senders(world: World, account: Account, asked: Iterable[Members]) -> None:
    store = world.store
    left = {(each.channel, each.address.lower()): each for each in store.senders_by_account.get(account.id)}
    for (channel, key), each in {_sender_key(each): each for each in asked}.items():
        address: str = each["address"]
        known = left.pop((channel, key), None) or Sender(
            id=world.ids.uuid("sender"),
            account_id=account.id,
            channel=channel,
            address=address,
            created_at=world.clock.now,
        )
        store.senders.put(replace(known, address=address, two_way=each.get("two_way", False)))
    for gone in left.values():
        store.senders.delete(gone.id)


def _sender_key(sender: Members) -> tuple[Channel, str]:
    address: str = sender["address"]
    return Channel(sender.get("channel", "email" if "@" in address else "sms")), address.lower()


def _set_templates(world: World, account: Account, asked: Iterable[Members]) -> None:
    store = world.store
    left = {each.key: each for each in store.templates if each.account_id == account.id}
    for each in {each["key"]: each for each in asked}.values():
        known = left.pop(each["key"], None)
        store.templates.put(
            Template(
                id=known.id if known is not None else world.ids.uuid("template"),
                account_id=account.id,
                key=each["key"],
                text=each["text"],
                subject=each.get("subject"),
                html=each.get("html"),
                variables=tuple(each["variables"]) if "variables" in each else _places(each),
            )
        )
    for gone in left.values():
        store.templates.delete(gone.id)


def _places(template: Members) -> tuple[str, ...]:
    """The places of a template's parts, in the order in which they come, each once."""
    texts = (template.get(name) or "" for name in ("text", "subject", "html"))
    return tuple(dict.fromkeys(name for text in texts for name in _PLACE.findall(text)))


def _set_webhooks(world: World, account: Account, asked: Iterable[Members]) -> None:
    """Replace the account's endpoints; one with a known URL stays the same one, so that its retries go on."""
    store = world.store
    new_secret = world.policies[account.api].webhooks.new_secret
    left = {each.url: each for each in store.endpoints_by_account.get(account.id)}
    for each in {each["url"]: each for each in asked}.values():
        known = left.pop(each["url"], None) or WebhookEndpoint(
            id=world.ids.uuid("webhook endpoint"),
            api=account.api,
            account_id=account.id,
            url=each["url"],
            secret="",  # filled in below, from the body or anew
            created_at=world.clock.now,
        )
        secret = each.get("secret") or known.secret or new_secret(world.ids)
        store.endpoints.put(replace(known, secret=secret, event_types=tuple(each.get("events", ())), status="active"))
    for gone in left.values():
        store.endpoints.delete(gone.id)
