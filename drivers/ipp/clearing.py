"""Jobs of ours that must never print any more: canceled, and seen to be (ipp.md §9.7, §9.9)."""

from __future__ import annotations

from drivers.contract import Clock, DiscardFailed
from drivers.ipp.dialogue import Dialogue, QueueRefused
from drivers.ipp.jobs import NAME_PREFIX, Laid
from drivers.ipp.seen import JobSeen, JobState, PrinterSeen, PrinterState
from drivers.models import Model

#: What the start hook writes into printers.conf beside `State Stopped` (`cups/printstation-stop-queue`). Only
#: a stop that bears this mark is lifted by us; any other was somebody's decision.
START_MARK = "stopped by printstation at start"


def ours(jobs: tuple[JobSeen, ...]) -> tuple[JobSeen, ...]:
    """Those that this program laid, in this life or an earlier one."""
    return tuple(job for job in jobs if job.name.startswith(NAME_PREFIX))


def cancel_leftovers(dialogue: Dialogue, *, moving: bool) -> None:
    """Cancel every job of ours that waits; with `moving` also one that is being processed."""
    for job in ours(dialogue.jobs()):
        if moving or job.state is not JobState.PROCESSING:
            dialogue.cancel(job.id)


def resume_after_start(dialogue: Dialogue, printer: PrinterSeen) -> bool:
    """Lift the stop of the start hook when nothing waits in the queue; whether it was lifted. A queue that
    does not let us says so as *stopped*, until a person lets it go on."""
    marked = printer.state is PrinterState.STOPPED and START_MARK in printer.message
    if not marked or dialogue.jobs():
        return False
    try:
        dialogue.resume()
    except QueueRefused:
        return False
    return True


def clear(dialogue: Dialogue, model: Model, clock: Clock, laid: Laid | None) -> JobSeen | None:
    """Cancel all that is ours until none of it can print and the queue rests (7 *and* P3).

    Returns the job in hand as it ended, None where the queue does not know it any more. Raises
    `DiscardFailed` with what stands in the way after `discard_s`, or at once where only a person can help.
    """
    end = clock.monotonic() + model.discard_s
    while True:
        waiting = ours(dialogue.jobs())
        for job in waiting:
            dialogue.cancel(job.id)
        last = dialogue.job(laid.id) if laid is not None else None
        mine = last if laid is not None and laid.is_ours(last) else None
        printer = dialogue.printer(brief=True)
        if not waiting and (mine is None or mine.over):
            if printer.state is PrinterState.IDLE:
                return mine
            lifted = resume_after_start(dialogue, printer)
            if printer.state is PrinterState.STOPPED and not lifted:
                raise DiscardFailed(_in_the_way(waiting, printer))  # only a person lets it go on
        if clock.monotonic() >= end:
            raise DiscardFailed(_in_the_way(waiting, printer))
        clock.sleep(model.near_end_interval_s)


def _in_the_way(waiting: tuple[JobSeen, ...], printer: PrinterSeen) -> str:
    jobs = "".join(f", job {job.id} {job.state.name.lower()}" for job in waiting)
    return (
        f"the queue is {printer.state.name.lower()} after a cancel{jobs} {printer.message}".strip()
    )
