"""A person writes to an account."""

from emulator.core import suppressions
from emulator.core.errors import Json, StatusConflict
from emulator.core.journal import NoteEntry
from emulator.core.records import Channel, InboundMessage, Record
from emulator.gateway import telling
from emulator.gateway.world import World


class Inbound(Record, frozen=True, kw_only=True):
    """What a person writes: `person` to the account's `sender`."""

    api: str
    account_id: str
    channel: Channel
    person: str
    sender: str
    text: str | None
    environment: str = "live"
    in_reply_to: str | None = None
    external_id: str | None = None
    rich: Json = None


def receive(world: World, said: Inbound) -> InboundMessage:
    """Take an inbound message: conversation, opt-out, and the account is told.

    Raises `StatusConflict` where nobody can write to this sender.
    """
    policy = world.policies[said.api]
    facts = (world, said.account_id, said.channel, said.sender)
    if not policy.receives(*facts):
        raise StatusConflict("sender", f"{said.sender or 'this account'} cannot receive", "inbound message")
    person = policy.normal_address(said.channel, said.person)
    message = InboundMessage(
        id=policy.new_inbound_id(world),
        api=said.api,
        account_id=said.account_id,
        environment=said.environment,
        channel=said.channel,
        sender=person,
        recipient=said.sender,
        text=said.text,
        created_at=world.clock.now,
        in_reply_to=said.in_reply_to,
        external_id=said.external_id,
        rich=said.rich,
    )
    message = world.store.inbound.put(policy.take_inbound(world, message))
    world.journal.add(world.clock.now, NoteEntry("inbound", message.id, said.text or ""))
    if said.text and suppressions.is_stop_word(said.text) and policy.opt_outs(*facts):
        opt_out(world, said.api, said.account_id, said.channel, person, said.environment)
    telling.enqueue_all(world, policy.announce_inbound(world, message), api=said.api, account_id=said.account_id)
    return message


def opt_out(world: World, api: str, account_id: str, channel: Channel, person: str, environment: str) -> None:
    """Enter a person's wish not to be written to again."""
    suppressions.suppress(
        world.store,
        world.ids,
        account_id,
        channel,
        person,
        world.policies[api].opt_out_reason,
        at=world.clock.now,
        environment=environment,
    )
