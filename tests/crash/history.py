"""A whole history: drawn from a seed, run, put in order, judged."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from printstation.acts import jobs, printers
from printstation.acts.request import Done, Request
from simulator import hands
from tests.crash import encoder, whole_office
from tests.crash.cuts import Planned
from tests.crash.director import Director
from tests.crash.judge import Bench, judge
from tests.crash.office import Counter
from tests.crash.operator import Operator
from tests.crash.profile import Profile, profile_of
from tests.crash.sim import PLENTY_MB, Sim
from tests.crash.world import SimPrinter, state_of

#: Virtual seconds: for the drawn part, and for putting everything in order after it.
ACTING_S, ORDER_S = 1200.0, 900.0
#: How long an error may stand before somebody presses OK: longer than the station needs to clear it.
STUBBORN_S = 7.0
#: A worker that is well says nothing but these. (A reply that was tampered with looks like other settings, once.)
CALM = frozenset({"no-blanks", "written-off", "settings-changed"})


@dataclass(frozen=True)
class Cast:
    """Who and what a history has."""

    sim: type[Sim]
    operator: type[Operator]
    director: type[Director]
    bench: type[Bench]


USUAL = Cast(Sim, Operator, Director, Bench)
WHOLE = Cast(
    whole_office.OfficeSim,
    whole_office.Eyes,
    whole_office.Staff,
    whole_office.OfficeBench,
)


@dataclass
class Result:
    """What came of one seed."""

    seed: int
    cards: int
    points: int
    seconds: float
    findings: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)


def run(seed: int, profile: Profile | None = None, *, trace: bool = False) -> Result:
    """One history and its judgement. The same seed gives the same history."""
    profile = profile or profile_of(seed)
    rng = random.Random(seed)
    kinds = _kinds(rng, profile)
    if profile.whole_office:
        kinds[encoder.PRINTER] = rng.choice(encoder.KINDS_BY_HAND)
    cast = WHOLE if profile.whole_office else USUAL
    sim = cast.sim(kinds, rng, _plan(rng, profile), trace=trace)
    sim.latency_s = rng.choice((0.0, 0.0, 0.01, 0.1))
    counter = Counter(sim)
    operator = cast.operator(counter, profile)
    director = cast.director(counter, operator, profile)
    sim.note("seed", f"{seed}: {', '.join(f'{n}={k}' for n, k in kinds.items())}")
    tidy = Tidy(director)
    try:
        sim.open()
        sim.spawn("director", director.run)
        sim.spawn("operator", lambda: _rounds(operator, rng))
        sim.run(lambda: director.over, ACTING_S)
        sim.spawn("tidy", tidy.run)
        sim.run(lambda: tidy.over, ORDER_S)
        findings = [f"dead-lock: {what}" for what in tidy.unrest()] if not tidy.over else []
        findings += judge(sim, director, tidy.over, cast.bench)
    finally:
        sim.turns.end()
    cards = sum(len(side) for side in (sim.truth.origins,))
    return Result(seed, cards, sim.points.count, sim.turns.now, findings, sim.history)


def _kinds(rng: random.Random, profile: Profile) -> dict[str, str]:
    names, weights = list(profile.kinds), list(profile.kinds.values())
    chosen = rng.choices(names, weights, k=rng.randint(*profile.printers))
    return {f"p{number}": kind for number, kind in enumerate(chosen, 1)}


def _plan(rng: random.Random, profile: Profile) -> list[Planned]:
    plan, at = [], 0.0
    cuts, weights = list(profile.cuts), list(profile.cuts.values())
    while profile.cut_every and at < 20_000:
        # Now and then two cuts follow each other closely, so that recovery is cut as well.
        near = rng.random() < 0.3
        at += rng.expovariate(1 / (40 if near else profile.cut_every))
        plan.append(Planned(int(at), rng.choices(cuts, weights)[0]))
    return plan


def _rounds(operator: Operator, rng: random.Random) -> None:
    while True:
        operator.sim.turns.sleep(1.0 if operator.in_earnest else rng.uniform(0.5, 4.0))
        operator.round()


class Tidy:
    """After the last drawn act: no more faults and cuts, everything is mended, answered and awaited."""

    def __init__(self, director: Director) -> None:
        self.director = director
        self.sim = director.sim
        self.operator = director.operator
        self.counter = director.counter
        self.over = False
        self._stubborn: dict[str, float] = {}

    def run(self) -> None:
        """Until nothing is left to do; then count all hoppers, and wait once more."""
        self.sim.note("tidy", "faults are cleared, everything is put in order")
        self.operator.in_earnest = True
        self.sim.points.armed = False
        self.sim.locked_commits = 0
        self.director.disk_empty()
        self._until(self._calm)
        for printer in self.sim.printers.values():
            while True:
                answer = self.operator.count_hopper(printer)
                if isinstance(answer, Done):
                    break
                self.sim.turns.sleep(1.0)
        self.director.last_things()
        self._until(self._calm)
        self.over = True

    def _until(self, done: Callable[[], bool]) -> None:
        calm = 0
        while calm < 2:
            self._put_right()
            self.sim.turns.sleep(1.0)
            calm = calm + 1 if done() else 0

    # ------------------------------------------------------------------ putting right
    def _put_right(self) -> None:
        self.sim.free_mb = PLENTY_MB
        self.director.restart()
        paused = {row["name"] for row in self.sim.rows("SELECT name FROM printer WHERE paused")}
        waiting = self.sim.rows("SELECT 1 FROM job WHERE state = 'pending' LIMIT 1")
        for printer in self.sim.printers.values():
            printer.faults.disarm(None)
            self.director.mend(printer)
            self._be_stubborn(printer)
            if printer.name in paused:
                self.director.set_paused(printer.name, False)
            if waiting:
                self._blanks(printer)
        self._release()

    def _be_stubborn(self, printer: SimPrinter) -> None:
        """An error that nobody's job explains is acknowledged at the panel; a missing unit comes back; a card
        that lies inside and is nobody's (a test card, after a cut) is taken out."""
        inside = self._lies_inside(printer)
        stuck = inside or printer.body.error is not None or self._foreign_unit(printer)
        if not stuck or not self.sim.up:
            self._stubborn.pop(printer.name, None)
            return
        since = self._stubborn.setdefault(printer.name, self.sim.turns.now)
        if self.sim.turns.now - since < STUBBORN_S:
            return
        del self._stubborn[printer.name]
        if self._foreign_unit(printer):
            self._bring_back(printer)
        elif inside:
            self.sim.note("tidy", f"takes the card out of {printer.name}")
            hands.clear_jam(printer.body)
        else:
            self.sim.note("tidy", f"presses OK at {printer.name}")
            hands.press_ok(printer.body)

    def _lies_inside(self, printer: SimPrinter) -> bool:
        """Whether the station says so of a printer that stands still without an error."""
        body, station = printer.body, self.sim.station
        if station is None or not body.path or body.moving or printer.has_work or body.error:
            return False
        view = next(view for view in station.views() if view.name == printer.name)
        return any(reason.keyword == "path-not-empty" for reason in view.reasons)

    def _foreign_unit(self, printer: SimPrinter) -> list[str]:
        """Units that keep a job and are somewhere else while a card of theirs has no fate."""
        if not printer.kind.holds_job:
            return []
        found = self.sim.rows(
            "SELECT DISTINCT serial FROM feed WHERE printer = ? AND settled_at IS NULL",
            printer.name,
        )
        return [row["serial"] for row in found if row["serial"] != printer.serial]

    def _bring_back(self, printer: SimPrinter) -> None:
        serial = self._foreign_unit(printer)[0]
        if self.sim.rng.random() < 0.5:
            self.sim.note("tidy", f"the unit {serial} comes back to {printer.name}")
            printer.swap_unit()
            return
        self.sim.note("tidy", f"{serial} is written off")
        request = Request(self.counter.key(), f"POST /v1/printers/{printer.name}/write-off", b"")
        self.counter.ask(
            lambda station: printers.write_off(
                station.store, printer.name, serial, request, by="Rina", supervisor="Budi"
            )
        )

    def _blanks(self, printer: SimPrinter) -> None:
        """Pending jobs need blanks: the same number on both sides, as long as there are any."""
        rows = self.sim.rows(
            "SELECT count(*) AS n FROM card WHERE state = 'loaded' AND printer = ?", printer.name
        )[0]["n"]
        stored = self.sim.rows("SELECT count(*) AS n FROM card WHERE state = 'stored'")[0]["n"]
        if not rows and stored >= 2:
            if self.director.load_rows(printer.name, 2):
                printer.load(2)
        elif rows and not printer.body.hopper and printer.body.error is None:
            printer.load(1)  # a count will explain it
            self.director.unrecorded[printer.name] += 1

    def _release(self) -> None:
        if not self.sim.up:
            return
        for row in self.sim.rows("SELECT id FROM job WHERE state = 'pending-held' ORDER BY seq"):
            identity = row["id"]
            request = Request(self.counter.key(), "release", b"")
            self.counter.ask(lambda s, i=identity, r=request: jobs.release(s.store, i, r, "Rina"))  # type: ignore[misc]

    # ------------------------------------------------------------------ is it calm?
    def _calm(self) -> bool:
        return not self.unrest()

    def unrest(self) -> list[str]:
        """What is still going on, or stuck."""
        sim = self.sim
        if sim.station is None:
            return ["the station is down"]
        found = []
        if self.counter.pending:
            found.append(f"{self.counter.pending} requests are under way")
        for row in sim.rows("SELECT id, reason, printer FROM question WHERE closed_at IS NULL"):
            found.append(f"question {row['id']} ({row['reason']}, {row['printer']}) is open")
        open_jobs = "'processing','processing-stopped','pending','pending-held'"
        for row in sim.rows(f"SELECT reference, state FROM job WHERE state IN ({open_jobs})"):
            found.append(f"job {row['reference']} is {row['state']}")
        for worker in sim.station.workers:
            words = {reason.keyword for reason in worker.view.reasons}
            if not sim.printers[worker.view.name].body.hopper:
                words.discard("media-empty")
            if not words <= CALM:
                state = state_of(sim.printers[worker.view.name])
                found.append(f"printer {worker.view.name} says {sorted(words)}: {state}")
        return found + self.director.unrest()
