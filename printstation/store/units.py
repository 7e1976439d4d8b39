"""Printers by name, and units by serial number: what must hold before one is fed again."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import Insert, insert

from printstation.store import engine
from printstation.store.engine import Tx, mapping
from printstation.store.tables import printer, unit


@dataclass(frozen=True)
class Unit:
    """A device that was seen here. `expected` is the running sum of explained movements (§6)."""

    serial: str
    model: str
    expected: int | None
    seen: int | None
    allowance: int
    discard_due: bool
    holds_job: bool
    written_off: bool

    @property
    def difference(self) -> int:
        """How far the last reading is from what is explained."""
        if self.expected is None or self.seen is None:
            return 0
        return self.seen - self.expected


# Statements of the worker's loop are built once: building one costs more than running it.
_BY_SERIAL = select(unit).where(unit.c.serial == bindparam("serial"))
_PRINTER = select(printer.c.paused, printer.c.count_due).where(printer.c.name == bindparam("name"))
_MET = insert(unit)
# What the configuration says of it now; but while something is due on it, nothing takes `holds_job` back (§5).
_MEET = _MET.on_conflict_do_update(
    index_elements=["serial"],
    set_={"holds_job": func.max(_MET.excluded.holds_job, unit.c.holds_job * unit.c.discard_due)},
)
_EXPLAIN = (
    update(unit)
    .where(unit.c.serial == bindparam("is_this"), unit.c.expected.is_not(None))
    .values(expected=unit.c.expected + bindparam("movements"))
)


def get(conn: Connection, serial: str) -> Unit | None:
    """The unit with this serial number."""
    row = conn.execute(_BY_SERIAL, {"serial": serial}).one_or_none()
    if row is None:
        return None
    values: dict[str, Any] = mapping(row)
    for flag in ("discard_due", "holds_job", "written_off"):
        values[flag] = bool(values[flag])
    return Unit(**values)


def meet(tx: Tx, serial: str, model: str, holds_job: bool) -> None:
    """Note that this unit exists; what is known of it stays, but for what `holds_job` is said to be by now."""
    tx.conn.execute(_MEET, {"serial": serial, "model": model, "holds_job": int(holds_job)})


def change(tx: Tx, serial: str, **values: Any) -> None:
    """Change columns of a unit."""
    engine.change(tx, unit.c.serial, serial, values)


def explain(tx: Tx, serial: str, movements: int) -> None:
    """Add explained movements to what the counter should show; nothing without a counter."""
    if movements:
        tx.conn.execute(_EXPLAIN, {"is_this": serial, "movements": movements})


def set_printer(tx: Tx, name: str, **values: Any) -> None:
    """Insert or change a printer's row."""
    tx.conn.execute(_set_printer(tuple(values)), {"name": name, **values})


@functools.cache
def _set_printer(columns: tuple[str, ...]) -> Insert:
    added = insert(printer)
    changed = {column: added.excluded[column] for column in columns or ("name",)}
    return added.on_conflict_do_update(index_elements=["name"], set_=changed)


def holds(conn: Connection, name: str) -> tuple[bool, bool]:
    """Whether a person paused this printer, and whether it waits for a count after a restore."""
    row = conn.execute(_PRINTER, {"name": name}).one_or_none()
    return (bool(row.paused), bool(row.count_due)) if row else (False, False)


def is_paused(conn: Connection, name: str) -> bool:
    """Whether a person paused this printer."""
    return holds(conn, name)[0]


def count_is_due(conn: Connection, name: str) -> bool:
    """Whether this printer waits for a count after a restore."""
    return holds(conn, name)[1]


def serial_at(conn: Connection, name: str) -> str | None:
    """The unit that was last seen under this name."""
    found: str | None = conn.execute(
        select(printer.c.serial).where(printer.c.name == name)
    ).scalar_one_or_none()
    return found
