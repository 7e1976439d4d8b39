"""Time and turns of the simulation: one virtual clock, and a baton that one task holds at a time.

Tasks are greenlets. Nothing runs but the holder of the baton, and the seed's generator picks who is
next, so a seed repeats exactly. When everybody waits, time jumps to the next moment at which somebody
is due. Knows nothing of stations and printers.
"""

from __future__ import annotations

import contextlib
import heapq
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

EPOCH = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


class StationDies(BaseException):
    """The process of the station ends here and now: nothing of it may run any more."""


class Stuck(Exception):
    """Everybody waits for something that will never come: a mistake of the simulation itself."""


class Task:
    """One thread of the simulation. `inside`: it is the station's, now, and dies with it."""

    def __init__(self, name: str, run: Callable[[], None], inside: bool) -> None:
        self.name = name
        self.inside = inside
        self.due = 0.0
        self.waiting = 0
        self.started = False
        self._run = run
        self.greenlet = greenlet(self._body)

    def _body(self) -> None:
        self.started = True
        with contextlib.suppress(StationDies):
            self._run()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.started and self.greenlet.dead


class Signal:
    """The simulation's `printstation.clock.Signal`."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._up = False
        self.waiters: list[Task] = []

    def set(self) -> None:
        self._up = True
        for task in self.waiters:
            self._turns.rouse(task)
        self.waiters.clear()

    def clear(self) -> None:
        self._up = False

    def is_set(self) -> bool:
        return self._up


class Turns:
    """Who runs, and when. `now` is seconds since the history began."""

    def __init__(self, rng: random.Random) -> None:
        self.now = 0.0
        self.tasks: list[Task] = []
        self.current: Task | None = None
        self._rng = rng
        self._ready: list[Task] = []
        self._sleeping: list[tuple[float, int, int, Task]] = []
        self._order = 0
        self._doomed: list[Task] = []
        self._hub = getcurrent()

    # ------------------------------------------------------------------ what tasks call
    def spawn(self, name: str, run: Callable[[], None], *, inside: bool = False) -> Task:
        """A new task, ready to run."""
        task = Task(name, run, inside)
        task.greenlet.parent = self._hub
        self.tasks.append(task)
        self._ready.append(task)
        return task

    def pass_baton(self) -> None:
        """Perhaps somebody else goes on first."""
        if self._ready and self._rng.random() < 0.5:
            self._yield_to_hub(ready=True)

    def sleep(self, seconds: float) -> None:
        """Come back so many seconds later."""
        self._sleep_until(self.now + max(0.0, seconds))
        self._yield_to_hub(ready=False)

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Come back when the signal is up, at the latest so many seconds later."""
        if signal.is_set():
            self.pass_baton()
            return True
        assert self.current is not None
        me = self.current
        signal.waiters.append(me)
        self._sleep_until(self.now + max(0.0, seconds))
        self._yield_to_hub(ready=False)
        if me in signal.waiters:
            signal.waiters.remove(me)
        return signal.is_set()

    def rouse(self, task: Task) -> None:
        """Let a sleeping task go on now."""
        if task.waiting:
            task.waiting = 0
            self._ready.append(task)

    def kill_inside(self) -> None:
        """Everything of the station dies before anything else runs. Called by a task that outlives it."""
        self.doom()
        self._yield_to_hub(ready=True)

    def doom(self) -> None:
        """Mark all that is the station's, but the holder of the baton, who raises `StationDies` itself."""
        self._doomed = [t for t in self.tasks if t.inside and t is not self.current]

    def _sleep_until(self, due: float) -> None:
        task = self.current
        assert task is not None
        self._order += 1
        task.waiting = self._order
        heapq.heappush(self._sleeping, (due, self._order, self._order, task))

    def _yield_to_hub(self, *, ready: bool) -> None:
        task = self.current
        assert task is not None
        if ready:
            self._ready.append(task)
        self._hub.switch()

    # ------------------------------------------------------------------ the hub
    def run(self, until: Callable[[], bool]) -> None:
        """Let tasks run until the condition holds (looked at between two turns)."""
        self._hub = getcurrent()
        while True:
            self._bury()
            if until():
                return
            if not self._ready:
                self._let_time_pass()
            index = self._rng.randrange(len(self._ready)) if len(self._ready) > 1 else 0
            self._switch(self._ready.pop(index))

    def _switch(self, task: Task, error: type[BaseException] | None = None) -> None:
        self.current = task
        task.waiting = 0
        if error is None:
            task.greenlet.switch()
        else:
            task.greenlet.throw(error)
        self.current = None
        if task.over:
            self.tasks.remove(task)

    def _bury(self) -> None:
        while self._doomed:
            task = self._doomed.pop(0)
            if task in self._ready:
                self._ready.remove(task)
            task.waiting = 0
            if not task.started:
                self.tasks.remove(task)
            elif not task.over:
                self._switch(task, StationDies)

    def _let_time_pass(self) -> None:
        while self._sleeping:
            due, _, mark, task = heapq.heappop(self._sleeping)
            if task.waiting != mark:
                continue
            self.now = max(self.now, due)
            task.waiting = 0
            self._ready.append(task)
            if not self._sleeping or self._sleeping[0][0] > due:
                return
        if not self._ready:
            raise Stuck(", ".join(t.name for t in self.tasks))

    def end(self) -> None:
        """Drop every task that is left."""
        for task in list(self.tasks):
            if task.started and not task.over:
                task.greenlet.parent = getcurrent()
                task.greenlet.throw(StationDies)
        self.tasks.clear()


class VirtualClock:
    """`printstation.clock.Clock` and `drivers.contract.Clock` on `Turns`. The PC's clock may be set back."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.offset = timedelta()

    def now(self) -> datetime:
        return EPOCH + self.offset + timedelta(seconds=self.turns.now)

    def true_time(self) -> datetime:
        """What the sun says; the simulator's world goes by this one."""
        return EPOCH + timedelta(seconds=self.turns.now)

    def monotonic(self) -> float:
        return self.turns.now

    def sleep(self, seconds: float) -> None:
        self.turns.sleep(seconds)

    def signal(self) -> Signal:
        return Signal(self.turns)

    def wait(self, signal: object, seconds: float) -> bool:
        assert isinstance(signal, Signal)
        return self.turns.wait(signal, seconds)
