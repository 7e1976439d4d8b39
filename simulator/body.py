"""The mechanics of one card printer: hopper, path, head, ribbon, counters, and what stops them.

A movement is a phase with an end; it happens when the clock says so (`advance`). Knows nothing of USB or of
any printer language: `printer.py` hands it jobs, `hands.py` are the operator's. Errors stay until they
are acknowledged (`okay`) or cancelled, see each; one without a card in motion goes with its cause.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.devicefile import DeviceSpec
from simulator.faults import PANELS, Armed, Faults
from simulator.jobs import Job, Page
from simulator.phases import Phase, Tally
from simulator.planes import line_bytes
from simulator.world import Card, Layer, World

STANDING = ("cool", "rest", "lull")
RIBBON = ("ribbon-end", "wrong-ribbon")
# Invented: so long after its last card a device is ready before it shows that the ribbon is at its end.
REST_S = 2.0
# A finished card that is on its way out is no longer stopped by a cancel.
LEAVING = ("eject", "reject", "throw")
# These say something about the past: no act of the operator makes them untrue.
NEEDS_ANSWER = ("rejected", "bad-data")


class Body:
    """One printer's mechanics. Callers `advance` before they call anything else."""

    def __init__(
        self,
        name: str,
        spec: DeviceSpec,
        world: World,
        faults: Faults,
        unplug: Callable[[], None],
        cut_power: Callable[[], None],
        strike: Callable[[Body, Armed, Phase], None],
    ) -> None:
        self.name = name
        self.spec = spec
        self.world = world
        self.faults = faults
        self.unplug = unplug
        self.cut_power = cut_power
        self._strike = strike
        self.now = 0.0
        self.hopper: list[Card] = []
        self.path: list[Card] = []
        self.power = True
        self.cover_open = False
        self.jam = False
        self.error: str | None = None
        self.ribbon = spec.habits.ribbon_prints
        self.wrong_ribbon = False
        self.throw_to = "output"
        self.tally = Tally()
        self.jobs: list[Job] = []
        self.phase: Phase | None = None
        self._paused: Phase | None = None
        self._done = 0
        self._stopped_in_motion = False
        self._fresh = False

    # ------------------------------------------------------------------ what it is
    @property
    def moving(self) -> bool:
        return self.phase is not None and self.phase.name not in STANDING

    @property
    def blocked(self) -> bool:
        """Nothing can move: no power, cover open, jammed."""
        return not self.power or self.cover_open or self.jam

    @property
    def room(self) -> bool:
        """Whether another job may be sent into its buffer."""
        return len(self.jobs) <= self.spec.habits.buffered_jobs

    def counter(self) -> int | None:
        """The lifetime counter as this kind of device has it."""
        return {"pick": self.tally.picks, "eject": self.tally.ejects}.get(self.spec.habits.counter)

    # ------------------------------------------------------------------ time
    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        while self.phase is not None and self.phase.due <= now:
            phase = self.phase
            self.now = max(self.now, phase.due)
            if phase.fault is not None:
                fault, phase.fault = phase.fault, None
                self._sync_head()
                self._strike(self, fault, phase)
            else:
                self.phase = None
                self._finish(phase)
            self.go()
        self.now = max(self.now, now)
        self._sync_head()

    def _sync_head(self) -> None:
        if self.phase is not None:
            self.phase.sync(self.now)

    # ------------------------------------------------------------------ movements
    def go(self) -> None:
        """Begin the next movement, where there is one and nothing stands against it."""
        if self.phase is not None or not self.power:
            return
        if self.error is None:
            self._look_for_obstacle()
        if self.phase is not None or self.error is not None or self.blocked:
            return
        if self.jobs and self.jobs[0].broken:
            # The card inside stays where it is (usb-printer-class.md, soft reset).
            self.drop(self.jobs[0])
        if not self.jobs:
            self._maybe_strike("idle")
            return
        step = self.jobs[0].step(self._done)
        if step is None:
            self._maybe_strike("wait" if self.path else "")
        elif step.name == "pick":
            self._begin_pick(self.jobs[0])
        elif step.page is not None and step.name in PANELS:
            self._begin_panel(step.name, step.page)
        else:
            self.begin(step.name)

    def _causes(self) -> dict[str, bool]:
        """What a sensor says now, by the error that it makes."""
        return {
            "jam": self.jam,
            "cover-open": self.cover_open,
            "ribbon-end": self.ribbon <= 0,
            "wrong-ribbon": self.wrong_ribbon,
        }

    def _look_for_obstacle(self) -> None:
        """Show what a sensor says although nothing moves; the ribbon's end only before a card is drawn."""
        for key, seen in self._causes().items():
            if seen and (self._done == 0 or key in ("jam", "cover-open")):
                if self._fresh and not self.jobs and key in RIBBON:
                    self.begin("rest", REST_S)
                else:
                    self.fail(key, in_motion=bool(self.jobs))
                return

    def _maybe_strike(self, phase: str) -> None:
        fault = self.faults.strike(phase)
        if fault is not None:
            self._strike(self, fault, Phase(phase, self.now, self.now))
            if phase == "idle" and self.jobs:
                self.go()

    def begin(self, name: str, seconds: float | None = None) -> Phase:
        """Start a movement; a fault that is armed at it strikes in its middle, at `pick` at its end."""
        length = self._seconds(name) if seconds is None else seconds
        phase = Phase(name, self.now, self.now + length)
        phase.fault = self.faults.strike(name)
        phase.strike_at = phase.end if name == "pick" else self.now + length / 2
        self.phase = phase
        self.world.touch()
        return phase

    def _seconds(self, name: str) -> float:
        key = {"throw": "eject"}.get(name, "panel" if name in PANELS else name)
        return float(getattr(self.spec.durations, key))

    def _begin_pick(self, job: Job) -> None:
        if self.path and not (job.hand_feed or self.spec.habits.takes_card_in_path):
            self.begin("throw")
        elif self.path or (self.hopper and not job.hand_feed):
            self.begin("pick")
        else:
            durations = self.spec.durations
            self.begin("pick", durations.hand_wait if job.hand_feed else durations.pick_fail)

    def _winds_on(self) -> bool:
        """The ribbon goes to its next print; False where it cannot, with the error said."""
        failed = next(filter(self._causes().get, RIBBON), None)
        if failed is not None:
            self.fail(failed)
            return False
        self.ribbon -= 1
        self.tally.prints += 1
        return True

    def _begin_panel(self, letter: str, page: Page) -> None:
        if letter == page.letters[0] and not self._winds_on():
            return
        phase = self.begin(letter)
        phase.page = page
        if self.path:
            plane = page.planes[letter]
            total = len(plane) // line_bytes(letter, self.spec.geometry)
            phase.layer = Layer(letter, plane, total, self.spec.name, page.origin)
            side = self.path[0].sides[page.side]
            side.layers.append(phase.layer)
            side.printing = letter

    def _finish(self, phase: Phase) -> None:
        self.world.touch()
        ends = {
            "pick": self._picked,
            "eject": self._ejected,
            "throw": self._thrown,
            "reject": self._rejected,
            "clean": self._cleaned,
            "cool": self._cooled,
            "rest": self._rested,
        }
        if phase.name in ends:
            ends[phase.name](phase)
            return
        if phase.layer is not None and phase.page is not None:
            phase.layer.lines = phase.layer.total
            if self.path:
                self.path[0].sides[phase.page.side].printing = None
        self._done += 1

    def _picked(self, phase: Phase) -> None:
        if not self.draw(phase):
            self.fail("not-drawn")
            return
        for _ in range(phase.extra):
            if self.hopper:
                self.path.append(self.hopper.pop(0))
                self.world.draw(self.path[-1])
        self._done += 1

    def draw(self, phase: Phase) -> bool:
        """The pick takes hold of a card: of the one that lies in the path, else of the hopper's."""
        by_hand = bool(self.jobs) and self.jobs[0].hand_feed
        if not self.path and self.hopper and not by_hand:
            self.path.append(self.hopper.pop(0))
        if phase.name != "pick" or not self.path:
            return False
        self.world.draw(self.path[0])
        self.tally.picks += 1
        return True

    def _ejected(self, _: Phase) -> None:
        self._out("output")
        self.tally.ejects += 1
        self._done = 0
        self._fresh = True
        if self.jobs:
            self.jobs[0].copies -= 1
            if self.jobs[0].copies <= 0:
                del self.jobs[0]

    def _thrown(self, _: Phase) -> None:
        self._out(self.throw_to)
        self.throw_to = "output"

    def _rejected(self, _: Phase) -> None:
        self._out("reject")
        if self.jobs:
            self.drop(self.jobs[0])
        self.fail("rejected")

    def _cleaned(self, _: Phase) -> None:
        self.tally.cleanings += 1

    def _cooled(self, _: Phase) -> None:
        self.error = None
        paused, self._paused = self._paused, None
        if paused is not None:
            done = self.now - self.spec.durations.cool - paused.start
            paused.start, paused.end = self.now - done, self.now - done + paused.end - paused.start
            self.phase = paused

    def _rested(self, _: Phase) -> None:
        self._fresh = False

    def _out(self, place: str) -> None:
        for card in self.path:
            self.world.put(card, place)
        self.path.clear()

    # ------------------------------------------------------------------ stopping
    def fail(self, key: str, in_motion: bool = True) -> None:
        """Stop where it stands and show an error. `in_motion`: it will not go by itself."""
        self.halt()
        self._fresh = False
        self.error = key
        self._stopped_in_motion = in_motion
        self.world.touch()

    def halt(self) -> None:
        """Whatever moves stands still; the rows printed so far stay on the card."""
        self._sync_head()
        self.phase = None
        self._paused = None

    def cool(self) -> None:
        """Too hot: pause with an error that goes away by itself, then go on with the same row."""
        paused = self.phase
        self.fail("overheat")
        self._paused = paused
        self.begin("cool")

    def drop(self, job: Job) -> None:
        """Forget one job."""
        if job in self.jobs:
            if job is self.jobs[0]:
                self._done = 0
            self.jobs.remove(job)

    def skip(self) -> None:
        """The device believes that this movement is done."""
        self.phase = None
        self._done += 1

    # ------------------------------------------------------------------ what it is told
    def take_job(self, job: Job) -> None:
        """A job's first header is complete."""
        self.jobs.append(job)
        if self.phase is not None and self.phase.name == "rest":
            self.phase = None
        self._fresh = False
        self.go()

    def cancel(self) -> bool:
        """Drop all jobs, clear the error, bring a card in the path out. False while it cannot move."""
        if self.blocked:
            return False
        self.error = None
        leaving = self.phase is not None and self.phase.name in LEAVING
        ejecting = leaving and self.phase is not None and self.phase.name == "eject"
        self.jobs = self.jobs[:1] if ejecting else []
        if self.jobs:
            self.jobs[0].copies = 1
        if not leaving:
            self._start_over()
        return True

    def okay(self) -> bool:
        """Acknowledge an error. A repeating device starts its job again with a new card, others drop it."""
        if self.blocked or self.error is None:
            return False
        self.error = None
        if not self.spec.habits.repeats:
            self.jobs = []
        self._start_over()
        return True

    def _start_over(self) -> None:
        self.halt()
        self._done = 0
        self._fresh = False
        self.world.touch()
        self.bring_out()
        self.go()

    def bring_out(self) -> None:
        """Throw out what lies in the path, unless something moves or stands against it."""
        if self.path and self.phase is None and self.error is None and not self.blocked:
            self.begin("throw")

    def relieved(self) -> None:
        """A cause may be gone: an error without a card in motion goes too; some devices resume alone."""
        causes = self._causes()
        causes.update({"not-drawn": not self.hopper, "overheat": self._paused is not None})
        if self.error in NEEDS_ANSWER or causes.get(self.error or "", False):
            return
        if self.error is not None and self._stopped_in_motion:
            if self.spec.habits.repeats_by_itself and self.jobs:
                self.okay()
            return
        self.error = None
        self.go()

    @property
    def begun(self) -> bool:
        """A card of the first job has been drawn (or the device believes so)."""
        return self._done > 0

    def power_off(self) -> None:
        """All movement ends and every received byte is forgotten; cards stay where they are."""
        self.halt()
        self.power = False
        self.jobs = []
        self._done = 0
        self.error = None
        self.world.touch()

    def power_on(self) -> None:
        """Start; a card in the path is thrown out or kept, as the device file says."""
        if self.power:
            return
        self.power = True
        self.world.touch()
        self._look_for_obstacle()
        if self.spec.habits.power_on == "throw-out":
            self.bring_out()
        self.go()
