"""Entries of the journal that move jobs or stop printers, as a day's report reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from printstation.lifecycle.steps import STEPS
from printstation.store.movements import CHUNK, PART
from printstation.store.tables import job, journal

STOPPED, READY = "printer-stopped", "printer-ready"
SUBMITTED = "job-submitted"
JOB_KINDS = (SUBMITTED, *(str(step) for step, move in STEPS.items() if move.job is not None))
KINDS = (*JOB_KINDS, STOPPED, READY)


class _Data(msgspec.Struct, gc=False):
    job: Any = None
    reasons: list[str] | None = None


class _Entry(msgspec.Struct, gc=False):
    seq: int
    at: str
    kind: str
    job: str | None
    printer: str | None
    data: _Data


@dataclass(frozen=True, slots=True)
class Happened:
    """A job that was posted or moved (`reason`, `state`), or what stops a printer from now on (`keywords`)."""

    at: str
    kind: str
    printer: str | None
    reason: str | None = None
    state: str | None = None
    keywords: tuple[str, ...] = ()


def between(conn: Connection, after: int, upto: int) -> Iterator[Happened]:
    """What happened by the entries `after` < seq <= `upto`, oldest first."""
    query = (
        select(journal.c.seq, journal.c.entry)
        .where(journal.c.kind.in_(KINDS), journal.c.seq <= upto)
        .order_by(journal.c.seq)
        .limit(CHUNK)
    )
    decode = msgspec.json.Decoder(_Entry).decode
    while rows := conn.execute(query.where(journal.c.seq > after)).all():
        after = rows[-1].seq
        entries = [decode(row.entry) for row in rows]
        reasons = _reasons(conn, {entry.job for entry in entries if entry.job is not None})
        for entry in entries:
            if entry.kind in (STOPPED, READY):
                words = tuple(entry.data.reasons or ())
                yield Happened(entry.at, entry.kind, entry.printer, keywords=words)
            elif entry.job is not None and isinstance(entry.data.job, list):
                reason = reasons.get(entry.job)
                yield Happened(entry.at, entry.kind, entry.printer, reason, entry.data.job[1])


def _reasons(conn: Connection, names: set[str]) -> dict[str, str | None]:
    wanted = sorted(names)
    known: dict[str, str | None] = {}
    for start in range(0, len(wanted), PART):
        query = select(job.c.id, job.c.reason).where(job.c.id.in_(wanted[start : start + PART]))
        known.update((row.id, row.reason) for row in conn.execute(query))
    return known
