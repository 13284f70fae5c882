"""What the admin pages use: sends that wait for their outcome, top-ups, and what the partner API offers too."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from emulator.core import wallet
from emulator.core.pricing import MICROS
from emulator.core.records import Status
from emulator.dialects.tripdesk import sends
from emulator.dialects.tripdesk.handlers import account, conversations
from emulator.dialects.tripdesk.render import render_message
from emulator.server.dialect import Call, Handler, Reply, Wait, json_reply

LONGEST_WAIT = timedelta(seconds=10)

_PENDING = frozenset({Status.SCHEDULED, Status.QUEUED, Status.SENDING})


def send_and_confirm(call: Call) -> Wait:
    """Send a message, and answer with it once a provider took or refused it, or the wait is over (202).

    Source: the vendor's page, read 2026-11: "synchronous send-and-confirm flows". How long it waits is assumed.
    """
    world = call.world
    message = sends.accept(call)

    def is_settled() -> bool:
        return world.store.recipients[message.id].status not in _PENDING

    def confirm(_: Call) -> Reply:
        return json_reply(200 if is_settled() else 202, render_message(world, message))

    return Wait(is_settled, LONGEST_WAIT, confirm)


def top_up_wallet(call: Call) -> Reply:
    """Add money to the wallet."""
    world = call.world
    micros = int(Decimal(call.members["amount"]) * MICROS)
    entry = wallet.top_up(world.store, world.ids, call.owner.id, micros, at=call.now)
    return json_reply(201, account.render_transaction(world, entry))


HANDLERS: Mapping[str, Handler] = {
    "sendAndConfirm": send_and_confirm,
    "assignConversationAsAdmin": conversations.HANDLERS["assignConversation"],
    "topUpWallet": top_up_wallet,
    "listAuditLogAsAdmin": account.HANDLERS["listAuditLog"],
}
