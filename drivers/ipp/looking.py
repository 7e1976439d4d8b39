"""What a look at the queue comes to, in the words of the contract. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.contract import Condition, Reason, Status
from drivers.ipp.check import Finding
from drivers.ipp.codes import read_all
from drivers.ipp.following import Sight
from drivers.ipp.seen import JobSeen, PrinterSeen, PrinterState


def when_idle(
    printer: PrinterSeen, foreign: Sequence[JobSeen], findings: Sequence[Finding]
) -> Status:
    """No card of ours is in hand: whether one may be fed, else everything that forbids it, the worst first."""
    read = read_all(printer.reasons)
    stops = [*_queue_stops(printer, foreign, findings), *(r.reason for r in read if r.stops)]
    rest = [r.reason for r in read if not r.stops]
    raw = _raw(printer)
    if stops:
        return Status(Condition.STOPPED, (*stops, *rest), raw)
    busy = printer.state is PrinterState.PROCESSING
    return Status(Condition.BUSY if busy else Condition.READY, tuple(rest), raw)


def _queue_stops(
    printer: PrinterSeen, foreign: Sequence[JobSeen], findings: Sequence[Finding]
) -> list[Reason]:
    found: list[Reason] = []
    if foreign:
        numbers = " ".join(str(job.id) for job in foreign)
        found.append(Reason("queue-not-ours", f"jobs {numbers}"))
    found += _stopped(printer)
    if blocking := [finding for finding in findings if finding.blocks]:
        words = (f"{f.setting} is {f.found}, wanted {f.wanted}" for f in blocking)
        found.append(Reason("queue-misconfigured", "; ".join(words)))
    return found


def _stopped(printer: PrinterSeen) -> list[Reason]:
    if printer.state is not PrinterState.STOPPED and printer.accepting:
        return []
    said = printer.message or ("stopped" if printer.accepting else "accepts no jobs")
    return [Reason("queue-stopped", said)]


def in_hand(sight: Sight, printer: PrinterSeen) -> Status:
    """Our job was released: what it shows, and an error of the printer, which ends the watch as well.

    Behind what ended the watch stands all that a person has to see to before the queue can be cleared (§9.7).
    """
    raw = _raw(printer)
    errors = tuple(read.reason for read in read_all(printer.reasons) if read.error)
    if sight.condition is Condition.STOPPED and sight.reason is not None:
        told = {reason.keyword for reason in errors}
        more = (reason for reason in _stopped(printer) if reason.keyword not in told)
        return Status(Condition.STOPPED, (sight.reason, *errors, *more), sight.reason.raw)
    if errors:
        return Status(Condition.STOPPED, errors, raw)
    rests = printer.state is PrinterState.IDLE
    done = sight.condition is Condition.READY and rests
    return Status(Condition.READY if done else Condition.BUSY, (), raw)


def _raw(printer: PrinterSeen) -> str:
    words = (f"queue {printer.state.name.lower()}", *printer.reasons, printer.message)
    return " ".join(word for word in words if word)[:500]
