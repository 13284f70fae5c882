"""One request: contract, the dialect's stages, its handler, the journal. One synchronous stretch."""

import logging
from collections.abc import Callable
from itertools import chain

from emulator.core.errors import InternalFault, MessagingError, NotEmulated
from emulator.core.journal import MOST_BODY_BYTES, CallEntry
from emulator.gateway.timers import catch_up
from emulator.server.dialect import Call, Reply, Wait
from emulator.server.stages import mark_in_progress, remember

log = logging.getLogger("parrotfish")


def answer(call: Call) -> Reply | Wait:
    """Answer a request whose body has been read: the timers that are due run first, then the call.

    A refusal is said in the API's own envelope; anything else that is raised is a bug of ours, logged with its
    traceback and answered with the API's own 500. An answer that is not there yet comes from `finish`.
    """
    return stretch(call, run_call)


def finish(call: Call, wait: Wait) -> Reply:
    """Give the answer that a call waited for, in a new stretch."""

    def run(call: Call) -> Reply:
        reply = wait.then(call)
        remember(call, reply)
        return reply

    reply = stretch(call, run)
    assert isinstance(reply, Reply)
    return reply


def abandon(call: Call) -> Reply:
    """Answer a call whose world was reset while it waited: nobody knows any more what it asked for."""
    return call.dialect.render_error(InternalFault(), call)


def stretch(call: Call, run: Callable[[Call], Reply | Wait]) -> Reply | Wait:
    """Run something for a call in one stretch, with what is due before it and the journal after it."""
    try:
        catch_up(call.world)
        reply = run(call)
    except MessagingError as error:
        reply = _refuse(call, error)
    except Exception:
        log.exception("%s %s failed", call.method, call.path)
        reply = _refuse(call, InternalFault())
    if isinstance(reply, Reply):
        call.dialect.note_reply(call, reply)
        _write_down(call, reply)
    return reply


def _refuse(call: Call, error: MessagingError) -> Reply:
    """Say a refusal in the API's words; some APIs keep it for the idempotency key of the call."""
    reply = call.dialect.render_error(error, call)
    if call.idempotency_key is not None:
        remember(call, reply)
    return reply


def run_call(call: Call) -> Reply | Wait:
    """Do a call: its operation, the dialect's stages, the handler. Raises what it is refused with."""
    operation = call.find_operation()
    if not operation.emulated:
        raise NotEmulated(operation.id)
    for stage in call.dialect.stages:
        early = stage(call)
        if early is not None:
            return early
    reply = call.dialect.handlers[operation.id](call)
    if call.idempotency_key is not None:
        if isinstance(reply, Wait):
            mark_in_progress(call)
        else:
            remember(call, reply)
    return reply


def _write_down(call: Call, reply: Reply) -> None:
    world = call.world
    world.journal.add(
        world.clock.now,
        CallEntry(
            call.dialect.name,
            call.operation_id or None,
            call.account.id if call.account is not None else None,
            call.method,
            call.raw_path,
            call.raw_query,
            b"\n".join(chain.from_iterable(call.raw_headers)),
            call.raw_body if len(call.raw_body) <= MOST_BODY_BYTES else call.raw_body[:MOST_BODY_BYTES],
            reply.status,
            reply.body if len(reply.body) <= MOST_BODY_BYTES else reply.body[:MOST_BODY_BYTES],
        ),
    )
