"""The receipt printer's loop: one slip after the other, the oldest first. No card ever waits for it.

What is about to be printed is written down first (`tries`): a slip that may be out already, in whole or in
part, says *salinan* when it comes again. That is all the harm there is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from drivers import DriverError, Printout, ReceiptPrinter, SlipFate
from printstation.clock import Clock, Signal
from printstation.documents.slips import (
    HandoverReceipt,
    PickupSlip,
    handover_receipt,
    pickup_slip,
)
from printstation.refusals import Refusal
from printstation.spool.view import SeenReason
from printstation.store import journal, slips
from printstation.store.engine import Store
from printstation.store.slips import Slip
from printstation.store.tables import SlipKind, SlipState

log = logging.getLogger(__name__)

#: How often a printer that is off is tried again while slips wait.
AGAIN_S = 5.0
#: A slip whose end is never known is given up as printed after so many copies: paper is not endless.
MOST_TRIES = 3


@dataclass(frozen=True)
class Paper:
    """What every slip of this office has in common."""

    office: str
    columns: int
    zone: tzinfo


class SlipWorker:
    """The receipt printer's thread. `reasons` says why slips wait; empty while they come out."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        paper: Paper,
        open_printer: Callable[[], ReceiptPrinter],
        stopping: Callable[[], bool],
        *,
        answers: bool = True,
    ) -> None:
        self._store, self._clock, self._paper = store, clock, paper
        self._open, self._stopping, self._answers = open_printer, stopping, answers
        self._printer: ReceiptPrinter | None = None
        self.reasons: tuple[SeenReason, ...] = ()
        self.wake: Signal = clock.signal()

    def run(self) -> None:
        """Until the station stops. Never raises; a slip's trouble is the slip's alone."""
        while not self._stopping():
            try:
                done = self.one()
            except Refusal as refusal:
                log.warning("slips: %s", refusal.detail)
                done = False
            if not done:
                self._clock.wait(self.wake, AGAIN_S)
                self.wake.clear()
        self._let_go()

    def one(self) -> bool:
        """Print the oldest waiting slip; False when none waits or the printer does not take it."""
        with self._store.read() as conn:
            slip = slips.next_waiting(conn)
            told = slips.told(conn, slip.card) if slip else None
        if slip is None or told is None:
            self.reasons = ()
            return False
        try:
            printer = self._printer = self._printer or self._open()
            data = _render(slip, told, self._paper, _local(slip.asked_at, self._paper.zone))
            self._begin(slip)
            return self._end(slip, printer.print(data))
        except (DriverError, ValueError) as error:
            self.reasons = (SeenReason("disconnected", str(error)),)
            self._let_go()
            return False

    def _begin(self, slip: Slip) -> None:
        with self._store.write() as tx:
            slips.set_tries(tx, slip.id, slip.tries + 1)

    def _end(self, slip: Slip, printed: Printout) -> bool:
        if printed.fate is SlipFate.NOT_PRINTED:
            with self._store.write() as tx:
                slips.set_tries(tx, slip.id, slip.tries)
        sure = printed.fate is SlipFate.PRINTED or (
            printed.fate is SlipFate.UNSURE and not self._answers
        )
        if sure or (printed.fate is SlipFate.UNSURE and slip.tries + 1 >= MOST_TRIES):
            self._finish(slip, sure)
            self.reasons = ()
            return True
        status = printed.status
        found = [SeenReason(r.keyword, r.raw) for r in status.reasons] if status else []
        self.reasons = tuple(found) or (SeenReason("disconnected", printed.detail),)
        if status is None:
            self._let_go()
        return False

    def _finish(self, slip: Slip, sure: bool) -> None:
        with self._store.write() as tx:
            done = {"state": SlipState.PRINTED, "printed_at": tx.at}
            slips.set_columns(tx, slip.id, done)
            data = {"slip": slip.id, "copy": slip.tries > 0, "sure": sure}
            journal.append(tx, "slip-printed", card=slip.card, data=data)

    def _let_go(self) -> None:
        printer, self._printer = self._printer, None
        if printer is not None:
            printer.close()


def _local(at: str, zone: tzinfo) -> datetime:
    return datetime.fromisoformat(at).astimezone(zone)


def _render(slip: Slip, told: slips.Told, paper: Paper, at: datetime) -> bytes:
    both: dict[str, Any] = {
        "office": paper.office,
        "ticket": told.ticket or "",
        "initials": slip.initials,
        "card_type": told.card_type,
        "code": slip.card,
        "at": at,
        "copy": slip.tries > 0,
        "columns": paper.columns,
    }
    if slip.kind is SlipKind.PICK_UP:
        return pickup_slip(PickupSlip(**both, shelf=told.shelf or ""))
    both |= {"receiver": told.receiver or "holder", "old_card": told.old_card or "none"}
    return handover_receipt(HandoverReceipt(**both))
