"""What is known of a printer that this station does not drive: what its rows say, read when somebody asks."""

from __future__ import annotations

from printstation.lifecycle.answers import QuestionReason
from printstation.spool.duty import Duty, due, worked
from printstation.spool.view import PrinterState, PrinterView, SeenReason
from printstation.spool.watch import blocks
from printstation.store import feeds, questions, units
from printstation.store.engine import Store

#: The words that stand where a device has its model and family.
OUTSIDE = "outside"


def outside_view(store: Store, name: str, duty: Duty) -> PrinterView:
    """This printer as its rows are: at work while a card that was printed there waits for its fate."""
    found: list[str] = []
    with store.read() as conn:
        paused, count_due = units.holds(conn, name)
        moving = feeds.unsettled(conn, printer=name)
        asked = {question.reason for question in questions.open_ones(conn, printer=name)}
        known = worked(conn, name, duty)
    if paused:
        found.append("paused")
    if count_due:
        found.append("backup-restored")
    if QuestionReason.HOPPER_COUNT in asked:
        found.append("hopper-count-due")
    now = due(known, duty, store.clock.now())
    reasons = [*(SeenReason(keyword) for keyword in found), *now.reasons]
    stopped = blocks(reasons)
    state = PrinterState.PROCESSING if moving else PrinterState.IDLE
    return PrinterView(
        name,
        OUTSIDE,
        OUTSIDE,
        "",
        PrinterState.STOPPED if stopped else state,
        reasons=tuple(reasons),
        job=moving[0].job if moving else None,
        resumes_at=now.resumes_at if not found else None,
    )
