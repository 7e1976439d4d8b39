"""Closed days as rows, and the journal's entry that vouches for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from printstation.store import filed
from printstation.store.engine import Tx, mapping
from printstation.store.tables import journal, shift

#: The entry of a close: the row's `last_seq` is the one before it.
KIND = "shift-closed"


@dataclass(frozen=True)
class Shift:
    """One closed day. `facts` is JSON, see `reports/facts.py`."""

    day: str
    first_seq: int
    last_seq: int
    closed_at: str
    by: str
    supervisor: str
    facts: str


@dataclass(frozen=True)
class Head:
    """One entry of the journal as it is printed on paper."""

    seq: int
    hash: bytes


_SELECT = select(shift)


def _shift(row: Any) -> Shift | None:
    return Shift(**mapping(row)) if row else None


def add(tx: Tx, values: dict[str, Any]) -> None:
    """Note a closed day; the next entry of this transaction vouches for it."""
    filed.add(tx, "shift", {**values, "closed_at": tx.at})


def get(conn: Connection, day: str) -> Shift | None:
    """The close of this day."""
    return _shift(conn.execute(_SELECT.where(shift.c.day == day)).one_or_none())


def last(conn: Connection, before: str | None = None) -> Shift | None:
    """The newest close, or the newest before a day."""
    query = _SELECT if before is None else _SELECT.where(shift.c.day < before)
    return _shift(conn.execute(query.order_by(shift.c.day.desc()).limit(1)).one_or_none())


def next_after(conn: Connection, day: str) -> Shift | None:
    """The close that comes after a day."""
    query = _SELECT.where(shift.c.day > day).order_by(shift.c.day).limit(1)
    return _shift(conn.execute(query).one_or_none())


def of_month(conn: Connection, month: str) -> list[Shift]:
    """The closes of a month (`2026-11`), in the order of days."""
    query = _SELECT.where(shift.c.day.startswith(f"{month}-", autoescape=True))
    return [Shift(**mapping(row)) for row in conn.execute(query.order_by(shift.c.day))]


def head_at(conn: Connection, seq: int) -> Head | None:
    """The entry with this number, as paper names it."""
    query = select(journal.c.seq, journal.c.hash).where(journal.c.seq == seq)
    row = conn.execute(query).one_or_none()
    return Head(row.seq, row.hash) if row else None
