"""What a person asks of a printer between two cards: handed to its worker, since one thread owns one printer.

An errand lives in memory only: if the process ends first it was not done, and nothing says that it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from drivers import Driver, DriverError, TransportError
from printstation.acts import upkeep
from printstation.acts.request import Request, once
from printstation.store import journal
from printstation.store.engine import Store, Tx

#: How long an errand waits for a ready printer (its clock's seconds): a person stands there with a cleaning card.
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Errand:
    """`run` is called once the device is ready and holds nothing of ours, `failed` with the reason why it was not
    done. `key` tells a repeated request from another one. `anyhow`: it stands still, ready or not."""

    key: str | None
    run: Callable[[Driver], None]
    failed: Callable[[str], None]
    anyhow: bool = False


class Errands:
    """Room for one errand at a printer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: tuple[Errand, float] | None = None

    def ask(self, errand: Errand, now: float) -> bool:
        """Leave an errand; False when another one waits already."""
        with self._lock:
            if self._waiting is not None:
                return errand.key is not None and self._waiting[0].key == errand.key
            self._waiting = (errand, now)
            return True

    def take(self, now: float, *, ready: bool, still: bool = False) -> Errand | None:
        """The errand that waits, from now on the taker's. One that waited too long has failed."""
        with self._lock:
            if self._waiting is None:
                return None
            errand, since = self._waiting
            late = now - since > PATIENCE_S
            if not ready and not (errand.anyhow and still) and not late:
                return None
            self._waiting = None
        if late:
            errand.failed("not-ready")
            return None
        return errand


def cleaning(store: Store, printer: str, request: Request, by: str) -> Errand:
    """Start the cleaning run; it counts as done when the device took the command. One that will not is kept all
    the same: nothing is wrong with its cable."""

    def run(driver: Driver) -> None:
        try:
            driver.clean()
        except TransportError:
            raise
        except DriverError as error:
            failed(str(error))
            return
        upkeep.cleaned(store, request, printer, by, how="run")

    def failed(why: str) -> None:
        with store.write() as tx:
            upkeep.cleaning_failed(tx, printer, by, why)

    return Errand(request.key, run, failed)


@dataclass
class Waiting:
    """What a person who asked for an errand waits for. `why` is None once it was done."""

    over: threading.Event = field(default_factory=threading.Event)
    why: str | None = None

    def end(self, why: str | None) -> None:
        """It is over, one way or the other."""
        self.why = why
        self.over.set()


#: act -> (kind of the entry once it is done, kind where it was not)
BRINGING_OUT = {
    "eject": ("card-ejected", "eject-failed"),
    "reject": ("card-rejected", "reject-failed"),
}


def bringing_out(
    store: Store, printer: str, request: Request, act: str, by: str, supervisor: str | None
) -> tuple[Errand, Waiting]:
    """Bring a card that nobody claims out of a printer that stands still, be it ready or not.

    The worker has cleared what was ours before (`recovery.clear`): no card of a job is on its way.
    """
    done, failed_kind = BRINGING_OUT[act]
    waiting = Waiting()
    said = {} if supervisor is None else {"supervisor": supervisor}

    def run(driver: Driver) -> None:
        try:
            if act == "eject":
                driver.eject()
            else:
                driver.reject()
        except TransportError:
            raise
        except DriverError as error:
            failed(str(error))
            return

        def note(tx: Tx) -> dict[str, Any]:
            journal.append(tx, done, printer=printer, by=by, data=said)
            return {"printer": printer, "act": act, "state": "done"}

        once(store, request, note)
        waiting.end(None)

    def failed(why: str) -> None:
        with store.write() as tx:
            journal.append(tx, failed_kind, printer=printer, by=by, data={**said, "why": why})
        waiting.end(why)

    return Errand(request.key, run, failed, anyhow=True), waiting
