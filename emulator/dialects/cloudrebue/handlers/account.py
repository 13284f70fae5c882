"""What the account can still spend, and moving it to a sub-account."""

from typing import Any

from emulator.core.errors import FieldProblem, Forbidden, InvalidFields, Json
from emulator.core.records import Account
from emulator.core.wallet import transfer, wallet_of
from emulator.dialects.cloudrebue import render
from emulator.dialects.cloudrebue.auth import profile_of
from emulator.dialects.cloudrebue.parse import whole
from emulator.dialects.cloudrebue.policy import MICROS_A_UNIT
from emulator.dialects.cloudrebue.vocabulary import API, FOREIGN_ACCOUNT, LEGACY, UNKNOWN_ACCOUNT
from emulator.server.dialect import Call, Reply, json_reply

_REFERENCE_LENGTH = 13  # Source: Cloud Rebue documentation, "Account", the samples, read 2026-11


def get_balance(call: Call) -> Reply:
    """Units or KES, by profile."""
    micros = wallet_of(call.world.store, call.owner.id).available_micros
    show = render.balance_legacy if profile_of(call.owner) == LEGACY else render.balance_rebuetext
    return json_reply(200, show(micros, call.now))


def top_up(call: Call) -> Reply:
    """Move units or KES to a sub-account, by profile."""
    return _top_up_units(call) if profile_of(call.owner) == LEGACY else _top_up_kes(call)


def _top_up_units(call: Call) -> Reply:
    units = int(_required(call, "units"))
    target = _sub_account(call)
    before = wallet_of(call.world.store, target.id).available_micros
    reference = _move(call, target, units * MICROS_A_UNIT)
    moved = render.topped_up_legacy(units=units, before_micros=before, reference=reference, now=call.now)
    return json_reply(200, moved)


def _top_up_kes(call: Call) -> Reply:
    cents = round(_required(call, "amount") * 100)
    target = _sub_account(call)
    micros = cents * render.MICROS_A_CENT
    reference = _move(call, target, micros)
    moved = render.topped_up_rebuetext(
        target.id,
        micros=micros,
        target_micros=wallet_of(call.world.store, target.id).available_micros,
        source_micros=wallet_of(call.world.store, call.owner.id).available_micros,
        reference=reference,
        now=call.now,
    )
    return json_reply(200, moved)


def _required(call: Call, name: str) -> Any:  # noqa: ANN401 - a number or its text, as the contract says
    """What the profile requires and the contract cannot. Raises `InvalidFields`."""
    value: Json = call.members.get(name)
    if value is None:
        raise InvalidFields([FieldProblem((name,), "required")])
    return value


def _sub_account(call: Call) -> Account:
    """The account to be topped up. Raises `Forbidden` if there is none, or it is not below this one."""
    account = call.world.store.accounts.get(str(whole(call.members["account_id"])))
    if account is None or account.api != API:
        raise Forbidden(UNKNOWN_ACCOUNT)
    if account.parent_id != call.owner.id:
        raise Forbidden(FOREIGN_ACCOUNT)
    return account


def _move(call: Call, target: Account, micros: int) -> str:
    """Move an amount; returns the caller's reference, or one made up. Raises `InsufficientFunds`."""
    ids = call.world.ids
    reference: str = call.members.get("topup_reference") or ids.hex("top-up", _REFERENCE_LENGTH)
    transfer(call.world.store, ids, call.owner.id, target.id, micros, subject=reference, at=call.now)
    return reference
