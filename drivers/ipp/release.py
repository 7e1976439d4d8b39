"""Letting a laid job go: the one request that moves a card, and what to do when its answer is lost."""

from __future__ import annotations

from drivers.contract import Clock, DeviceGone, FeedBroken, NotUnderstood, TransferTimeout
from drivers.ipp.dialogue import Dialogue, QueueRefused
from drivers.ipp.jobs import Laid
from drivers.ipp.seen import JobState
from drivers.memory import FeedMemory
from drivers.models import Model
from drivers.transports.http import HttpPort

#: Release-Job is sent so often to a job that is still held and has never run.
TRIES = 3
#: After these a request may have been carried out all the same (ipp.md §3).
LOST = (DeviceGone, TransferTimeout, NotUnderstood)


def release(
    dialogue: Dialogue,
    port: HttpPort,
    clock: Clock,
    model: Model,
    memory: FeedMemory,
    laid: Laid,
) -> bool:
    """Rule 3: Release-Job; answer lost: ask; still held and never run: once more; else it has begun.

    Returns whether its end can still prove anything: what began unseen may have run before. Raises
    `FeedBroken` when it cannot be released, and what the connection raises when it cannot be asked.
    """
    for _ in range(TRIES):
        try:
            dialogue.release(laid.id)
        except QueueRefused as refused:
            if _still_held(dialogue, laid):
                raise FeedBroken(f"the job cannot be released: {refused}") from refused
            break
        except LOST:
            if not _held_after_loss(dialogue, port, clock, model, memory, laid):
                break
        else:
            _sent(memory, laid)
            return True
    else:
        memory.doubt(laid.staged.size)
        raise FeedBroken(f"the answer to a release was lost {TRIES} times")
    _sent(memory, laid)
    return False


def _sent(memory: FeedMemory, laid: Laid) -> None:
    memory.acknowledge(laid.staged.size)
    memory.finish()


def _held_after_loss(
    dialogue: Dialogue,
    port: HttpPort,
    clock: Clock,
    model: Model,
    memory: FeedMemory,
    laid: Laid,
) -> bool:
    """Ask over a new connection, for `reply_s`; without an answer the card is in doubt."""
    end = clock.monotonic() + model.reply_s
    while True:
        try:
            port.reopen()
            return _still_held(dialogue, laid)
        except LOST:
            if clock.monotonic() >= end:
                memory.doubt(laid.staged.size)
                raise
        clock.sleep(model.near_end_interval_s)


def _still_held(dialogue: Dialogue, laid: Laid) -> bool:
    job = dialogue.job(laid.id)
    return job is not None and laid.is_ours(job) and job.state is JobState.HELD and job.never_ran


def send_unheld(
    dialogue: Dialogue,
    port: HttpPort,
    clock: Clock,
    model: Model,
    memory: FeedMemory,
    laid: Laid,
) -> bool:
    """A printer that holds no jobs (ipp.md §10): there Send-Document *is* the feed, and is never repeated."""
    try:
        dialogue.send(laid.id, model.ipp.format, laid.staged.payload, model.send_s)
    except QueueRefused as refused:
        raise FeedBroken(f"the document is not taken: {refused}") from refused
    except LOST as lost:
        memory.doubt(laid.staged.size)
        raise FeedBroken(f"the document may have arrived: {lost}") from lost
    _sent(memory, laid)
    return True
