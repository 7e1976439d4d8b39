"""Builds the station from its configuration; the only file that knows every room."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sqlalchemy.exc import DatabaseError

import drivers
import layouts
from drivers import Driver, Model, Tap
from printstation.acts import jobs as job_acts
from printstation.acts.request import Request
from printstation.acts.restoring import apply_mark
from printstation.clock import Clock, SystemClock, rfc3339
from printstation.config import Config, PrinterConfig
from printstation.refusals import Refusal
from printstation.seal import Seal, open_key
from printstation.spool import errands, faces
from printstation.spool.ahead import Ends
from printstation.spool.desk import Desk, StationClock
from printstation.spool.duty import Duty, duty_of
from printstation.spool.outside import outside_view
from printstation.spool.sight import Sight
from printstation.spool.slips import Paper, SlipWorker
from printstation.spool.timings import COMMIT_BOUNDS, CommitTimer, Histogram, Timings
from printstation.spool.view import PrinterView, SeenReason
from printstation.spool.worker import Worker
from printstation.store import gauges, jobs, keyed
from printstation.store.engine import Store, open_engine
from printstation.store.schema import NewerDatabase, OtherDatabase, upgrade

log = logging.getLogger(__name__)

#: uri, model and `busy_wait_s` of `drivers.open_driver`.
Opener = Callable[[str, Model, float], Driver]

DATABASE = "printstation.db"
KEY = "printstation.key"
KEY_BACK = "bring the key file back from a backup"
LOCK = "printstation.lock"
#: How often waiting jobs are looked at for their expiry.
EXPIRY_INTERVAL_S = 10.0
#: After the last card a worker ends within one turn; what is still there then hangs on a dead printer (§11:
#: under 5 s in all).
STOP_WAIT_S = 3.0


class StationError(Exception):
    """The station cannot start: one line for a person, with what to do."""


@dataclass
class Station:
    """A running (or startable) station. `open_station` makes it; `start` and `stop` are its life."""

    config: Config
    store: Store
    seal: Seal
    clock: Clock
    _lock: IO[str] | None = None
    _workers: list[Worker] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _desks: list[Desk] = field(default_factory=list)
    _ends: Ends = field(default_factory=Ends)
    #: Prints slips; None where the office has no receipt printer.
    slips: SlipWorker | None = None
    #: How long commits take, and with them the disk.
    commits: Histogram = field(default_factory=lambda: Histogram(COMMIT_BOUNDS))
    #: Number of the journal's newest entry before this process wrote any.
    begun_after: int = 0
    stopping: bool = False
    _leaving: bool = False

    # ------------------------------------------------------------------------- what others ask
    def views(self) -> tuple[PrinterView, ...]:
        """Every printer as its worker last saw it, in the order of the configuration.

        One that is not driven from here is as its rows are.
        """
        seen = {worker.view.name: worker.view for worker in self._workers}
        return tuple(
            outside_view(self.store, printer.name, self.duty_of(printer))
            if printer.outside
            else seen[printer.name]
            for printer in self.config.printers
            if printer.outside or printer.name in seen
        )

    @property
    def slip_reasons(self) -> tuple[SeenReason, ...]:
        """Why slips wait; empty while they come out, and where there is no receipt printer."""
        return self.slips.reasons if self.slips is not None else ()

    @property
    def timings(self) -> dict[str, Timings]:
        """How long cards took at each printer that is driven from here."""
        return {desk.name: desk.timings for desk in self._desks}

    def wake(self) -> None:
        """Something changed that may let a printer go on."""
        for desk in self._desks:
            desk.wake.set()
        if self.slips is not None:
            self.slips.wake.set()

    def _rouse(self, printer: str | None) -> None:
        for desk in self._desks:
            if printer is None or desk.name == printer:
                desk.wake.set()

    def model_of(self, printer: PrinterConfig) -> Model:
        """The model of a configured printer, as calibrated on that unit."""
        return printer.unit_model()

    def duty_of(self, printer: PrinterConfig) -> Duty:
        """When a printer rests, is cleaned, and the like."""
        model = None if printer.outside else self.model_of(printer)
        return duty_of(printer, model, self.config.zone, self.config.clock_speed)

    def start_cleaning(self, printer: str, request: Request, by: str) -> None:
        """Have the printer's worker start a cleaning run; refuses `printer-busy` while another errand waits."""
        self.ask(printer, errands.cleaning(self.store, printer, request, by))

    def ask(self, printer: str, errand: errands.Errand) -> None:
        """Leave an errand for the printer's worker; refuses `printer-busy` while another one waits."""
        desk = self._desk_named(printer)
        if not desk.errands.ask(errand, self.clock.monotonic()):
            raise Refusal(
                "printer-busy", f"printer {printer} has an errand to do; ask again shortly"
            )
        desk.wake.set()

    def sight_of(self, printer: str) -> Sight:
        """What the worker of a printer that is driven from here saw last."""
        return self._desk_named(printer).sight

    def tap_of(self, printer: str) -> Tap | None:
        """The recorder of a printer's wire; None for a queue."""
        return self._desk_named(printer).tap

    def _desk_named(self, printer: str) -> Desk:
        found = next((desk for desk in self._desks if desk.name == printer), None)
        if found is None:
            raise Refusal("not-found", f"printer {printer} is not served yet; ask again shortly")
        return found

    def faces(self, job_id: str) -> dict[str, layouts.Picture]:
        """The very faces that are, or will be, printed for a job; refuses `not-found`, `payload-erased`."""
        with self.store.read() as conn:
            job = jobs.get(conn, job_id)
        if job is None:
            raise Refusal("not-found", f"there is no job {job_id}")
        driven = [p for p in self.config.printers if not p.outside]
        takers = [p for p in driven if job.card_type in p.card_types]
        named = [p for p in driven if p.name == (job.printer or job.only_printer)]
        chosen = (named or takers)[:1]
        geometry = (
            faces.geometry_of(self.model_of(chosen[0])) if chosen else layouts.REFERENCE_GEOMETRY
        )
        return faces.pictures(self.store, self.seal, job, geometry)

    # ------------------------------------------------------------------------- life
    def build(self, open_driver: Opener | None = None) -> None:
        """Make a worker for each printer; starts nothing. Tests hand in their own cable."""
        driver_clock = StationClock(self.clock, lambda: self._leaving)
        for printer in self.config.printers:
            if printer.outside:
                continue
            tap = drivers.tap(self.model_of(printer), driver_clock)
            opener = open_driver or _opener(driver_clock, tap)
            desk = self._desk(printer, opener)
            desk.tap = tap
            self._desks.append(desk)
            self._workers.append(Worker(desk))
        self.store.on_concern[:] = [self._rouse]
        self.slips = self._slip_worker(driver_clock)

    def _slip_worker(self, clock: StationClock) -> SlipWorker | None:
        printer = self.config.receipt_printer
        if printer is None:
            return None
        return SlipWorker(
            self.store,
            self.clock,
            Paper(self.config.office.name, printer.columns, self.config.zone),
            lambda: drivers.open_receipt_printer(printer.uri, clock, printer.answers),
            lambda: self.stopping,
            answers=printer.answers,
        )

    def rebuild(self, open_driver: Opener) -> None:
        """Workers on another cable, before `start`: for tests and measurements."""
        self._desks.clear()
        self._workers.clear()
        self.build(open_driver)

    def _desk(self, printer: PrinterConfig, opener: Opener) -> Desk:
        timings = Timings(real_time(self.clock, self.config.clock_speed))
        paint = faces.painter(self.store, self.seal)
        return Desk(
            name=printer.name,
            uri=printer.uri,
            model=self.model_of(printer),
            card_types=tuple(printer.card_types),
            most_sides=self.most_sides(printer),
            store=self.store,
            clock=self.clock,
            paint=lambda job, model: timings.drawing(lambda: paint(job, model)),
            open_driver=lambda model, wait: opener(printer.uri, model, wait),
            free_mb=lambda: shutil.disk_usage(self.config.data_dir).free // (1 << 20),
            min_free_mb=self.config.min_free_mb,
            encode_first=self.config.encode_first,
            duty=self.duty_of(printer),
            timings=timings,
            ends=self._ends,
            wake=self.clock.signal(),
            stopping=lambda: self.stopping,
            leaving=lambda: self._leaving,
        )

    def most_sides(self, printer: PrinterConfig) -> dict[str, int]:
        """A one-sided printer leaves two-sided cards to a printer that can print them, if there is one.

        If there is none it prints their fronts: an office's only printer is better than no card.
        """
        if printer.outside:
            return {}
        own = self.model_of(printer).sides
        return {
            kind: own
            for kind in printer.card_types
            if any(
                kind in other.card_types and self.model_of(other).sides > own
                for other in self.config.printers
                if not other.outside
            )
        }

    @property
    def workers(self) -> tuple[Worker, ...]:
        """The workers, for whoever runs them (threads here, the simulation in tests)."""
        return tuple(self._workers)

    def start(self) -> None:
        """Start a thread for each printer and one for expiry."""
        for worker in self._workers:
            self._thread(worker.run, f"printer {worker.view.name}")
        self._thread(self._expire, "expiry")
        if self.slips is not None:
            self._thread(self.slips.run, "slips")

    def _thread(self, run: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _expire(self) -> None:
        signal = self.clock.signal()
        while not self.stopping:
            try:
                job_acts.expire(self.store, rfc3339(self.clock.now()))
            except Refusal as refusal:
                log.warning("expiry: %s", refusal.detail)
            self.clock.wait(signal, min(EXPIRY_INTERVAL_S, STOP_WAIT_S / 3))

    def begin_stop(self) -> None:
        """No new card starts from here on (§11)."""
        self.stopping = True
        self.wake()

    def stop(self, now: bool = False) -> None:
        """End the workers: a moving card is awaited to its deadline, unless `now`. Recovery settles the rest."""
        self.begin_stop()
        threads = [t for t in self._threads if t.is_alive()]
        while not now and any(w.busy for w in self._workers) and any(t.is_alive() for t in threads):
            for thread in threads:
                thread.join(timeout=0.1)
        for thread in threads:
            if not now:
                thread.join(timeout=STOP_WAIT_S)
        self._leaving = True
        self.wake()
        for thread in threads:
            thread.join(timeout=STOP_WAIT_S / 2)
        self.store.engine.dispose()
        if self._lock is not None:
            self._lock.close()


def _opener(clock: Clock, tap: Tap | None) -> Opener:
    """Opens a printer on a real cable."""
    return lambda uri, model, wait: drivers.open_driver(uri, model, clock, wait, tap)


def real_time(clock: Clock, speed: float) -> Callable[[], float]:
    """Seconds that pass as on the wall, also where the printers' clock is faster."""
    return lambda: clock.monotonic() / speed


def open_station(config: Config, clock: Clock | None = None) -> Station:
    """Take the data folder's lock, open and migrate the database, and build the workers.

    Raises `StationError`; whatever was taken is let go then. Starts nothing.
    """
    config.data_dir.mkdir(parents=True, exist_ok=True)
    lock = take_lock(config.data_dir)
    try:
        clock = clock or SystemClock(config.clock_speed)
        commits = CommitTimer(real_time(clock, config.clock_speed))
        store = _store(config.data_dir / DATABASE, clock, commits)
        with store.read() as conn:
            begun_after = gauges.last_entry(conn)
        if apply_mark(store, [printer.name for printer in config.printers]):
            log.warning("this is a restored copy: counts are asked, pending jobs wait for a person")
        station = Station(config, store, _seal(config.data_dir / KEY, store), clock, lock)
        station.commits, station.begun_after = commits.seconds, begun_after
        station.build()
        return station
    except BaseException:
        lock.close()
        raise


def take_lock(folder: Path) -> IO[str]:
    """The data folder's lock, held until it is closed or the process ends; one holder at a time.

    Raises `StationError` that names the holder.
    """
    lock = open(folder / LOCK, "a+")  # noqa: SIM115 - held as long as the station lives
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StationError(
            f"another printstation (process {holder}) runs on {folder}; stop it first, or use its page"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _store(path: Path, clock: Clock, gate: CommitTimer) -> Store:
    engine = open_engine(path)
    try:
        return Store(engine, clock, upgrade(engine), gate=gate)
    except NewerDatabase as error:
        raise StationError(str(error)) from None
    except (DatabaseError, OtherDatabase) as error:
        said = error.orig if isinstance(error, DatabaseError) else error
        raise StationError(f"{path} cannot be used as a database: {said}") from None


def _seal(path: Path, store: Store) -> Seal:
    with store.read() as conn:
        used, kept_with = keyed.is_used(conn), keyed.key_id(conn)
    if used and not path.exists():
        raise StationError(
            f"the key file {path} is missing, and this database holds data sealed with it; {KEY_BACK}"
        )
    try:
        seal = open_key(path)
    except (OSError, ValueError) as error:
        raise StationError(str(error)) from None
    if kept_with not in (None, seal.key_id):
        raise StationError(f"the key file {path} is not the one of this database; {KEY_BACK}")
    with store.read() as conn:
        remembered = keyed.is_remembered(conn, seal.key_id)
    if not remembered:
        with store.write() as tx:
            keyed.remember(tx, seal.key_id)
    return seal
