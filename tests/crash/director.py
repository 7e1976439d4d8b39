"""What happens in a history: jobs, people, the world, faults and cuts, one drawn act after the other.

Every act is a method named in `profile.ACTS`. Acts of the world at one printer keep some distance, since
an error shorter than a poll is a stated limit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from printstation.acts import jobs, printers, stock
from printstation.acts.request import Done, Request
from simulator import hands
from simulator.faults import REPLY_FAULTS
from tests.crash import house
from tests.crash.cuts import Cut
from tests.crash.limits import ERROR_LASTS_S, LIES, drawable
from tests.crash.office import Counter, Posted, told
from tests.crash.operator import Operator
from tests.crash.profile import Profile
from tests.crash.sim import PLENTY_MB
from tests.crash.world import SimPrinter

#: Longest time that somebody needs to notice a fault of the world before the end.
SLOW_S = 15.0


class Director:
    """Draws and carries out acts until enough cards were ordered."""

    def __init__(self, counter: Counter, operator: Operator, profile: Profile) -> None:
        self.counter = counter
        self.operator = operator
        self.profile = profile
        self.sim = counter.sim
        self.rng = self.sim.rng
        self.wanted = self.rng.randint(*profile.cards)
        self.over = False
        self._touched: dict[str, float] = {}
        self._residents = 0
        self._lied: set[str] = set()
        #: Printers where a reply was tampered with or units were swapped: a witness may be missing there.
        self.doubted: set[str] = set()
        #: Blanks that were laid into a hopper and that no row tells of.
        self.unrecorded = dict.fromkeys(self.sim.printers, 0)
        self.sim.on_cut = self._after_cut
        self._acts = list(profile.acts)
        self._weights = list(profile.acts.values())

    # ------------------------------------------------------------------ the whole
    def run(self) -> None:
        """The first day: hoppers are filled, then one act follows the other."""
        for printer in self.sim.printers.values():
            self._load(printer, self.rng.randint(4, 12), wrong=False)
        while len(self.counter.orders) < self.wanted:
            self.sim.turns.sleep(self.rng.expovariate(1 / self.profile.pace_s))
            act = self.rng.choices(self._acts, self._weights)[0]
            getattr(self, act)()
        self.over = True

    def later(self, seconds: float, name: str, run: Callable[[], None]) -> None:
        """Somebody will do that, unless everything is put in order before."""

        def wait_and_run() -> None:
            self.sim.turns.sleep(seconds)
            if not self.operator.in_earnest:
                run()

        self.counter.in_background(name, wait_and_run)

    def _soon(self) -> float:
        return self.rng.choice((0.1, 0.7, 2.0, 6.0, SLOW_S)) * self.rng.uniform(0.5, 1.2)

    # ------------------------------------------------------------------ applications
    def _new_order(self, resident: str | None = None) -> Posted:
        number = len(self.counter.orders) + 1
        if resident is None:
            self._residents += 1
            resident = f"resident {self._residents}"
        two = self.rng.random() < self.profile.two_sided
        test = self.rng.random() < self.profile.test_jobs
        posted = Posted(
            reference=f"R-{number:04d}",
            resident=resident,
            key=self.counter.key(),
            layout="tiny-two" if two else "tiny-one",
            reason="test" if test else None,
            hold=self.rng.random() < 0.05,
        )
        self.counter.orders.append(posted)
        return posted

    def _in_background(self, posted: Posted, twist: str = "") -> None:
        self.counter.in_background("app", lambda: void(self.counter.post(posted, twist)))

    def post(self) -> None:
        self._in_background(self._new_order())

    def post_again(self) -> None:
        """The very same request once more."""
        if self.counter.orders:
            self._in_background(self.rng.choice(self.counter.orders))

    def post_same_resident(self) -> None:
        """Another office orders a card for the same resident."""
        if self.counter.orders:
            self._in_background(self._new_order(self.rng.choice(self.counter.orders).resident))

    def post_other_body(self) -> None:
        """The key of another order."""
        if self.counter.orders:
            known = self.rng.choice(self.counter.orders)
            copy = Posted(known.reference, known.resident, known.key, known.layout)
            self._in_background(copy, twist="other")

    def _on_a_job(self, name: str, states: str, act: Callable[[str], None]) -> None:
        if not self.sim.up:
            return
        found = self.sim.rows(f"SELECT id FROM job WHERE state IN ({states}) ORDER BY seq")
        if found:
            identity = self.rng.choice(found)["id"]
            self.counter.in_background(name, lambda: act(identity))

    def _job_act(self, name: str, identity: str, act: Callable[..., object]) -> None:
        request = Request(self.counter.key(), f"POST /v1/jobs/{identity}/{name}", b"")
        answer = self.counter.insist(
            lambda station: act(station.store, identity, request, "Rina")  # type: ignore[return-value, arg-type]
        )
        self.sim.note("app", f"{name} {self._reference(identity)}: {told(answer)}")

    def _reference(self, identity: str) -> str:
        found = self.sim.rows("SELECT reference FROM job WHERE id = ?", identity)
        return str(found[0]["reference"])

    def cancel(self) -> None:
        states = "'pending','pending-held','processing','processing-stopped'"
        self._on_a_job("cancel", states, lambda i: self._job_act("cancel", i, jobs.cancel))

    def hold(self) -> None:
        self._on_a_job("hold", "'pending'", lambda i: self._job_act("hold", i, jobs.hold))

    def release(self) -> None:
        self._on_a_job(
            "release", "'pending-held'", lambda i: self._job_act("release", i, jobs.release)
        )

    def reprint(self) -> None:
        states = "'completed','canceled','aborted'"
        self._on_a_job("reprint", states, self._reprint)

    def _reprint(self, identity: str) -> None:
        request = Request(self.counter.key(), f"POST /v1/jobs/{identity}/reprint", b"")
        fate = self.rng.choice(("spoiled", "missing"))
        cause = "damaged" if fate == "spoiled" else "lost"
        answer = self.counter.insist(
            lambda station: jobs.reprint(
                station.store, station.seal, identity, request, card=fate, cause=cause, by="Rina"
            )
        )
        self.sim.note("app", f"reprint {self._reference(identity)} ({fate}): {told(answer)}")

    # ------------------------------------------------------------------ stock and printers
    def _printer(self) -> SimPrinter:
        return self.rng.choice(list(self.sim.printers.values()))

    def load(self) -> None:
        self._load(self._printer(), self.rng.randint(1, 6), wrong=False)

    def load_wrong(self) -> None:
        self._load(self._printer(), self.rng.randint(1, 5), wrong=True)

    def _load(self, printer: SimPrinter, count: int, *, wrong: bool) -> None:
        """The human act and the rows, in either order, with a while between them."""
        rows = max(0, count + self.rng.choice((-2, -1, 1, 2))) if wrong else count
        acts = [lambda: self._fill(printer, count), lambda: self._load_rows(printer.name, rows)]
        self.rng.shuffle(acts)
        self.unrecorded[printer.name] += max(0, count - rows)
        pause = self.rng.choice((0.0, 0.0, 3.0))

        def both() -> None:
            acts[0]()
            self.sim.turns.sleep(pause)
            acts[1]()

        self.counter.in_background("loader", both)

    def _fill(self, printer: SimPrinter, count: int) -> None:
        printer.advance(self.sim.turns.now)
        printer.load(count)
        self.sim.note("world", f"{count} blanks into {printer.name}")

    def _load_rows(self, printer: str, count: int) -> None:
        if count and not self.load_rows(printer, count):
            self.unrecorded[printer] += count

    def load_rows(self, printer: str, count: int) -> bool:
        """The rows alone; False when the store has not so many."""
        request = Request(self.counter.key(), "POST /v1/stock/loads", b"")
        answer = self.counter.insist(
            lambda station: stock.load(
                station.store,
                request,
                printer=printer,
                card_type=house.CARD_TYPE,
                batch=house.BATCH,
                count=count,
                by="Rina",
            )
        )
        self.sim.note("operator", f"loads {count} rows at {printer}: {told(answer)}")
        return isinstance(answer, Done)

    def unload(self) -> None:
        """Blanks go back to the store: first out of the hopper, then in the rows."""
        printer = self._printer()
        if not self._touch(printer) or printer.body.moving or len(printer.body.hopper) < 3:
            return
        taken = printer.body.hopper.pop()
        self.sim.truth.put(taken, "hand")
        self.sim.truth.cards.pop(taken.id)
        self.sim.note("world", f"a blank out of {printer.name}")
        request = Request(self.counter.key(), "POST /v1/stock/unloads", b"")

        def rows() -> None:
            answer = self.counter.insist(
                lambda station: stock.unload(
                    station.store,
                    request,
                    printer=printer.name,
                    card_type=house.CARD_TYPE,
                    batch=house.BATCH,
                    count=1,
                    by="Rina",
                )
            )
            self.sim.note("operator", f"unloads a row at {printer.name}: {told(answer)}")

        self.counter.in_background("loader", rows)

    def count_hopper(self) -> None:
        printer = self._printer()
        self.counter.in_background("counter", lambda: void(self.operator.count_hopper(printer)))

    def pause(self) -> None:
        self.set_paused(self._printer().name, True)

    def resume(self) -> None:
        self.set_paused(self._printer().name, False)

    def set_paused(self, printer: str, paused: bool) -> None:
        """A person stops a printer, or lets it go on."""
        request = Request(self.counter.key(), f"POST /v1/printers/{printer}/{paused}", b"")

        def act() -> None:
            answer = self.counter.insist(
                lambda station: printers.set_paused(station.store, printer, paused, request, "Rina")
            )
            self.sim.note("operator", f"paused={paused} {printer}: {told(answer)}")

        self.counter.in_background("pause", act)

    # ------------------------------------------------------------------ the world
    def _touch(self, printer: SimPrinter) -> bool:
        """Whether enough time has passed since the last act of the world at this printer."""
        now = self.sim.turns.now
        if now - self._touched.get(printer.name, -10.0) < ERROR_LASTS_S:
            return False
        if printer.name in self.operator.hands_off:
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
        if printer := self._do("unplugs", SimPrinter.unplug):
            self._mend_later(printer)

    def power_cut(self) -> None:
        if printer := self._do("switches off", SimPrinter.power_off):
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
            if not (printer.body.jobs and printer.spec.habits.repeats_by_itself):
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
        if printer := self._do("swaps", SimPrinter.swap_unit):
            self.doubted.add(printer.name)
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
        choices = drawable(printer.spec.habits.counter)
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
            alone = not printer.body.jobs and not (self.sim.up and printer.cable)
            return "reject" in armed or (printer.spec.habits.counter == "none" and not alone)
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


def void(_: object) -> None:
    """Throw an answer away."""
