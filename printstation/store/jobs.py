"""Jobs as rows: insert, find, list, and the queue's next one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from printstation.lifecycle.job import OPEN_STATES, JobState
from printstation.store import filed
from printstation.store.engine import Tx, mapping
from printstation.store.tables import card, job, payload, question


@dataclass(frozen=True)
class Job:
    """A job as the rest of the station sees it; hashes stay in the store."""

    seq: int
    id: str
    state: JobState
    card_type: str
    layout: str
    layout_version: str
    reference: str
    priority: int
    sides: int
    requested_on: str
    expires_at: str | None
    reason: str | None
    ticket: str | None
    waits_because: str | None
    test: bool
    replaces: str | None
    replaced: bool
    printer: str | None
    only_printer: str | None
    card: str | None
    cancel_requested: bool
    created_at: str
    ended_at: str | None


_FIELDS = tuple(Job.__dataclass_fields__)
_SELECT = select(*[job.c[name] for name in _FIELDS])
_BY_REFERENCE = _SELECT.where(job.c.reference == bindparam("reference"), job.c.by_reprint == 0)
_OF_RESIDENT = _SELECT.where(
    job.c.resident == bindparam("resident"),
    job.c.one_per_resident == 1,
    job.c.replaced == 0,
    job.c.state.not_in([JobState.ABORTED, JobState.CANCELED]),
)
_SEALED = select(payload.c.key_id, payload.c.sealed).where(payload.c.job == bindparam("job"))
_ADD = insert(job)
_ADD_PAYLOAD = insert(payload)


_BY_ID = _SELECT.where(job.c.id == bindparam("id"))
_PROCESSING_AT = _SELECT.where(
    job.c.state == literal_column(f"'{JobState.PROCESSING}'"),
    job.c.printer == bindparam("printer"),
)


def _job(row: Any) -> Job:
    values: dict[str, Any] = dict(zip(_FIELDS, row, strict=True))
    values["state"] = JobState(values["state"])
    for flag in ("test", "replaced", "cancel_requested"):
        values[flag] = bool(values[flag])
    return Job(**values)


def add(tx: Tx, values: dict[str, Any], key_id: str, sealed: bytes) -> None:
    """Insert a job with its sealed payload; IntegrityError where a unique rule says no. The next entry vouches
    for both."""
    tx.conn.execute(_ADD, values)
    tx.conn.execute(_ADD_PAYLOAD, {"job": values["id"], "key_id": key_id, "sealed": sealed})
    filed.note(tx, "payload", values["id"])
    filed.finish(tx, "job", values["id"])


def get(conn: Connection, identity: str) -> Job | None:
    """The job with this id."""
    row = conn.execute(_BY_ID, {"id": identity}).one_or_none()
    return _job(row) if row else None


def by_reference(conn: Connection, reference: str) -> Job | None:
    """The job that owns this reference (not a successor made by reprint)."""
    row = conn.execute(_BY_REFERENCE, {"reference": reference}).one_or_none()
    return _job(row) if row else None


def of_resident(conn: Connection, resident: bytes) -> Job | None:
    """The job that counts as this resident's one (§8), if any."""
    row = conn.execute(_OF_RESIDENT, {"resident": resident}).one_or_none()
    return _job(row) if row else None


def successor(conn: Connection, identity: str) -> str | None:
    """The job that replaces this one."""
    found: str | None = conn.execute(
        select(job.c.id).where(job.c.replaces == identity)
    ).scalar_one_or_none()
    return found


def sealed_payload(conn: Connection, identity: str) -> tuple[str, bytes] | None:
    """(key id, sealed bytes), or None once it is erased."""
    row = conn.execute(_SEALED, {"job": identity}).one_or_none()
    return (row.key_id, row.sealed) if row else None


def secret_columns(conn: Connection, identity: str) -> dict[str, Any]:
    """The keyed hashes and flags that a successor inherits."""
    row = conn.execute(
        select(job.c.resident, job.c.one_per_resident, job.c.body).where(job.c.id == identity)
    ).one()
    return mapping(row)


def page(
    conn: Connection,
    *,
    states: Sequence[str] = (),
    reference: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Job]:
    """Jobs in the order in which they were posted, after `after`."""
    query = _SELECT.where(job.c.seq > after).order_by(job.c.seq).limit(limit)
    if states:
        query = query.where(job.c.state.in_(states))
    if reference is not None:
        query = query.where(job.c.reference == reference)
    return [_job(row) for row in conn.execute(query)]


_QUEUE = (
    _SELECT.where(
        job.c.state == literal_column(f"'{JobState.PENDING}'"),
        job.c.card_type == bindparam("card_type"),
        job.c.sides == bindparam("sides"),
        job.c.only_printer.is_(None),
    )
    .order_by(job.c.priority.desc(), job.c.requested_on, job.c.seq)
    .limit(bindparam("most"))
)
_QUEUE_AT = (
    _SELECT.where(
        job.c.state == literal_column(f"'{JobState.PENDING}'"),
        job.c.only_printer == bindparam("printer"),
        job.c.card_type.in_(text("SELECT value FROM json_each(:card_types)")),
    )
    .order_by(job.c.priority.desc(), job.c.requested_on, job.c.seq)
    .limit(bindparam("most"))
)


#: Sides of a card.
MOST_SIDES = 2


def queue_head(
    conn: Connection,
    card_types: Sequence[str],
    limit: int = 1,
    most_sides: Mapping[str, int] | None = None,
    printers: Sequence[str] = (),
) -> list[Job]:
    """The next pending jobs of these card types: priority first, then the older request.

    `most_sides` bounds the sides of a type's layouts; a type that it does not name is not bounded. With them
    the jobs that were asked for at one of these `printers`, whatever their sides.
    """
    # A type and a number of sides at a time, so that each one is a walk along the partial index.
    found: list[Job] = []
    for card_type, sides in itertools.product(card_types, range(1, MOST_SIDES + 1)):
        if sides > (most_sides or {}).get(card_type, MOST_SIDES):
            continue
        rows = conn.execute(_QUEUE, {"card_type": card_type, "sides": sides, "most": limit})
        found.extend(_job(row) for row in rows)
    for printer in printers if card_types else ():
        asked = {"printer": printer, "card_types": json.dumps(list(card_types)), "most": limit}
        found.extend(_job(row) for row in conn.execute(_QUEUE_AT, asked))
    found.sort(key=lambda j: (-j.priority, j.requested_on, j.seq))
    return found[:limit]


_PENDING_IDS = select(job.c.id).where(job.c.state == JobState.PENDING).limit(bindparam("most"))


def place(conn: Connection, wanted: Job) -> int | None:
    """How many jobs come before this pending one, plus one; None when it does not queue."""
    if wanted.state is not JobState.PENDING:
        return None
    before = conn.execute(
        select(func.count())
        .select_from(job)
        .where(
            job.c.state == JobState.PENDING,
            job.c.card_type == wanted.card_type,
            or_(
                job.c.priority > wanted.priority,
                and_(
                    job.c.priority == wanted.priority,
                    or_(
                        job.c.requested_on < wanted.requested_on,
                        and_(job.c.requested_on == wanted.requested_on, job.c.seq < wanted.seq),
                    ),
                ),
            ),
        )
    ).scalar_one()
    return int(before) + 1


def places(conn: Connection, most: int) -> dict[str, int]:
    """The place of every pending job by its id; empty where more than `most` queue, since each would be read."""
    queue = (
        select(job.c.id, job.c.card_type)
        .where(job.c.state == JobState.PENDING)
        .order_by(job.c.card_type, job.c.priority.desc(), job.c.requested_on, job.c.seq)
    )
    # Counted before it is sorted: a queue of 100,000 is not sorted for a page of it.
    if len(conn.execute(_PENDING_IDS, {"most": most + 1}).all()) > most:
        return {}
    found: dict[str, int] = {}
    ahead: dict[str, int] = {}
    for identity, card_type in conn.execute(queue):
        found[identity] = ahead[card_type] = ahead.get(card_type, 0) + 1
    return found


def expired(conn: Connection, now: str, limit: int) -> list[Job]:
    """Waiting jobs whose time is over."""
    rows = conn.execute(
        _SELECT.where(
            job.c.state.in_([JobState.PENDING, JobState.HELD]),
            job.c.expires_at.is_not(None),
            job.c.ended_at.is_(None),
            job.c.expires_at <= now,
        ).limit(limit)
    )
    return [_job(row) for row in rows]


def processing_at(conn: Connection, printer: str) -> Job | None:
    """The job that this printer works on."""
    row = conn.execute(_PROCESSING_AT, {"printer": printer}).one_or_none()
    return _job(row) if row else None


def request_cancel(tx: Tx, identity: str) -> None:
    """Remember that somebody wants this moving job canceled."""
    tx.conn.execute(update(job).where(job.c.id == identity).values(cancel_requested=1))


def mark_replaced(tx: Tx, identity: str) -> None:
    """Let go of the resident: the successor counts now."""
    tx.conn.execute(update(job).where(job.c.id == identity).values(replaced=1))


def set_waits(tx: Tx, identity: str, because: str | None) -> None:
    """Why this job waits (`lifecycle/waits.toml`)."""
    tx.conn.execute(update(job).where(job.c.id == identity).values(waits_because=because))


def open_question(conn: Connection, identity: str) -> str | None:
    """The open question of this job, if any."""
    found: str | None = conn.execute(
        select(question.c.id)
        .where(question.c.job == identity, question.c.closed_at.is_(None))
        .order_by(question.c.seq)
        .limit(1)
    ).scalar_one_or_none()
    return found


def live_card(conn: Connection, identity: str) -> str | None:
    """The card that is reserved for, or moving with, this job."""
    found: str | None = conn.execute(
        select(card.c.id).where(
            card.c.job == identity, card.c.state.in_(["reserved", "encoded", "fed"])
        )
    ).scalar_one_or_none()
    return found


def counts(conn: Connection) -> dict[str, int]:
    """Open jobs by state; ended ones are not counted (that would read all history)."""
    rows = conn.execute(
        select(job.c.state, func.count())
        # IN and not NOT IN: the index on the state is walked, and history is not.
        .where(job.c.state.in_(list(OPEN_STATES)))
        .group_by(job.c.state)
    )
    return {state: int(n) for state, n in rows}
