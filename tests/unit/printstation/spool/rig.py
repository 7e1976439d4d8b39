"""A worker on a scripted printer: it runs in the test's own thread, on a clock that only waiting moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import drivers
from drivers import Face, Model
from printstation.spool.desk import Desk
from printstation.spool.worker import Worker
from printstation.store.jobs import Job
from tests.unit.printstation.acts.kit import KTP, TANGO, Office
from tests.unit.printstation.spool.scripted import Device
from tests.unit.printstation.store.kit import TestClock, new_store

#: Waits after which a run ends by itself: minutes of the printer's time, milliseconds of ours.
MAX_WAITS = 60


class Rig:
    """One printer `tango`, its worker, and an office around them."""

    def __init__(self, folder: Path, counter: str = "none", blanks: int = 5, **model: Any) -> None:
        self.clock = TestClock()
        self.store = new_store(folder, self.clock)
        self.office = Office(self.store, holds_job=bool(model.get("holds_job")))
        if blanks:
            self.office.stocked(blanks)
        self.device = Device(counter=None if counter == "none" else 100)
        self.model = self._model(counter, model)
        self.stopping = self.leaving = False
        self.free_mb = 1000
        self.undrawable: dict[str, Exception] = {}
        #: Somebody acts while this job is drawn.
        self.while_drawn: dict[str, Callable[[], object]] = {}
        self.waits = 0
        self._plans: list[tuple[Callable[[], bool], Callable[[], object]]] = []
        self.desk = self._desk()
        self.store.on_change.append(self.desk.wake.set)
        self.worker = Worker(self.desk)

    def _model(self, counter: str, changes: dict[str, Any]) -> Model:
        known = {"counter": counter, "print_s": 20.0, "typical_s": 4.0, **changes}
        return replace(drivers.model("tango2e"), **known)

    def _desk(self) -> Desk:
        return Desk(
            name=TANGO,
            uri="scripted://",
            model=self.model,
            card_types=(KTP,),
            most_sides={},
            store=self.store,
            clock=self.clock,
            paint=self._paint,
            open_driver=self.device.open,
            free_mb=lambda: self.free_mb,
            min_free_mb=200,
            wake=self.clock.signal(),
            stopping=lambda: self.stopping,
            leaving=lambda: self.leaving,
        )

    def _paint(self, job: Job, _model: Model) -> list[Face]:
        self.while_drawn.get(job.id, lambda: None)()
        if job.id in self.undrawable:
            raise self.undrawable[job.id]
        return []

    def when(self, true: Callable[[], bool], act: Callable[[], object]) -> None:
        """Once this is true, at one of the worker's waits, somebody does that."""
        self._plans.append((true, act))

    def run(self, until: Callable[[], bool] | None = None, waits: int = MAX_WAITS) -> Worker:
        """A worker as the station starts it; ends at the first wait at which `until` holds."""
        self.stopping, self.waits = False, 0

        def on_wait() -> None:
            self.waits += 1
            for plan in list(self._plans):
                if plan[0]():
                    self._plans.remove(plan)
                    plan[1]()
            if self.waits >= waits or (until is not None and until()):
                self.stopping = True
                # A worker that is still in the middle of a card when time is up is cut.
                self.leaving = self.leaving or self.waits >= 2 * waits

        self.clock.on_wait = on_wait
        self.worker = Worker(self.desk)
        self.worker.run()
        self.leaving = False
        return self.worker

    def reasons(self) -> list[str]:
        """What the printer says of itself now."""
        return [reason.keyword for reason in self.worker.view.reasons]

    def after(self, waits: int) -> Callable[[], bool]:
        """True from this wait on."""
        return lambda: self.waits >= waits

    def ended(self, *jobs: str) -> Callable[[], bool]:
        """True once all of these jobs stand still."""
        return lambda: all(
            self.office.job(job).state not in ("pending", "processing") for job in jobs
        )
