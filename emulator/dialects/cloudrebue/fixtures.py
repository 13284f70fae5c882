"""What a new world holds of this API, how a stranger uses it, and further accounts.

The samples of the documentation work with nothing but host and phone digits changed: token, senders, client id.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emulator.core import wallet
from emulator.core.errors import Json
from emulator.core.ids import derived_secret, derived_uuid
from emulator.core.records import Account, Channel, Credential, Sender
from emulator.dialects.cloudrebue.auth import SCHEME
from emulator.dialects.cloudrebue.policy import MICROS_A_UNIT
from emulator.dialects.cloudrebue.vocabulary import API, LEGACY, REBUETEXT
from emulator.gateway.world import World
from emulator.server.dialect import AccountCard

CURRENCY = "units"
ON_DEMAND_SENDER = "22999"

_UNITS = 100_000
_TOKEN_LENGTH = 32


class _Fixture(NamedTuple):
    """One account with its sub-account. Ids are the numbers that bodies show."""

    id: str
    name: str
    profile: str
    token: str
    sub_account_id: str


_FIXTURES = (
    # The token of the documentation's samples.
    _Fixture("1", "Cloud Rebue", LEGACY, "123456789", "2"),
    _Fixture("3", "rebuetext", REBUETEXT, "987654321", "4"),
)
_SENDERS = (("CLOUD_REBUE", False), ("BizTxt", False), (ON_DEMAND_SENDER, True))


SETTINGS: Mapping[str, Mapping[str, Json]] = {
    "profile": {"enum": [LEGACY, REBUETEXT]},
    "callback_url": {"type": ["string", "null"], "pattern": "^https?://[^\\s]+$"},
}
"""What can be chosen for an account; kept in its extras."""


def furnish(world: World) -> None:
    """Put the accounts of both profiles into a new world, each with senders, units, a token and a sub-account."""
    for fixture in _FIXTURES:
        account = _open_account(world, fixture.id, fixture.name, fixture.profile)
        _open_wallet(world, account, _UNITS)
        _assign_senders(world, account)
        _issue_tokens(world, account, fixture.token)
        branch = _open_account(world, fixture.sub_account_id, f"{fixture.name} branch", fixture.profile, account.id)
        _open_wallet(world, branch, 0)


def provision(world: World, name: str) -> Account:
    """Make a legacy account with what those of a new world have, but no sub-account. Its id is the next free number."""
    number = max(int(account.id) for account in world.store.accounts_by_api.get(API)) + 1
    account = _open_account(world, str(number), name, LEGACY)
    _open_wallet(world, account, _UNITS)
    _assign_senders(world, account)
    _issue_token(world, account, _own_token(world, account))
    return account


def _open_account(world: World, id: str, name: str, profile: str, parent_id: str | None = None) -> Account:
    account = Account(
        id=id,
        api=API,
        name=name,
        created_at=world.clock.now,
        currency=CURRENCY,
        parent_id=parent_id,
        extras={"profile": profile, "callback_url": None},
    )
    return world.store.accounts.put(account)


def _open_wallet(world: World, account: Account, units: int) -> None:
    wallet.open_wallet(world.store, world.ids, account.id, CURRENCY, units * MICROS_A_UNIT, at=world.clock.now)


def _assign_senders(world: World, account: Account) -> None:
    for address, on_demand in _SENDERS:
        sender = Sender(
            id=derived_uuid(API, account.id, address),
            account_id=account.id,
            channel=Channel.SMS,
            address=address,
            two_way=on_demand,
            created_at=world.clock.now,
        )
        world.store.senders.put(sender)


def _issue_tokens(world: World, account: Account, known_token: str) -> None:
    """The well-known token in the default world; elsewhere one of its own, and that one behind the prefix."""
    if world.is_default:
        _issue_token(world, account, known_token)
        return
    _issue_token(world, account, _own_token(world, account))
    _issue_token(world, account, known_token, owned=False)


def _own_token(world: World, account: Account) -> str:
    return derived_secret(API, world.name, account.name, length=_TOKEN_LENGTH)


def _issue_token(world: World, account: Account, token: str, *, owned: bool = True) -> None:
    credential = Credential(
        id=derived_uuid(API, account.id, "own token" if owned else "well-known token"),
        token=token,
        api=API,
        account_id=account.id,
        kind=SCHEME,
        created_at=world.clock.now,
        owned=owned,
    )
    world.store.credentials.put(credential)


def describe(world: World) -> tuple[AccountCard, ...]:
    """The accounts of a world that have a token, ready to use."""
    accounts = world.store.accounts_by_api.get(API)
    return tuple(card for account in accounts if (card := _card(world, account)) is not None)


def _card(world: World, account: Account) -> AccountCard | None:
    tokens = world.store.credentials_by_account.get(account.id)
    credential = next((each for each in tokens if each.owned and each.revoked_at is None), None)
    if credential is None:
        return None
    headers = {"Authorization": f"Bearer {credential.token}"}
    senders = tuple(world.store.senders_by_account.get(account.id))
    return AccountCard(
        id=account.id,
        name=account.name,
        environment=credential.environment,
        credentials={SCHEME: headers},
        parameters=_parameters(world, account, senders),
        fixtures={"senders": [sender.address for sender in senders]},
    )


def _parameters(world: World, account: Account, senders: Sequence[Sender]) -> dict[str, Json]:
    accounts = world.store.accounts_by_api.get(API)
    found: dict[str, str | None] = {
        "sender": next((each.address for each in senders if not each.two_way), None),
        "on_demand_sender": next((each.address for each in senders if each.two_way), None),
        "account_id": next((each.id for each in accounts if each.parent_id == account.id), None),
    }
    return {name: value for name, value in found.items() if value is not None}
