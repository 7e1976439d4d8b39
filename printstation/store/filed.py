"""Rows beside jobs and cards (loans, sessions, counts, …) that the journal vouches for.

Whoever writes such a row names it in the same transaction's next entry, with a digest over the whole row; so
`audit` finds a row that was changed, added or removed behind the application's back, in every such table
alike. What a row means is said by the entry's kind and data, not here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, select, update

from printstation.store.engine import Tx
from printstation.store.tables import (
    count,
    destruction,
    handover,
    loan,
    photo,
    receipt,
    shift,
    supply,
    upkeep,
)

#: Every table whose rows are vouched for, with the column that names a row.
FILED: Mapping[str, tuple[Table, Column[Any]]] = {
    "count": (count, count.c.id),
    "destruction": (destruction, destruction.c.id),
    "handover": (handover, handover.c.id),
    "loan": (loan, loan.c.id),
    "photo": (photo, photo.c.id),
    "receipt": (receipt, receipt.c.delivery),
    "shift": (shift, shift.c.day),
    "supply": (supply, supply.c.id),
    "upkeep": (upkeep, upkeep.c.id),
}
#: Half of a SHA-256, in hex: 128 bits are beyond anybody's guessing, and entries stay short.
DIGEST_CHARS = 32


def next_id(tx: Tx, name: str, letter: str) -> str:
    """The next id of a table with `seq`: L-0001, L-0002, …"""
    table, _ = FILED[name]
    last = tx.conn.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one()
    return f"{letter}-{last + 1:04d}"


def add(tx: Tx, name: str, values: Mapping[str, Any]) -> None:
    """Insert a row; the next entry of this transaction vouches for it."""
    table, key = FILED[name]
    tx.conn.execute(insert(table), dict(values))
    _vouch(tx, name, table, key, values[key.name])


def change(tx: Tx, name: str, identity: str, values: Mapping[str, Any]) -> None:
    """Set columns of a row; the next entry of this transaction vouches for what it is now."""
    table, key = FILED[name]
    done = tx.conn.execute(update(table).where(key == identity).values(**values))
    assert done.rowcount == 1, f"there is no {name} {identity}"
    _vouch(tx, name, table, key, identity)


def _vouch(tx: Tx, name: str, table: Table, key: Column[Any], identity: str) -> None:
    row = tx.conn.execute(select(table).where(key == identity)).one()
    tx.filed[f"{name} {identity}"] = digest(row)


def digest(row: Any) -> str:
    """Of a whole row in its columns' names, so that the order of columns is no matter."""
    facts = {name: _plain(value) for name, value in row._mapping.items()}
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]


def _plain(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def rows(conn: Connection) -> Iterator[tuple[str, str]]:
    """(name of the row as the journal writes it, its digest now), of every filed table, with flat memory."""
    for name, (table, key) in FILED.items():
        for row in conn.execute(select(table), execution_options={"yield_per": 500}):
            yield f"{name} {row._mapping[key.name]}", digest(row)
