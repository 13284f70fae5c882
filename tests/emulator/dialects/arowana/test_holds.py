"""Money over a long random walk: the ledger, the holds and the wallet never disagree."""

from contextlib import suppress
from random import Random
from typing import Any

import pytest

from emulator.core.errors import StatusConflict
from emulator.core.records import Channel, EventType
from emulator.core.wallet import LedgerKind, top_up
from emulator.gateway import reporting
from emulator.providers.reasons import Reason
from emulator.providers.script import Report
from tests.emulator.dialects.arowana.conftest import MAIL, SMS, TEXT, Api, a_world

NEWS = {**TEXT, "message_type": "NEWSLETTER"}
ANSWER = {**TEXT, "message_type": "CONVERSATION"}
MAGIC = (*range(17), 19, 20, 21, 24, 25, 26, 27, 28, 29)
PHONES = [
    *(f"+120255501{number:02d}" for number in MAGIC),
    *(f"+49151000000{number:02d}" for number in range(30)),
]
MAILS = ["bounce", "soft-bounce", "expired", "timeout", "deliver", "open-click", "late-bounce", "silent"]


def check_money(api: Api) -> None:
    """The ledger sums to the balance, the recipients' holds to the reserved part, and nothing is negative."""
    store, wallet = api.world.store, api.wallet
    balance = held = 0
    for entry in store.ledger_by_account.get(api.account.id):
        kind = LedgerKind(entry.kind)
        if kind in (LedgerKind.HOLD, LedgerKind.RELEASE):
            held += entry.amount_micros
        elif kind is LedgerKind.CAPTURE:
            balance += entry.amount_micros
            held += entry.amount_micros
        else:
            balance += entry.amount_micros
        assert (entry.balance_micros, entry.held_micros) == (balance, held)
        assert 0 <= held <= balance
    mine = [store.recipients[id] for id in store.messages_by_account.ids(api.account.id)]
    assert (wallet.balance_micros, wallet.held_micros) == (balance, held)
    assert sum(each.hold_micros for each in mine) == held
    spent = sum(each.charged_micros for each in mine)
    assert spent == -sum(
        entry.amount_micros for entry in store.ledger_by_account.get(api.account.id) if entry.kind == LedgerKind.CAPTURE
    )
    for each in mine:
        assert each.hold_micros + each.charged_micros in (0, each.price_micros)


def a_send(chance: Random) -> dict[str, Any]:
    phone = chance.choice(PHONES)
    kind = chance.random()
    if kind < 0.35:
        return {
            **TEXT,
            "to": phone,
            "content": {"text": "a" * chance.choice((5, 200))},
            "ttl": chance.choice(("30s", "1h")),
        }
    if kind < 0.5:
        return {**NEWS, "to": phone}
    if kind < 0.7:
        return {**ANSWER, "to": phone}
    if kind < 0.8:
        return {**SMS, "to": phone}
    return {**MAIL, "to": f"{chance.choice(MAILS)}@simulator.example"}


def a_report(api: Api, chance: Random, ids: list[str]) -> None:
    """A late, early or contradictory report about any message."""
    id = chance.choice(ids[-200:])
    channel = api.message(id).channel
    types = sorted(api.world.policies["arowana"].reports[channel])
    step = Report(type=chance.choice(types), hard=chance.random() < 0.5, reason=chance.choice(list(Reason)))
    # Nobody can report on what was never handed over, or was taken back.
    with suppress(StatusConflict):
        reporting.report(api.world, id, step)


@pytest.mark.parametrize("seed", [1, 2])
def test_after_many_sends_failures_expiries_and_revokes_all_sums_agree(seed: int):
    chance = Random(seed)
    api = Api(a_world())
    consent = {"channel_type": "RCS", "message_type": "NEWSLETTER", "status": "GRANTED"}
    api.amend(sms=True, contacts=[{"phone": phone, "consents": [consent]} for phone in PHONES])
    statuses: set[tuple[int, str]] = set()
    ids: list[str] = []
    for step in range(5_000):
        roll = chance.random()
        if roll < 0.7:
            reply = api.send(a_send(chance))
            statuses.add((reply.status, "" if reply.status == 200 else reply.error))
            if reply.status == 200:
                ids.append(reply.json["message_id"])
        elif roll < 0.78:
            api.reply(person=chance.choice(PHONES))
        elif roll < 0.86 and ids:
            api.delete(f"/v1/messages/{chance.choice(ids[-50:])}")
        elif roll < 0.93 and ids:
            a_report(api, chance, ids)
        elif roll < 0.99:
            api.advance(chance.choice((0.5, 3, 30, 600)))
        else:
            api.advance(hours=chance.choice((5, 30)))
        if api.wallet.available_micros < 100_000 and chance.random() < 0.05:
            top_up(api.world.store, api.world.ids, api.account.id, 20_000_000, at=api.world.clock.now)
        if step % 500 == 0:
            check_money(api)
    check_money(api)

    assert {
        (200, ""),
        (402, "insufficient_balance"),
        (422, "no_active_session"),
        (422, "recipient_suppressed"),
    } <= statuses
    assert (429, "daily_limit_reached") in statuses

    # In the end no hold is left but those of mails that stay sent for ever.
    api.advance(days=40)
    check_money(api)
    left = [api.message(id) for id in ids if api.recipient(id).hold_micros]
    assert {message.channel for message in left} <= {Channel.EMAIL}
    assert EventType.CANCELED in {event.type for id in ids for event in api.recipient(id).events}
