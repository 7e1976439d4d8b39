"""A real store on a real file, a clock that tests own, and rows in any state that a test wants."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import insert

from printstation.clock import Signal
from printstation.lifecycle.job import ENDED_STATES, JobState
from printstation.store.engine import Store, open_engine
from printstation.store.schema import upgrade
from printstation.store.tables import card, job, payload

START = datetime(2026, 11, 24, 1, tzinfo=UTC)
BEFORE = "2026-11-24T00:00:00.000Z"


class TestClock:
    """Time that passes only when somebody waits. `on_wait` is called at every wait, before it passes."""

    __test__ = False

    def __init__(self) -> None:
        self.passed = 0.0
        self.on_wait: Callable[[], None] | None = None

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self._pass(seconds)

    def signal(self) -> Signal:
        return threading.Event()

    def wait(self, signal: Signal, seconds: float) -> bool:
        if not signal.is_set():
            self._pass(seconds)
        elif self.on_wait is not None:
            self.on_wait()
        return signal.is_set()

    def _pass(self, seconds: float) -> None:
        assert seconds >= 0
        if self.on_wait is not None:
            self.on_wait()
        self.passed += seconds


@cache
def _template() -> tuple[Path, str]:
    path = Path(mkdtemp(prefix="store-")) / "template.db"
    engine = open_engine(path)
    station = upgrade(engine)
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path, station


def new_store(folder: Path, clock: TestClock | None = None, **how: Any) -> Store:
    """A store as the station makes it at its first start."""
    template, station = _template()
    path = folder / "printstation.db"
    shutil.copy(template, path)
    return Store(open_engine(path), clock or TestClock(), station, **how)


def reopened(store: Store, clock: TestClock | None = None) -> Store:
    """The same file as a new process sees it."""
    path = str(store.engine.url.database).removeprefix("file:").partition("?")[0]
    store.engine.dispose()
    return Store(open_engine(Path(path)), clock or TestClock(), store.station)


def add_job(store: Store, identity: str, state: str = "pending", **values: Any) -> None:
    """A job's row as it stands, without the acts and the journal that would have led there."""
    row = {
        "id": identity,
        "state": state,
        "card_type": "ktp-el-wni",
        "layout": "specimen-resident",
        "layout_version": "1",
        "reference": f"REF-{identity}",
        "priority": 50,
        "requested_on": "2026-11-24",
        "one_per_resident": 1,
        "body": b"hash",
        "created_at": BEFORE,
        "ended_at": BEFORE if state in set(map(str, ENDED_STATES)) else None,
        **values,
    }
    with store.write() as tx:
        tx.conn.execute(insert(job).values(**row))
        if JobState(state) not in ENDED_STATES:
            tx.conn.execute(insert(payload).values(job=identity, key_id="k", sealed=b"sealed"))


def add_card(store: Store, identity: str, state: str = "stored", **values: Any) -> None:
    """A card's row as it stands; `printer` and `cause` are filled in where the state wants them."""
    row = {"id": identity, "card_type": "ktp-el-wni", "version": "V1", "batch": "B1", **values}
    if state in ("loaded", "reserved"):
        row.setdefault("printer", "tango")
    if state in ("spoiled", "missing"):
        row.setdefault("cause", "other")
    demanded = {"encoded": {"bound_to": b"resident"}, "lent": {"loan": "L-0001"}}
    row = {**demanded.get(state, {}), **row}
    with store.write() as tx:
        tx.conn.execute(insert(card).values(**row, state=state))


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    """What plain SQL says."""
    with store.read() as conn:
        return [tuple(row) for row in conn.exec_driver_sql(query)]


def journal_of(store: Store) -> list[str]:
    """The kinds of all entries, in order."""
    return [kind for (kind,) in rows(store, "SELECT kind FROM journal ORDER BY seq")]


def open_store(tmp_path: Path) -> Iterator[Store]:
    """For fixtures."""
    store = new_store(tmp_path)
    yield store
    store.engine.dispose()
