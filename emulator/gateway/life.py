"""A message's life after acceptance: its provider is called, answers or does not, and reports.

Each function here is what a timer does; `timers.py` has the table.
"""

from datetime import timedelta

from msgspec.structs import replace

from emulator.core import suppressions
from emulator.core.journal import NoteEntry
from emulator.core.links import first_link
from emulator.core.records import Event, EventType, Message, Origin, Recipient, Status
from emulator.gateway import inbound, retries, rules, strays
from emulator.gateway.policy import Policy, Screening
from emulator.gateway.reporting import enter, report
from emulator.gateway.speaking import SANDBOX, can_report, can_say, voice_of
from emulator.gateway.world import World
from emulator.providers import catalogue
from emulator.providers.reasons import Reason
from emulator.providers.script import (
    Accept,
    Ending,
    NoAnswer,
    Refuse,
    Reply,
    Report,
    Script,
    ServerError,
    failure_of,
    place_after,
    place_of_call,
    settled,
)

# Before Python 3.12 an enum's member costs as much as a call; these are asked for with each message.
_SENDING, _SENT, _CLICKED, _ANSWER = EventType.SENDING, EventType.SENT, EventType.CLICKED, Origin.ANSWER
_BEFORE_HAND_OVER = frozenset({Status.SCHEDULED, Status.QUEUED})
_GIVEN_UP = frozenset({Status.CANCELED, Status.EXPIRED})
_ON_THE_WAY = frozenset({Status.SENDING, Status.SENT})
_AT_ONCE = timedelta()
_NOT_ENDED = _BEFORE_HAND_OVER | _ON_THE_WAY


def hand_over(world: World, recipient_id: str, _step: int) -> None:
    """Call the provider, for the first time or again. A suppressed recipient ends here, without a call."""
    recipient = world.store.recipients.rows.get(recipient_id)
    if recipient is None or recipient.status not in _NOT_ENDED:
        return
    message = world.store.messages.rows[recipient.message_id]
    policy = world.policies[message.api]
    if recipient.status in _BEFORE_HAND_OVER:
        begun = _begin(world, policy, message, recipient)
        if begun is None:
            return
        recipient = begun
    else:
        recipient = world.store.recipients.put(replace(recipient, attempt=recipient.attempt + 1))
    script = script_of(world, policy, message, recipient)
    # A script begins with the answer to the first call.
    place = 0 if recipient.attempt == 1 else place_of_call(script, recipient.attempt)
    _schedule(world, policy, message, recipient, script, place, first=True)


def expire(world: World, recipient_id: str, _step: int) -> None:
    """End a message whose validity has run out before anybody confirmed it."""
    recipient = world.store.recipients.rows.get(recipient_id)
    if recipient is None or recipient.status not in _NOT_ENDED:
        return
    message = world.store.messages[recipient.message_id]
    event = Event(type=EventType.EXPIRED, at=world.clock.now, reason=Reason.ABSENT_SUBSCRIBER)
    enter(world, message, recipient, event)


def _begin(world: World, policy: Policy, message: Message, recipient: Recipient) -> Recipient | None:
    """Screen the recipient, choose script and provider, and note that the provider is being called."""
    now = world.clock.now
    known = suppressions.find(world.store, message.account_id, message.channel, recipient.address, message.environment)
    reason = known.reason if known is not None else None
    name = "blocked"
    if reason is None:
        name = choose_script(world, policy, message, recipient)
        if _find_script(world, policy, message, recipient, name).blocks:
            reason = policy.held_back(message) or policy.opt_out_reason
    if reason is not None:
        if policy.screening is Screening.AT_HANDOVER:
            suppressed = replace(recipient, suppression_reason=reason)
            enter(world, message, suppressed, Event(type=EventType.SUPPRESSED, at=now, reason=reason))
            return None
        name = "blocked"
    provider, connection_id = policy.choose_provider(world, message, recipient)
    chosen = replace(recipient, script=name, provider=provider, connection_id=connection_id, attempt=1)
    return enter(world, message, chosen, Event(type=_SENDING, at=now))


def choose_script(world: World, policy: Policy, message: Message, recipient: Recipient) -> str:
    """The script's name: what a rule says, else what the account's state calls for, the address's own, the default."""
    return (
        (rules.choose(world, message, recipient) if world.store.rules.rows else None)
        or policy.choose_script(world, message, recipient)
        or catalogue.magic_outcome(message.channel, recipient.address)
        or policy.default_script
    )


def script_of(world: World, policy: Policy, message: Message, recipient: Recipient) -> Script:
    """The provider script in force for a recipient that has been handed over."""
    script = _find_script(world, policy, message, recipient, recipient.script or policy.default_script)
    return script if script.either is None else settled(script, recipient.id)


def _find_script(world: World, policy: Policy, message: Message, recipient: Recipient, name: str) -> Script:
    own = policy.scripts.get(name)
    if own is not None:
        return own
    if name.startswith(rules.PREFIX):
        return rules.script_named(world, name, recipient.id)
    return catalogue.script(name, message.channel)


def _schedule(
    world: World,
    policy: Policy,
    message: Message,
    recipient: Recipient,
    script: Script,
    place: int,
    *,
    first: bool = False,
) -> None:
    """Let a step of the script fall due.

    A first step counts from acceptance, which the hand-over follows; a repeated call is answered as quickly.
    """
    if place >= len(script.steps):
        return
    step, clock = script.steps[place], world.clock
    if message.expires_at is not None and type(step) is Report and step.at_validity:
        clock.call_at(message.expires_at, "script", recipient.id, place)
        return
    if type(step) is NoAnswer and step.ending is Ending.HELD:
        span = min(step.hold, policy.provider_timeout)
    elif first:
        span = max(step.after - policy.pick_up_after, _AT_ONCE)
    else:
        span = step.after
    clock.call_at(clock.now + span, "script", recipient.id, place)


def run_step(world: World, recipient_id: str, place: int) -> None:
    """Do one step of a recipient's script; what was canceled meanwhile has no more of them."""
    recipient = world.store.recipients.rows.get(recipient_id)
    if recipient is None or recipient.status in _GIVEN_UP:
        return
    message = world.store.messages.rows[recipient.message_id]
    policy = world.policies[message.api]
    script = script_of(world, policy, message, recipient)
    step = script.steps[place]
    if isinstance(step, Accept):
        _accept(world, message, recipient)
    elif isinstance(step, Report):
        if _report(world, policy, message, recipient, step):
            return
    elif isinstance(step, Refuse):
        _refuse(world, message, recipient, step)
    elif isinstance(step, ServerError | NoAnswer):
        _fail_call(world, policy, message, recipient, step)
        return
    else:
        _reply(world, policy, message, recipient, step)
    following = place_after(script, place, recipient.attempt) if policy.retry_soft_bounces else place + 1
    _schedule(world, policy, message, recipient, script, following)


def run_stray_step(world: World, recipient_id: str, place: int) -> None:
    """Do one step about the message that a provider took without our knowing."""
    recipient = world.store.recipients.get(recipient_id)
    if recipient is not None:
        message = world.store.messages[recipient.message_id]
        script = script_of(world, world.policies[message.api], message, recipient)
        strays.run_step(world, script, message, recipient, place)


def _accept(world: World, message: Message, recipient: Recipient) -> None:
    taken = replace(
        recipient,
        provider_message_id=recipient.provider_message_id or make_provider_id(world, recipient),
        cost_micros=0 if recipient.provider == SANDBOX else recipient.price_micros,
    )
    event = Event(type=_SENT, at=world.clock.now, origin=_ANSWER, attempt=recipient.attempt)
    enter(world, message, taken, event)
    if recipient.connection_id is not None:
        _verify(world, recipient.connection_id)


def _verify(world: World, connection_id: str) -> None:
    """A provider that took a message has accepted the account's credentials."""
    connection = world.store.connections.get(connection_id)
    if connection is not None and connection.status == "unverified":
        world.store.connections.put(replace(connection, status="verified"))


def _refuse(world: World, message: Message, recipient: Recipient, step: Refuse) -> None:
    event = Event(
        type=EventType.FAILED,
        at=world.clock.now,
        origin=Origin.ANSWER,
        hard=True,
        reason=step.reason,
        code=step.code,
        diagnostic=step.diagnostic,
        attempt=recipient.attempt,
    )
    enter(world, message, recipient, event)


def _fail_call(
    world: World, policy: Policy, message: Message, recipient: Recipient, step: ServerError | NoAnswer
) -> None:
    reason, answered, code = failure_of(step)
    spans = policy.provider_retries
    type = EventType.RETRY_SCHEDULED if recipient.attempt <= len(spans) else EventType.FAILED
    origin = Origin.ANSWER if answered else Origin.PLATFORM
    event = Event(type=type, at=world.clock.now, origin=origin, reason=reason, code=code, attempt=recipient.attempt)
    enter(world, message, recipient, event)
    if isinstance(step, NoAnswer) and step.taken:
        strays.follow(world, recipient, script_of(world, policy, message, recipient))
    if type is EventType.RETRY_SCHEDULED:
        wait = spans[recipient.attempt - 1]
        if isinstance(step, ServerError) and step.retry_after is not None:
            wait = max(wait, step.retry_after)
        world.clock.call_in(wait, "hand-over", recipient.id)


def _report(world: World, policy: Policy, message: Message, recipient: Recipient, step: Report) -> bool:
    """Let the provider report; whether that ends the call, so that what follows is the next call's."""
    voice = voice_of(recipient)
    if not can_report(policy, message, voice, step.type):
        _note_left_out(world, recipient, f"{recipient.provider} never reports {step.type.value}")
        return False
    if step.unknown_id:
        strays.note(world, message, recipient, step)
        return False
    if recipient.provider_message_id is None:
        # A receipt that overtakes the answer already names the id that the answer will give.
        recipient = world.store.recipients.put(
            replace(recipient, provider_message_id=make_provider_id(world, recipient))
        )
    url = first_link(message.content) if step.type is _CLICKED else None
    origin = voice.reports_as if can_say(voice, step.type) else Origin.PLATFORM
    report(world, recipient.id, step, origin=origin, url=url)
    if not retries.ends_call(policy, recipient, step):
        return False
    retries.call_again(world, policy, message, recipient.id, step)
    return True


def _reply(world: World, policy: Policy, message: Message, recipient: Recipient, step: Reply) -> None:
    facts = (world, message.account_id, message.channel, message.sender)
    suggestion = policy.first_suggestion(message) if step.taps_first else None
    if suggestion is None and not step.text:
        return
    if policy.receives(*facts):
        inbound.receive(
            world,
            inbound.Inbound(
                api=message.api,
                account_id=message.account_id,
                channel=message.channel,
                person=recipient.address,
                sender=message.sender or "",
                text=step.text if suggestion is None else None,
                rich=None if suggestion is None else {"suggestion": suggestion},
                environment=message.environment,
                in_reply_to=message.id,
            ),
        )
    elif suggestion is None and suppressions.is_stop_word(step.text) and policy.opt_outs(*facts):
        inbound.opt_out(world, message.api, message.account_id, message.channel, recipient.address, message.environment)
    else:
        _note_left_out(world, recipient, f"nobody receives replies at {message.sender or 'this sender'}")


def _note_left_out(world: World, recipient: Recipient, why: str) -> None:
    """Say in the journal that a step of a rule came to nothing. A magic recipient's steps hold for all channels."""
    if recipient.script is not None and recipient.script.startswith(rules.PREFIX):
        world.journal.add(world.clock.now, NoteEntry("step left out", recipient.id, f"{recipient.script}: {why}"))


def make_provider_id(world: World, recipient: Recipient) -> str:
    """The id that the recipient's provider gives the message."""
    return voice_of(recipient).message_id(world.ids)
