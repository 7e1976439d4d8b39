"""What happens in a history: jobs, people, the world, faults and cuts, one drawn act after the other.

Every act is a method named in `profile.ACTS`. Acts of the world at one printer keep some distance, since
an error shorter than a poll is a stated limit.
"""

from __future__ import annotations

from collections.abc import Callable

from printstation.acts import jobs, printers, stock
from printstation.acts.request import Done, Request
from tests.crash import house
from tests.crash.desk import Desk, void
from tests.crash.mischief import Mischief
from tests.crash.office import Counter, Posted, told
from tests.crash.operator import Operator
from tests.crash.profile import Profile
from tests.crash.queue_mischief import QueueMischief
from tests.crash.world import SimPrinter


class Director(Mischief, QueueMischief, Desk):
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
            self._load(printer, self.rng.randint(*self.profile.first_load), wrong=False)
        while len(self.counter.orders) < self.wanted:
            self.sim.turns.sleep(self.rng.expovariate(1 / self.profile.pace_s))
            act = self.rng.choices(self._acts, self._weights)[0]
            getattr(self, act)()
        self.over = True

    def last_things(self) -> None:
        """What is done when every card has its fate and every hopper was counted."""

    def unrest(self) -> list[str]:
        """What of theirs is still going on, beside cards and questions."""
        return []

    # ------------------------------------------------------------------ applications
    def new_order(self, resident: str | None = None, *, two_sided: bool | None = None) -> Posted:
        """Draw an order; it is posted by `post_order`."""
        number = len(self.counter.orders) + 1
        if resident is None:
            self._residents += 1
            resident = f"resident {self._residents}"
        two = self.rng.random() < self.profile.two_sided if two_sided is None else two_sided
        test = self.rng.random() < self.profile.test_jobs
        posted = Posted(
            reference=f"R-{number:04d}",
            resident=resident,
            key=self.counter.key(),
            layout="tiny-two" if two else "tiny-one",
            reason="test" if test else None,
            hold=self.rng.random() < self.profile.held,
        )
        self.counter.orders.append(posted)
        return posted

    def post_order(self, posted: Posted) -> None:
        """Post it now, and again until it is answered."""
        self.counter.post(posted)

    def stock_up(self, printer: str, count: int) -> None:
        """The same number of blanks on both sides, now."""
        self._fill(self.sim.printers[printer], count)
        self.load_rows(printer, count)

    def _in_background(self, posted: Posted, twist: str = "") -> None:
        self.counter.in_background("app", lambda: void(self.counter.post(posted, twist)))

    def post(self) -> None:
        self._in_background(self.new_order())

    def post_again(self) -> None:
        """The very same request once more."""
        if self.counter.orders:
            self._in_background(self.rng.choice(self.counter.orders))

    def post_same_resident(self) -> None:
        """Another office orders a card for the same resident."""
        if self.counter.orders:
            self._in_background(self.new_order(self.rng.choice(self.counter.orders).resident))

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
