"""Reports about provider messages that nobody here knows.

A provider may take a message and break the connection before it says so: it then has a message of its own, and
reports about it under an id that was never given to us. Such a report changes nothing; it is written into the journal.
"""

from emulator.core.journal import NoteEntry
from emulator.core.records import Event, Message, Origin, Recipient
from emulator.gateway.speaking import can_report, voice_of
from emulator.gateway.world import World
from emulator.providers.script import Report, Script, place_after_answer
from emulator.providers.voice import Facts


def follow(world: World, recipient: Recipient, script: Script) -> None:
    """Let the provider go on with a message that it took without saying so."""
    place = place_after_answer(script)
    if place < len(script.steps):
        world.clock.call_in(script.steps[place].after, "stray", recipient.id, place)


def run_step(world: World, script: Script, message: Message, recipient: Recipient, place: int) -> None:
    """Do one step of a script for the message that nobody knows, and let the next one fall due."""
    step = script.steps[place]
    policy = world.policies[message.api]
    if isinstance(step, Report) and can_report(policy, message, voice_of(recipient), step.type):
        note(world, message, recipient, step)
    if place + 1 < len(script.steps):
        world.clock.call_in(script.steps[place + 1].after, "stray", recipient.id, place + 1)


def note(world: World, message: Message, recipient: Recipient, step: Report) -> None:
    """Write down what the provider posted about a message id that nobody was given."""
    from emulator.providers.voices import stray_payload  # noqa: PLC0415 - not before the first provider answers: 30 ms

    event = Event(
        type=step.type,
        at=world.clock.now,
        origin=Origin.RECEIPT,
        hard=step.hard,
        reason=step.reason,
        code=step.code,
        diagnostic=step.diagnostic,
    )
    connection = world.store.connections.get(recipient.connection_id) if recipient.connection_id else None
    said = stray_payload(Facts(message, recipient, event, len(recipient.events), connection))
    if said is not None:
        world.journal.add(world.clock.now, NoteEntry("report about an unknown id", recipient.id, said.body))
