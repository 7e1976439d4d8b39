"""What the world does in a history: hands at the printers, faults, cuts, the PC's clock, disk and database.

Acts at one printer keep some distance, since an error shorter than a poll is a stated limit.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from simulator import hands
from simulator.faults import REPLY_FAULTS
from tests.crash.cuts import Cut
from tests.crash.limits import ERROR_LASTS_S, LIES, drawable
from tests.crash.sim import PLENTY_MB, Sim
from tests.crash.world import SimPrinter

if TYPE_CHECKING:
    from tests.crash.office import Counter
    from tests.crash.operator import Operator
    from tests.crash.profile import Profile

#: Longest time that somebody needs to notice a fault of the world before the end.
SLOW_S = 15.0
#: Whether the station has read this unit's counter, where it has one: what came before is not explained (§6).
#: A feed's own reading counts as well, so that a station that keeps no sum is not spared the test card.
BEGUN = """
    SELECT 1 FROM unit WHERE serial = ? AND (
        expected IS NOT NULL OR ? OR EXISTS (
            SELECT 1 FROM feed WHERE feed.serial = unit.serial AND counter_before IS NOT NULL))
"""


class Mischief:
    """The half of a `Director` that is not people's: its methods are named in `profile.ACTS`, too."""

    sim: Sim
    rng: random.Random
    counter: Counter
    operator: Operator
    doubted: set[str]
    unrecorded: dict[str, int]
    profile: Profile
    _touched: dict[str, float]
    _lied: set[str]

    def later(self, seconds: float, name: str, run: Callable[[], None]) -> None:
        """Somebody will do that, unless everything is put in order before."""

        def wait_and_run() -> None:
            self.sim.turns.sleep(seconds)
            if not self.operator.in_earnest:
                run()

        self.counter.in_background(name, wait_and_run)

    def _soon(self) -> float:
        return self.rng.choice(self.profile.delays_s) * self.rng.uniform(0.5, 1.2)

    def _printer(self) -> SimPrinter:
        return self.rng.choice(list(self.sim.printers.values()))

    # ------------------------------------------------------------------ the world
    def _touch(self, printer: SimPrinter) -> bool:
        """Whether enough time has passed since the last act of the world at this printer."""
        now = self.sim.turns.now
        if now - self._touched.get(printer.name, -10.0) < ERROR_LASTS_S:
            return False
        if printer.name in self.operator.hands_off:
            return False
        printer.advance(now)
        if printer.body.error is not None and now - printer.error_since < ERROR_LASTS_S:
            return False
        self._touched[printer.name] = now
        printer.advance(now)
        return True

    def _do(self, words: str, act: Callable[[SimPrinter], None]) -> SimPrinter | None:
        printer = self._printer()
        if not self._touch(printer):
            return None
        self.sim.note("world", f"{words} {printer.name}")
        act(printer)
        return printer

    def unplug(self) -> None:
        if printer := self._do("unplugs", lambda p: p.unplug()):
            self._mend_later(printer)

    def power_cut(self) -> None:
        if printer := self._do("switches off", lambda p: p.power_off()):
            self._mend_later(printer)

    def cover(self) -> None:
        if printer := self._do("opens the cover of", lambda p: hands.open_cover(p.body)):
            self._mend_later(printer)

    def jam(self) -> None:
        def wedge(printer: SimPrinter) -> None:
            if printer.body.power and printer.body.moving:
                printer.body.jam = True
                printer.body.fail("jam")

        if printer := self._do("jams", wedge):
            self._mend_later(printer)

    def clear_jam(self) -> None:
        def clear(printer: SimPrinter) -> None:
            # A device that repeats by itself goes on in the same moment: an error shorter than a poll.
            if not (printer.body.jobs and printer.body.spec.habits.repeats_by_itself):
                hands.clear_jam(printer.body)

        self._do("clears the path of", clear)

    def press_ok(self) -> None:
        self._do("presses OK at", lambda p: hands.press_ok(p.body))

    def new_ribbon(self) -> None:
        self._do("puts a ribbon into", lambda p: hands.new_ribbon(p.body))

    def test_print(self) -> None:
        def start(printer: SimPrinter) -> None:
            if not self._unfair(printer, "test-print"):
                hands.test_print(printer.body)

        self._do("prints a test card at", start)

    def take_cards(self) -> None:
        self._do("takes the cards of", lambda p: hands.take_cards(p.body))

    def swap_unit(self) -> None:
        if printer := self._do("swaps", lambda p: p.swap_unit()):
            self.doubted.add(printer.name)
            for armed in [a.id for a in printer.faults.armed if a.fault == "test-print"]:
                printer.faults.disarm(armed)  # it was meant for the other unit
            self._mend_later(printer)

    def _mend_later(self, printer: SimPrinter) -> None:
        self.later(max(ERROR_LASTS_S, self._soon()), "mend", lambda: self.mend(printer))

    def mend(self, printer: SimPrinter) -> None:
        """Put right what the eye sees at a printer."""
        if printer.name in self.operator.hands_off:
            return
        printer.advance(self.sim.turns.now)
        body = printer.body
        if body.error is not None and self.sim.turns.now - printer.error_since < ERROR_LASTS_S:
            self.later(ERROR_LASTS_S, "mend", lambda: self.mend(printer))
            return
        if body.cover_open:
            hands.close_cover(body)
        if body.jam:
            hands.clear_jam(body)
        if body.error in ("ribbon-end", "wrong-ribbon") or body.ribbon <= 0 or body.wrong_ribbon:
            hands.new_ribbon(body)
        printer.power_on()
        printer.replug()
        self._touched[printer.name] = self.sim.turns.now

    # ------------------------------------------------------------------ faults
    def fault(self) -> None:
        """Arm one fault at one phase."""
        printer = self._printer()
        choices = drawable(printer.kind.counter)
        if self.profile.faults is not None:
            weights = [self.profile.faults.get(fault, 0.0) for fault, _ in choices]
        else:
            weights = [1.0] * len(choices)
        name, phase = self.rng.choices(choices, weights)[0]
        printer.advance(self.sim.turns.now)
        if phase == "idle" and not self._touch(printer):
            return
        if self._unfair(printer, name):
            return
        self.arm(printer, name, phase)

    def arm(self, printer: SimPrinter, name: str, phase: str) -> None:
        """This fault will strike at this phase; somebody mends what comes of it."""
        self.sim.note("world", f"arms {name} at {phase} of {printer.name}")
        if name in REPLY_FAULTS:
            self.doubted.add(printer.name)
        seconds = {"late-reply": {"seconds": self.rng.choice((0.5, 3.0, 8.0))}}.get(name, {})
        printer.faults.arm({"fault": name, "phase": phase, **seconds})
        printer.body.go()
        self._mend_after_strike(printer)

    def _unfair(self, printer: SimPrinter, name: str) -> bool:
        """Whether this fault would make a stated limit of what is there already (`limits.py`)."""
        if name in LIES:
            again = printer.name in self._lied
            self._lied.add(printer.name)
            return again
        armed = {fault.fault for fault in printer.faults.armed}
        if name == "test-print":
            uncounted = printer.kind.counter == "none"
            if not self.sim.rows(BEGUN, printer.serial, uncounted):
                return True
            alone = not printer.body.jobs and not (self.sim.up and printer.cable)
            return "reject" in armed or (uncounted and not alone)
        return name == "reject" and ("test-print" in armed or printer.tests)

    def byte_fault(self) -> None:
        """Arm one fault at a byte of the stream."""
        printer = self._printer()
        name = self.rng.choice(("unplug", "power-loss", "busy", "busy", "jam", "cover-open"))
        byte = self.rng.choice((0, 3, 60, self.rng.randrange(12_500), self.rng.randrange(25_000)))
        seconds = {"seconds": self.rng.choice((0.3, 2.0, 7.0, 60.0))} if name == "busy" else {}
        self.sim.note("world", f"arms {name} at byte {byte} of {printer.name} {seconds or ''}")
        printer.faults.arm({"fault": name, "byte": byte, **seconds})
        self._mend_after_strike(printer)

    def _mend_after_strike(self, printer: SimPrinter) -> None:
        self.later(self.rng.uniform(3, SLOW_S), "mend", lambda: self.mend(printer))

    # ------------------------------------------------------------------ the computer
    def clock_back(self) -> None:
        self.sim.note("world", "sets the PC's clock back a day")
        self.sim.clock.offset -= timedelta(days=1)

    def disk_full(self) -> None:
        self.sim.note("world", "the disk is full")
        self.sim.free_mb = 10
        self.sim.full_commits = self.rng.randint(0, 2)
        self.later(self._soon(), "disk", self.disk_empty)

    def disk_empty(self) -> None:
        """There is room again."""
        self.sim.free_mb = PLENTY_MB
        self.sim.full_commits = 0

    def locked(self) -> None:
        self.sim.note("world", "the database is locked")
        self.sim.locked_commits = self.rng.randint(1, 3)

    def kill(self) -> None:
        self.sim.note("world", "kills the station")
        self.sim.kill()
        self._restart_later()

    def stop(self) -> None:
        """SIGTERM: a moving card is awaited, then the process ends."""
        station = self.sim.station
        if station is None:
            return
        self.sim.note("world", "stops the station")
        station.begin_stop()
        deadline = self.sim.turns.now + 45.0

        def wait() -> None:
            while self.sim.station is station and self.sim.turns.now < deadline:
                if not any(worker.busy for worker in station.workers):
                    break
                self.sim.turns.sleep(0.5)
            if self.sim.station is station:
                self.sim.kill()
                self._restart_later()

        self.counter.in_background("stop", wait)

    def _restart_later(self) -> None:
        self.later(self._soon(), "restart", self.restart)

    def restart(self) -> None:
        """Start the station if nobody did."""
        if not self.sim.up:
            self.sim.open()

    def _after_cut(self, cut: Cut, printer: str | None) -> None:
        if cut.kills_station:
            self._restart_later()
        if cut is not Cut.STATION and printer is not None:
            hurt = self.sim.printers[printer]
            self.later(self._soon(), "mend", lambda: self.mend(hurt))
