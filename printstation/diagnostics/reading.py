"""Reading a station's database without leaving a trace: not even the `-wal` and `-shm` files of a reader."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

#: A step takes a millisecond, and readers wait for no writer in WAL mode.
WAIT_S = 2.0


def has_log(database: Path) -> bool:
    """Whether there is a write-ahead log: a daemon runs, or the last one was cut off."""
    log = database.with_name(database.name + "-wal")
    try:
        return log.stat().st_size > 0
    except FileNotFoundError:
        return False


@contextmanager
def looking(database: Path) -> Iterator[Connection]:
    """One read transaction. Without a log the file is taken as one that nobody changes, for SQLite would make
    a log of its own otherwise; so look again if a log came meanwhile. Raises `sqlite3.Error` alike."""
    mode = "mode=ro" if has_log(database) else "immutable=1"
    engine = _engine(f"file:{_quoted(database)}?{mode}")
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _engine(uri: str) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=WAIT_S, check_same_thread=False)
        connection.isolation_level = None
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
