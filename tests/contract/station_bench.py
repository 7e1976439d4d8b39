"""A worker of the station on a bench: real driver, simulated device, and one clock that only waiting moves.

People act at moments, also in the middle of a wait; what the station shows is noted with the moment at which it
showed it. One thread: the worker runs in the test's own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drivers import Face, Model
from printstation.clock import Signal
from printstation.spool.desk import Desk
from printstation.spool.view import PrinterState
from printstation.spool.worker import Worker
from printstation.store.jobs import Job
from tests.contract.conformance_bench import Bench
from tests.unit.drivers.memory_port import Time
from tests.unit.printstation.acts.kit import KTP, TANGO, Office
from tests.unit.printstation.store.kit import new_store

EPOCH = datetime(2026, 11, 24, 1, tzinfo=UTC)
#: Turns of a worker that nobody ends: more than any of these stories has.
MOST_WAITS = 4000


class Over(Exception):
    """The story is told; ends the worker wherever it waits."""


class StationTime:
    """The bench's clock as the station wants it. `plans` are carried out at their moments."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.plans: list[tuple[float, Callable[[], object]]] = []
        self.on_pass: Callable[[], None] = lambda: None
        self.waits = 0

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self._time.now)

    def monotonic(self) -> float:
        return self._time.now

    def signal(self) -> Signal:
        return threading.Event()

    def sleep(self, seconds: float) -> None:
        self._pass(seconds)

    def wait(self, signal: Signal, seconds: float) -> bool:
        self._pass(0.0 if signal.is_set() else seconds)
        return signal.is_set()

    def _pass(self, seconds: float) -> None:
        self.waits += 1
        assert self.waits < MOST_WAITS, "nothing comes of this story"
        self.on_pass()
        end = self._time.now + seconds
        for plan in sorted(self.plans, key=lambda plan: plan[0]):
            if plan[0] <= end:
                self.plans.remove(plan)
                self._time.now = max(self._time.now, plan[0])
                plan[1]()
        self._time.now = max(self._time.now, end)


class StationBench:
    """One printer `tango`, its worker and an office, on the bench of a model."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self.bench, self.clock = bench, StationTime(bench.clock)
        self.store = new_store(folder, self.clock)  # type: ignore[arg-type]
        self.office = Office(self.store)
        self.office.stocked(3)
        self.desk = Desk(
            name=TANGO,
            uri="bench://",
            model=bench.model,
            card_types=(KTP,),
            most_sides={},
            store=self.store,
            clock=self.clock,
            paint=self._paint,
            open_driver=lambda model, wait: bench.connect(model, wait),
            free_mb=lambda: 1000,
            min_free_mb=0,
            wake=self.clock.signal(),
            stopping=lambda: False,
            leaving=lambda: False,
        )
        self.worker = Worker(self.desk)
        self._whens: list[tuple[Callable[[], bool], Callable[[], object]]] = []
        #: (moment, reasons, state), one for each change of what is shown.
        self.shown: list[tuple[float, tuple[str, ...], PrinterState]] = []

    def _paint(self, _job: Job, _model: Model) -> list[Face]:
        return [self.bench.face()]

    def at(self, moment: float, act: Callable[[], object]) -> None:
        """Somebody does this then."""
        self.clock.plans.append((moment, act))

    def when(self, true: Callable[[], bool], act: Callable[[], object]) -> None:
        """Somebody does this at the first wait at which that holds."""
        self._whens.append((true, act))

    def until(self, true: Callable[[], bool]) -> None:
        """Let the worker run until this holds at one of its waits. A card that moves then is given up half-way."""

        def on_pass() -> None:
            self._note()
            for plan in list(self._whens):
                if plan[0]():
                    self._whens.remove(plan)
                    plan[1]()
            if true():
                raise Over

        self.clock.on_pass, self.clock.waits = on_pass, 0
        while not true():
            try:
                self.worker._turn()
            except Over:
                return
            self._note()

    def _note(self) -> None:
        view = self.worker.view
        words = tuple(reason.keyword for reason in view.reasons)
        if not self.shown or self.shown[-1][1:] != (words, view.state):
            self.shown.append((self.bench.clock.now, words, view.state))

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is shown now."""
        return tuple(reason.keyword for reason in self.worker.view.reasons)

    @property
    def state(self) -> PrinterState:
        """What is shown now."""
        return self.worker.view.state

    def end(self) -> None:
        """Let go of everything."""
        self.worker._let_go()
        self.store.engine.dispose()
