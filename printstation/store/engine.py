"""Opening the database, and the two kinds of transaction that there are.

SQLite in WAL mode with synchronous=FULL: a commit that returned is on the disk. Writers use BEGIN
IMMEDIATE with a bounded wait, so that two of them never deadlock half-way.
"""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Update,
    bindparam,
    create_engine,
    event,
    update,
)
from sqlalchemy.exc import OperationalError

from printstation.clock import Clock, rfc3339
from printstation.refusals import Refusal

log = logging.getLogger(__name__)
T = TypeVar("T")
#: Entries that change nothing for any other printer: no job comes back to the queue, no blank is moved by a
#: person, no question is answered. Whatever is not named here concerns them all.
OF_ONE_PRINTER = frozenset(
    {
        "card-fed",
        "card-printed",
        "card-reserved",
        "card-sent",
        "job-stopped",
        "printer-error",
        "printer-ready",
        "printer-stopped",
        "question-asked",
        "question-changed",
    }
)
#: How long a writer waits for another one. A step takes about a millisecond; the longest transaction
#: (a receipt of 10,000 blanks) well under a second.
BUSY_WAIT_S = 5.0
#: A larger WAL before a checkpoint: the checkpoint is what makes the slowest commit slow.
WAL_PAGES = 4000


def file_uri(path: Path, mode: str) -> str:
    """The file as SQLite's URI: a folder may be called `50%#1?`, and none of it may name another file."""
    return f"file:{quote(os.fsencode(path))}?mode={mode}"


def open_engine(path: Path, *, read_only: bool = False) -> Engine:
    """The engine on a database file; creates the file unless `read_only`."""
    mode = "ro" if read_only else "rwc"
    engine = create_engine(
        # Made of its parts: SQLAlchemy would undo the quoting of a URL that it reads.
        URL.create("sqlite", database=file_uri(path, mode), query={"uri": "true"}),
        connect_args={"timeout": BUSY_WAIT_S, "check_same_thread": False},
        # An error's text goes to the log: a statement's parameters may be personal.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not open transactions by itself: `begin` below says which kind.
        connection.isolation_level = None
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
            connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


@dataclass
class Tx:
    """One write transaction: its connection, and the moment at which everything in it happens."""

    conn: Connection
    at: str
    station: str
    # The journal's tail, read at the first entry of the transaction.
    tail: tuple[int, bytes] | None = field(default=None, repr=False)
    # (kind, printer) of every entry of the transaction, for whoever remembers what was read.
    noted: list[tuple[str, str | None]] = field(default_factory=list, repr=False)
    # What the log says of each entry once it is committed: ids and keywords.
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list, repr=False)
    # Rows written since the last entry, for which the next one vouches (`store/filed.py`).
    # None for a row that was erased.
    filed: dict[str, str | None] = field(default_factory=dict, repr=False)
    # Of a row whose final columns the next entry carries (`filed.finish`).
    digest: str | None = field(default=None, repr=False)


class Store:
    """The database of a station. One object, shared by all threads.

    `gate` is called with "begin" and "commit" before these happen and with "committed" after; the crash
    simulation cuts there. `on_change` is called after each commit that wrote a journal entry: a worker that
    only looked must not wake everybody, itself included.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        station: str,
        *,
        gate: Callable[[str], None] | None = None,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.station = station
        self._gate = gate
        self.on_change: list[Callable[[], None]] = []
        #: Called with the one printer that a commit concerns, or None when it may concern them all.
        self.on_concern: list[Callable[[str | None], None]] = []
        self._version = 0
        self._version_at: dict[str, int] = {}

    def version(self, printer: str) -> tuple[int, int]:
        """Grows with every commit of this process that concerns a printer: what was read at the same value
        is still so."""
        return self._version, self._version_at.get(printer, 0)

    def _count(self, tx: Tx) -> str | None:
        printers = {printer for _, printer in tx.noted}
        if len(printers) == 1 and all(kind in OF_ONE_PRINTER for kind, _ in tx.noted):
            (printer,) = printers
            if printer is not None:
                self._version_at[printer] = self._version_at.get(printer, 0) + 1
                return printer
        self._version += 1
        return None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; rolled back at the end. Never held while something is waited for."""
        with self.engine.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """One transaction: committed and on disk when the block ends, undone when it raises.

        Refuses `database-busy` when another process holds the database for too long.
        """
        if self._gate:
            self._gate("begin")
        conn = self.engine.connect().execution_options(begin="BEGIN IMMEDIATE")
        try:
            with busy_is_a_refusal():
                transaction = conn.begin()
                try:
                    tx = Tx(conn, rfc3339(self.clock.now()), self.station)
                    yield tx
                    assert not tx.filed, f"no entry vouches for {', '.join(tx.filed)}"
                    assert tx.digest is None, "no entry carries the digest of a final row"
                    if self._gate:
                        self._gate("commit")
                    transaction.commit()
                except BaseException:
                    transaction.rollback()
                    raise
        finally:
            conn.close()
        for_whom = self._count(tx)
        if self._gate:
            self._gate("committed")
        for kind, extra in tx.told:
            log.info(kind, extra=extra)
        if tx.tail is not None:
            for changed in self.on_change:
                changed()
            for rouse in self.on_concern:
                rouse(for_whom)


class Remembered(Generic[T]):
    """Something read from the store, read again only after a commit.

    An idle printer looks every second; without this each look costs a dozen statements that say what the
    last look said. Right because all writers of a data folder are one process (§11).
    """

    def __init__(self, store: Store, printer: str, read: Callable[[], T]) -> None:
        self._store = store
        self._printer = printer
        self._read = read
        self._known: tuple[tuple[int, int], T] | None = None

    def get(self) -> T:
        """The value, as of the last commit."""
        version = self._store.version(self._printer)
        if self._known is None or self._known[0] != version:
            self._known = (version, self._read())
        return self._known[1]


@contextmanager
def busy_is_a_refusal() -> Iterator[None]:
    """Turn "database is locked" and "disk is full" into refusals; nothing was changed then."""
    try:
        yield
    except OperationalError as error:
        if "locked" in str(error.orig) or "busy" in str(error.orig):
            raise Refusal(
                "database-busy", "the database is held by another program; try again shortly"
            ) from None
        if "full" in str(error.orig):
            raise Refusal("disk-low", "the disk is full; make room, nothing was lost") from None
        raise


@functools.cache
def _change_by(column: Column[Any]) -> Update:
    return update(column.table).where(column == bindparam("is_this"))


def change(tx: Tx, column: Column[Any], is_this: object, values: Mapping[str, object]) -> None:
    """Set columns of the row where `column` is this. Built once a column: building costs more than running."""
    tx.conn.execute(_change_by(column), {"is_this": is_this, **values})


def mapping(row: Any) -> dict[str, Any]:
    """A row as keyword arguments of its domain object."""
    return dict(row._mapping)
