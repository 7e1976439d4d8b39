"""The append-only journal: what happened, in what order, by whom; chained by SHA-256.

The hash is over the stored bytes, so that verification never depends on how JSON is written today.
No personal data is ever put in: an entry names jobs, cards, printers and people at work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from printstation.store.engine import Tx
from printstation.store.tables import journal

#: Who acts when no person does.
STATION = "station"
Data = dict[str, Any]
_APPEND = insert(journal)
_TAIL = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)


@dataclass(frozen=True)
class Entry:
    """One line of the journal as it is shown."""

    seq: int
    at: str
    kind: str
    job: str | None
    card: str | None
    printer: str | None
    by: str
    data: Data


def genesis(station: str) -> bytes:
    """What the first entry is chained to: two stations never share a journal."""
    return hashlib.sha256(b"printstation journal of " + station.encode()).digest()


def link(previous: bytes, entry: str) -> bytes:
    """The hash of an entry after the one with hash `previous`."""
    return hashlib.sha256(previous + entry.encode()).digest()


def _with_rows(tx: Tx, data: Data) -> Data:
    """With what this transaction's rows want vouched for, which only its next entry takes."""
    if tx.filed:
        data, tx.filed = {**data, "rows": tx.filed}, {}
    if tx.digest is not None:
        data, tx.digest = {**data, "digest": tx.digest}, None
    return data


def append(
    tx: Tx,
    kind: str,
    *,
    job: str | None = None,
    card: str | None = None,
    printer: str | None = None,
    by: str = STATION,
    data: Data | None = None,
) -> int:
    """Write one entry in this transaction and return its number."""
    if tx.tail is None:
        row = tx.conn.execute(_TAIL).one_or_none()
        tx.tail = (row.seq, row.hash) if row else (0, genesis(tx.station))
    seq = tx.tail[0] + 1
    data = _with_rows(tx, data or {})
    text = json.dumps(
        {
            "seq": seq,
            "at": tx.at,
            "kind": kind,
            "job": job,
            "card": card,
            "printer": printer,
            "by": by,
            "data": data,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    digest = link(tx.tail[1], text)
    tx.conn.execute(
        _APPEND,
        {
            "seq": seq,
            "entry": text,
            "hash": digest,
            "kind": kind,
            "job": job,
            "card": card,
            "printer": printer,
        },
    )
    tx.tail = (seq, digest)
    tx.noted.append((kind, printer))
    words = {"reasons": data.get("reasons")}
    tx.told.append((kind, {"entry": seq, "job": job, "card": card, "printer": printer, **words}))
    return seq


def after(conn: Connection, seq: int, limit: int) -> list[Entry]:
    """The next entries after `seq`, oldest first."""
    rows = conn.execute(
        select(journal.c.entry).where(journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
    )
    return [Entry(**json.loads(row.entry)) for row in rows]


def newest(conn: Connection, limit: int) -> list[Entry]:
    """The last entries, the newest first."""
    rows = conn.execute(select(journal.c.entry).order_by(journal.c.seq.desc()).limit(limit))
    return [Entry(**json.loads(row.entry)) for row in rows]


def head(conn: Connection) -> tuple[int, bytes] | None:
    """Number and hash of the newest entry."""
    row = conn.execute(_TAIL).one_or_none()
    return (row.seq, row.hash) if row else None


def walk(conn: Connection) -> Iterator[tuple[int, str, bytes, str]]:
    """All rows in order, as (seq, entry, hash, kind), with flat memory."""
    rows = conn.execution_options(yield_per=1000).execute(
        select(journal.c.seq, journal.c.entry, journal.c.hash, journal.c.kind).order_by(
            journal.c.seq
        )
    )
    for row in rows:
        yield row.seq, row.entry, row.hash, row.kind
