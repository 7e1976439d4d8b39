"""The audit of an office's whole history: a million entries, 200,000 blanks, 195,000 of them printed.

The rows and entries are written by this file in the words of the station, since a million steps taken one at
a time would take a quarter of an hour; `audit` itself says that they are what a station writes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.measure import Row, wall_ms
from printstation.clock import SystemClock
from printstation.store import cards, filed, journal
from printstation.store.audit import examine, reading, verify
from printstation.store.engine import Store, open_engine
from printstation.store.schema import upgrade
from printstation.store.tables import card, feed, job, payload, receipt
from printstation.store.tables import journal as journal_table

AT = "2026-11-24T00:00:00.000000Z"
JOBS = 195_000
BLANKS = 200_000
BATCH = 5_000


def build(path: Path, jobs: int = JOBS, blanks: int = BLANKS) -> int:
    """Write that history into a new database; returns the number of entries."""
    engine = open_engine(path)
    store = Store(engine, SystemClock(), upgrade(engine))
    chain = _Chain(journal.genesis(store.station))
    with store.write() as tx:
        for start in range(0, blanks, BATCH):
            chain.received(start, min(BATCH, blanks - start), tx.conn)
        for start in range(0, blanks, BATCH):
            chain.loaded(start, min(BATCH, blanks - start))
        for n in range(1, jobs + 1):
            chain.printed(n)
            if n % BATCH == 0:
                chain.flush(tx.conn)
        chain.flush(tx.conn)
        tx.conn.execute(insert(card), list(_cards(jobs, blanks)))
    engine.dispose()
    return chain.seq


def _name(n: int) -> str:
    return f"0190a000-0000-7000-8000-{n:012d}"


def _cards(jobs: int, blanks: int) -> Iterator[dict[str, Any]]:
    for n in range(1, blanks + 1):
        batch = f"B{(n - 1) // BATCH}"
        done = n <= jobs
        yield {
            "seq": n,
            "id": f"B-{n:06d}",
            "card_type": "ktp-el-wni",
            "version": "2024",
            "batch": batch,
            "state": "printed" if done else "loaded",
            "printer": "tango",
            "job": _name(n) if done else None,
            "delivery": f"SJ-{(n - 1) // BATCH * BATCH}",
        }


def _final(name: str, row: dict[str, Any]) -> str:
    return filed.final_digest([row.get(column) for column in filed.FINAL[name]])


def _sealed(name: str) -> str:
    return filed.digest("payload", {"job": name, "key_id": "k", "sealed": b""})


class _Chain:
    """Entries in the order in which a station would write them, and the rows that belong to them."""

    def __init__(self, genesis: bytes) -> None:
        self.seq, self._hash = 0, genesis
        self._rows: dict[Any, list[dict[str, Any]]] = {}

    def _entry(
        self, kind: str, data: dict[str, Any], job: str | None = None, card: str | None = None
    ) -> None:
        self.seq += 1
        printer = "tango" if (job and kind != "job-submitted") or kind == "card-loaded" else None
        facts: dict[str, Any] = {"seq": self.seq, "at": AT, "kind": kind, "job": job, "card": card}
        facts |= {"printer": printer, "by": "station", "data": data}
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        self._hash = journal.link(self._hash, text)
        names = {"job": job, "card": card, "printer": printer}
        row = {"seq": self.seq, "entry": text, "hash": self._hash, "kind": kind, **names}
        self._rows.setdefault(journal_table, []).append(row)

    def received(self, start: int, count: int, conn: Any) -> None:
        ids = [f"B-{n:06d}" for n in range(start + 1, start + count + 1)]
        values: dict[str, Any] = {
            "delivery": f"SJ-{start}",
            "card_type": "ktp-el-wni",
            "version": "2024",
        }
        values |= {"batch": f"B{start // BATCH}", "count": count}
        conn.execute(insert(receipt).values(**values, at=AT))
        self._entry("blanks-received", {**values, "card": [None, "stored"], "cards": ids})

    def loaded(self, start: int, count: int) -> None:
        ids = [f"B-{n:06d}" for n in range(start + 1, start + count + 1)]
        self._entry("card-loaded", {"card": ["stored", "loaded"], "cards": ids})

    def printed(self, n: int) -> None:
        name, held = _name(n), f"B-{n:06d}"
        shown: dict[str, Any] = {
            "card_type": "ktp-el-wni",
            "layout": "specimen-resident",
            "layout_version": "1",
        }
        shown |= {"reference": f"R-{n}", "priority": 50, "replaces": None, "reason": None}
        row: dict[str, Any] = {"seq": n, "id": name, **shown, "requested_on": AT[:10]}
        row |= {"sides": 1, "one_per_resident": 0, "test": 0, "by_reprint": 0, "body": b""}
        row["created_at"] = AT
        made = {"rows": {f"payload {name}": _sealed(name)}, "digest": _final("job", row)}
        self._entry("job-submitted", {"job": [None, "pending"], **shown, **made}, name)
        moved = {"job": ["pending", "processing"], "card": ["loaded", "reserved"]}
        self._entry("card-reserved", moved, name, held)
        fed = {"serial": "T1", "counter": n, "session": "s", "card": ["reserved", "fed"]}
        self._entry("card-fed", fed, name, held)
        self._entry("card-sent", {}, name, held)
        times = {"fed_at": AT, "sent_at": AT, "settled_at": AT}
        moving: dict[str, Any] = {
            "id": n,
            "job": name,
            "card": held,
            "printer": "tango",
            "serial": "T1",
        }
        moving |= {"session": "s", "counter_kind": "none", "verdict": "printed", "rule": 3}
        moving |= {"counter_before": n, "errors": "", "discarded": 0, "explained": 0, **times}
        out = {"rule": 3, "job": ["processing", "completed"], "card": ["fed", "printed"]}
        self._entry("card-printed", {**out, "digest": _final("feed", moving)}, name, held)
        ended = {"state": "completed", "printer": "tango", "card": held, "ended_at": AT}
        add = self._rows.setdefault
        add(feed, []).append(moving)
        add(job, []).append({**row, **ended})
        add(payload, []).append({"job": name, "key_id": "k", "sealed": b""})

    def flush(self, conn: Any) -> None:
        for table in (journal_table, job, feed, payload):
            if rows := self._rows.pop(table, None):
                conn.execute(insert(table), rows)


def rows(folder: Path) -> list[Row]:
    """Build the history, audit it and count the stock; the lines to print."""
    path = folder / "ledger.db"
    entries = build(path)
    began = time.perf_counter()
    with reading(path) as conn:
        report = examine(conn)
    audited = time.perf_counter() - began
    assert not report.findings, report.findings[0]
    with reading(path) as conn:
        chained = wall_ms(lambda: verify(conn)) / 1000
        counted = wall_ms(lambda: cards.balance(conn))
    return [
        Row(
            f"audit {entries:,} entries with their rows",
            f"{audited:.1f} s",
            "-",
            None,
            "-",
            True,
        ),
        Row(
            f"verify the chain of {entries:,} entries",
            f"{chained:.1f} s",
            "-",
            None,
            "5 s",
            chained <= 5,
        ),
        Row(
            f"balance of {BLANKS:,} blanks", f"{counted:.0f} ms", "-", None, "50 ms", counted <= 50
        ),
    ]
