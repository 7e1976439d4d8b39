"""One simulated history's machinery: station, printers, clock, cable and cut points together.

Who does what in a history is elsewhere (`people.py`, `director.py`); what is wrong at its end, too
(`judge.py`).
"""

from __future__ import annotations

import json
import logging
import random
import sqlite3
from collections import Counter as Bag
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError

from drivers import Driver, Model
from printstation.config import Config
from printstation.station import Station
from tests.crash import house
from tests.crash.cable import MemoryPort
from tests.crash.clockwork import StationDies, Task, Turns, VirtualClock
from tests.crash.cuts import Cut, Planned, Points
from tests.crash.families import FAMILIES
from tests.crash.signs import Sign
from tests.crash.transcript import Transcript
from tests.crash.world import KINDS, UNRECORDED, Origin, Truth

T = TypeVar("T")

#: The feed whose bytes are going out at a printer.
FEEDING = (
    "SELECT id FROM feed WHERE printer = ? AND settled_at IS NULL AND sent_at IS NULL"
    " AND stopped_at IS NULL AND discarded = 0 ORDER BY id DESC LIMIT 1"
)
#: Feeds without a verdict.
OPEN_FEEDS = "SELECT id FROM feed WHERE settled_at IS NULL AND verdict IS NULL"
PLENTY_MB = 100_000


class Trouble(logging.Handler):
    """Collects what the station logs as its own mistake."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Sim:
    """Everything of one history. Made for one run and thrown away."""

    def __init__(
        self,
        kinds: Mapping[str, str],
        rng: random.Random,
        plan: list[Planned] | None = None,
        *,
        trace: bool = False,
    ) -> None:
        self.rng = rng
        self.turns = Turns(random.Random(rng.random()))
        self.clock = VirtualClock(self.turns)
        self.truth = Truth(self.clock, self.note)
        self.kinds = dict(kinds)
        self.printers = {
            name: FAMILIES[KINDS[kind].family].printer(
                name, number, KINDS[kind], self.truth, self.whose
            )
            for number, (name, kind) in enumerate(kinds.items(), 1)
        }
        self.points = Points(plan or [], self._cut)
        self.transcript = Transcript()
        self._ears = {
            name: FAMILIES[printer.kind.family].ear(list(printer.spec.errors.values()))
            for name, printer in self.printers.items()
        }
        #: How often each unit was cleared (reset or cancel), and how often by the time of each feed.
        self.clears: Bag[str] = Bag()
        self.clears_before: dict[Origin, int] = {}
        #: When a printer was first fed: its counter's sum has begun by then.
        self.first_fed: dict[str, datetime] = {}
        self.history: list[str] = []
        #: Also note the journal and the states of devices (for the history of a failing seed).
        self.trace = trace
        self._told = 0
        self._last_status: dict[str, object] = {}
        self.trouble = Trouble()
        self.station: Station | None = None
        self.latency_s = 0.0
        self.free_mb = PLENTY_MB
        self.locked_commits = 0
        self.full_commits = 0
        #: Called after a cut, so that somebody puts things right again.
        self.on_cut: Callable[[Cut, str | None], None] = lambda cut, printer: None
        self._holders: dict[str, MemoryPort] = {}
        self._one_moment = False
        house.files().fresh()

    # ------------------------------------------------------------------ telling
    def note(self, who: str, what: str) -> None:
        """One line of the history."""
        self.history.append(f"{self.turns.now:9.3f}  {who:<10} {what}")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Look into the database, beside the station."""
        return house.files().reader().execute(query, values).fetchall()

    # ------------------------------------------------------------------ the station's life
    @property
    def up(self) -> bool:
        """Whether a station runs."""
        return self.station is not None

    def open(self) -> None:
        """Start the station on its files."""
        assert self.station is None
        hands = house.Hands(self.clock, self._gate, self._open_driver, lambda: self.free_mb)
        self.station = house.open_house(hands, self.kinds, self.furnish)
        self.note("station", "starts")
        for worker in self.station.workers:
            self.turns.spawn(f"worker {worker.view.name}", worker.run, inside=True)

    def furnish(self, config: Config) -> Config:
        """What else the office has than one card type and printers on cables."""
        return config

    def kill(self) -> None:
        """The station's process ends now. Raises `StationDies` when the caller is inside it."""
        if self.station is None:
            return
        self.station = None
        self._holders.clear()
        current = self.turns.current
        if current is not None and current.inside:
            self.turns.doom()
            raise StationDies
        self.turns.kill_inside()

    def call(self, act: Callable[[Station], T]) -> T | None:
        """A request to the station: its answer, or None when it was down or died of it."""
        if self.station is None:
            return None
        task = self.turns.current
        assert task is not None
        task.inside = True
        try:
            return act(self.station)
        except StationDies:
            return None
        finally:
            task.inside = False

    def spawn(self, name: str, run: Callable[[], None]) -> Task:
        """Somebody outside the station begins to act."""
        return self.turns.spawn(name, run)

    # ------------------------------------------------------------------ cut points
    def point(self, printer: str | None) -> None:
        """A transport call, before or after (see `cable.py`)."""
        self._still_alive()
        self.points.reach(printer)
        self.turns.pass_baton()

    @contextmanager
    def in_one_moment(self) -> Iterator[None]:
        """What is done in here is one moment to everybody else. A cut may still end it."""
        self._one_moment = True
        try:
            yield
        finally:
            self._one_moment = False

    def _gate(self, what: str) -> None:
        self._still_alive()
        self.points.reach(None)
        if what == "commit":
            self._held_up()
            return
        if what == "committed":
            self._freeze_records()
        if what == "committed" and self.trace:
            self._tell_journal()
        if not self._one_moment:
            self.turns.pass_baton()

    def _tell_journal(self) -> None:
        for row in self.rows("SELECT * FROM journal WHERE seq > ?", self._told):
            entry = json.loads(row["entry"])
            entry["data"].pop("cards", None)
            reference = self.rows("SELECT reference FROM job WHERE id = ?", entry["job"])
            names = [*(r["reference"] for r in reference), entry["card"], entry["printer"]]
            words = " ".join(name for name in names if name)
            self.note("journal", f"{entry['kind']} {words} {entry['data']}")
            self._told = row["seq"]

    def _held_up(self) -> None:
        if self.locked_commits > 0:
            self.locked_commits -= 1
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database is locked"))
        if self.full_commits > 0:
            self.full_commits -= 1
            raise OperationalError(
                "COMMIT", {}, sqlite3.OperationalError("database or disk is full")
            )

    def _still_alive(self) -> None:
        task = self.turns.current
        if self.station is None and task is not None and task.inside:
            raise StationDies

    def _cut(self, cut: Cut, printer: str | None) -> None:
        target = printer or self.rng.choice(list(self.printers))
        self.note("CUT", f"{cut} at point {self.points.count}, {target}")
        if cut in (Cut.BOTH, Cut.POWER):
            self.printers[target].power_off()
        elif cut is Cut.CABLE:
            self.printers[target].unplug()
        self.on_cut(cut, target)
        if cut.kills_station:
            self.kill()

    # ------------------------------------------------------------------ the cable
    def _open_driver(self, uri: str, model: Model, busy_wait_s: float) -> Driver:
        printer = self.printers[uri.removeprefix("memory://")]
        printer.advance(self.turns.now)
        family = FAMILIES[printer.kind.family]
        port = family.cable(self, printer, self._holders)
        self.transcript.ends(printer.name)
        try:
            return family.attach(
                port, model, self.clock, busy_wait_s, lambda: bool(printer.body.path)
            )
        except BaseException:
            port.close()
            raise

    def seen(self, printer: str, what: str, data: bytes | int) -> None:
        """Both ends know of this transfer."""
        receiving = self.printers[printer].receiver.receiving
        sign = self._ears[printer].hear(what, data, receiving=receiving)
        if sign in (Sign.CLEARED, Sign.RESET):
            self.clears[self.printers[printer].serial] += 1
        self.transcript.seen(printer, sign)
        if self.trace and what in ("status", "gone") and self._last_status.get(printer) != data:
            self._last_status[printer] = data
            self.note(printer, f"{what} {int(data):02x}")
        if self.trace and what in ("in", "reset"):
            self.note(printer, f"{what} {data!r}")

    def _freeze_records(self) -> None:
        """A card that has its fate is not touched by what comes after."""
        under_way = self.transcript.under_way()
        still = {row["id"] for row in self.rows(OPEN_FEEDS)} if under_way else set()
        for printer, origin in under_way:
            if isinstance(origin, int) and origin not in still:
                self.transcript.settled(printer)

    def whose(self, printer: str) -> Origin:
        """Whose bytes begin at this printer now, by what is on the disk."""
        found = self.rows(FEEDING, printer)
        origin: Origin = found[0]["id"] if found else UNRECORDED
        self.transcript.begins(printer, origin)
        self.first_fed.setdefault(printer, self.clock.true_time())
        self.clears_before.setdefault(origin, self.clears[self.printers[printer].serial])
        return origin

    # ------------------------------------------------------------------ running
    def run(self, until: Callable[[], bool], limit_s: float) -> None:
        """Let the history go on until the condition holds or so much time has passed."""
        end = self.turns.now + limit_s
        logger = logging.getLogger("printstation")
        logger.addHandler(self.trouble)
        try:
            self.turns.run(lambda: until() or self.turns.now >= end)
        finally:
            logger.removeHandler(self.trouble)
