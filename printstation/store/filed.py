"""Rows that the journal vouches for by a digest, in two ways.

A *filed* row (loans, sessions, counts, sealed names, …) is named in the next entry of the transaction that
wrote or erased it, so that `audit` finds one that was changed, added or removed behind the application's back.
A job, a feed and a question have an entry of their own, which carries the digest of what is final in the row
(`FINAL`). What a row means is said by the entry's kind and data, not here; what no entry vouches for is listed
in `docs/audit.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Select, Table, bindparam, func, insert, select, update

from printstation.store import journal
from printstation.store.engine import Tx
from printstation.store.tables import (
    count,
    destruction,
    feed,
    handover,
    holder,
    job,
    loan,
    payload,
    photo,
    question,
    receipt,
    returned,
    scan,
    shift,
    slip,
    supply,
    upkeep,
)

#: Every table whose rows are vouched for, with the column that names a row.
FILED: Mapping[str, tuple[Table, Column[Any]]] = {
    "count": (count, count.c.id),
    "destruction": (destruction, destruction.c.id),
    "handover": (handover, handover.c.id),
    "holder": (holder, holder.c.card),
    "loan": (loan, loan.c.id),
    "payload": (payload, payload.c.job),
    "photo": (photo, photo.c.id),
    "receipt": (receipt, receipt.c.delivery),
    "returned": (returned, returned.c.document),
    "scan": (scan, scan.c.printer),
    "shift": (shift, shift.c.day),
    "slip": (slip, slip.c.id),
    "supply": (supply, supply.c.id),
    "upkeep": (upkeep, upkeep.c.id),
}
#: Revision -> tables of which the rows of a database from before were in no entry; `adopt` writes them into one.
ADOPTED = {"0007": ("holder", "payload", "scan", "slip"), "0008": ("returned",)}
#: Begun tries are written down before an attempt, without an entry: all they change is the word *salinan*.
_LEFT_OUT = {"slip": frozenset({"tries"})}
#: Columns that came after rows were vouched for: left out of the digest while they are empty.
_LATER = {"supply": frozenset({"panels_used"})}
#: What never changes of a job, and all of a settled feed and of a question. A list never changes, either: a
#: later column needs a digest of its own, since entries hold that of today's.
FINAL: Mapping[str, tuple[str, ...]] = {
    "job": (
        *("seq", "id", "card_type", "layout", "layout_version", "reference", "priority", "sides"),
        *("requested_on", "expires_at", "reason", "ticket", "resident", "one_per_resident", "test"),
        *("body", "replaces", "by_reprint", "only_printer", "created_at"),
    ),
    "feed": (
        *("id", "job", "card", "printer", "serial", "session", "counter_kind", "counter_before"),
        *("counter_after", "path", "fed_at", "sent_at", "stopped_at", "errors", "discarded"),
        *("verdict", "rule", "settled_at", "explained", "panels"),
    ),
    "question": (
        *("seq", "id", "reason", "printer", "job", "card", "feed", "serial", "difference"),
        *("offers", "asked_at", "closed_at", "answer"),
    ),
}
#: Adopted rows that one entry names: a quarter of a megabyte.
PART = 2000
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


def note(tx: Tx, name: str, identity: str) -> None:
    """A row that was written in another way; the next entry of this transaction vouches for it."""
    _vouch(tx, name, *FILED[name], identity)


def gone(tx: Tx, name: str, identities: Sequence[str]) -> None:
    """Rows that were erased; the next entry of this transaction says so."""
    tx.filed.update((f"{name} {identity}", None) for identity in identities)


def _vouch(tx: Tx, name: str, table: Table, key: Column[Any], identity: str) -> None:
    row = tx.conn.execute(_ONE[name], {"is_this": identity}).one()
    tx.filed[f"{name} {identity}"] = digest(name, row._mapping)


def adopt(tx: Tx, revisions: Collection[str]) -> None:
    """Vouch for the rows that versions before these revisions left to nobody, as they are found now."""
    for name in (name for revision in sorted(revisions) for name in ADOPTED.get(revision, ())):
        table, key = FILED[name]
        for row in tx.conn.execute(select(table).order_by(key)).all():
            tx.filed[f"{name} {row._mapping[key.name]}"] = digest(name, row._mapping)
            if len(tx.filed) == PART:
                journal.append(tx, "rows-adopted")
    if tx.filed:
        journal.append(tx, "rows-adopted")


def finish(tx: Tx, name: str, identity: str | int) -> None:
    """The next entry of this transaction carries the digest of what is final in this row."""
    row = tx.conn.execute(_FINAL[name], {"is_this": identity}).one()
    tx.digest = final_digest(row)


def final_digest(row: Sequence[Any]) -> str:
    """Of the columns of `FINAL`, in that order. Encoded in C: an audit has hundreds of thousands of them."""
    return hashlib.sha256(msgspec.json.encode(tuple(row))).hexdigest()[:DIGEST_CHARS]


def digest(name: str, row: Any) -> str:
    """Of a whole row by its columns' names, so that their order is no matter."""
    left_out, later = _LEFT_OUT.get(name, ()), _LATER.get(name, ())
    facts = {
        column: _plain(value)
        for column, value in row.items()
        if column not in left_out and not (column in later and value is None)
    }
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]


def _plain(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def rows(conn: Connection) -> Iterator[tuple[str, str]]:
    """(name of the row as the journal writes it, its digest now), of every filed table, with flat memory."""
    for name, (table, key) in FILED.items():
        for row in conn.execute(select(table), execution_options={"yield_per": 500}):
            yield f"{name} {row._mapping[key.name]}", digest(name, row._mapping)


def _by_key(table: Table, columns: Sequence[str], key: str) -> Select[Any]:
    return select(*(table.c[name] for name in columns)).where(table.c[key] == bindparam("is_this"))


_ONE = {
    name: _by_key(table, table.columns.keys(), key.name) for name, (table, key) in FILED.items()
}
_FINAL = {str(table): _by_key(table, FINAL[str(table)], "id") for table in (job, feed, question)}
