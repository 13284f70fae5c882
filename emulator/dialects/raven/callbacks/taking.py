"""What a provider says -> what is written down about our message."""

from emulator.core.errors import StatusConflict
from emulator.core.journal import NoteEntry
from emulator.core.records import Recipient
from emulator.core.store import Store
from emulator.dialects.raven.callbacks.notices import Notice
from emulator.gateway.reporting import report
from emulator.gateway.world import World

# The journal also keeps the whole call, within bounds of its own; a note only has to be readable.
_MOST_CHARACTERS = 4_096


def take(world: World, tenant_id: str, notice: Notice) -> None:
    """Act on one notice. What concerns no message of the tenant's, or changes nothing, is only noted."""
    if notice.message_id is None:
        note(world, "callback about no message", notice.word, notice.raw)
        return
    recipient = _recipient(world.store, tenant_id, notice.message_id)
    if recipient is None:
        note(world, "callback about an unknown message", notice.message_id, notice.raw)
    elif notice.report is None:
        note(world, f"callback without effect: {notice.word}", recipient.id, notice.raw)
    else:
        _report(world, recipient, notice)


def note(world: World, kind: str, subject: str, text: str) -> None:
    """Write a note about a callback into the journal."""
    world.journal.add(world.clock.now, NoteEntry(kind, subject, text[:_MOST_CHARACTERS]))


def _report(world: World, recipient: Recipient, notice: Notice) -> None:
    assert notice.report is not None
    try:
        report(world, recipient.id, notice.report, raw=notice.raw, url=notice.url)
    except StatusConflict:
        # No provider has been given this message, so none can know it: a receipt from an earlier life of the id.
        note(world, "callback before the hand-over", recipient.id, notice.raw)


def _recipient(store: Store, tenant_id: str, message_id: str) -> Recipient | None:
    """Whom a provider's id means, with or without the angle brackets that some write around it only at times."""
    bare = message_id.removeprefix("<").removesuffix(">")
    for id in (message_id, bare, f"<{bare}>"):
        recipient = store.recipients_by_provider_id.get(id)
        if recipient is not None and store.messages[recipient.message_id].account_id == tenant_id:
            return recipient
    return None
