"""What lists show beside each row, read for a whole page at once: a list never asks row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from printstation.lifecycle.card import IN_HOPPER, CardState
from printstation.store.tables import card, feed, job, question, unit

#: Ids in one query; SQLite takes 32,766 parameters, a page has at most 501 rows.
MAX_IDS = 1000


@dataclass(frozen=True)
class Evidence:
    """What is on record about one feed (`interfaces.md` §3)."""

    serial: str | None
    fed_at: str
    sent_at: str | None
    counter_before: int | None
    counter_after: int | None
    session: str
    path: bool | None
    rule: int | None
    errors: tuple[str, ...]
    discarded: bool


@dataclass(frozen=True)
class JobContext:
    """Beside a job: its oldest open question, its newest feed, the job that replaces it."""

    question: str | None = None
    evidence: Evidence | None = None
    replaced_by: str | None = None


@dataclass(frozen=True)
class Counter:
    """What a unit's counter should show and what was read last."""

    expected: int | None
    seen: int | None


_EVIDENCE = [feed.c[name] for name in Evidence.__dataclass_fields__]


def _evidence(row: Any) -> Evidence:
    values = {name: row._mapping[name] for name in Evidence.__dataclass_fields__}
    values["errors"] = tuple(word for word in values["errors"].split(",") if word)
    values["path"] = None if values["path"] is None else bool(values["path"])
    values["discarded"] = bool(values["discarded"])
    return Evidence(**values)


# Written once: building a statement costs as much as running it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OPEN_QUESTIONS = (
    select(question.c.job, func.min(question.c.id))
    .where(question.c.job.in_(_IDS), question.c.closed_at.is_(None))
    .group_by(question.c.job)
)
_SUCCESSORS = select(job.c.replaces, job.c.id).where(job.c.replaces.in_(_IDS))
_NEWEST_FEEDS = select(feed.c.job, *_EVIDENCE).where(
    feed.c.id.in_(select(func.max(feed.c.id)).where(feed.c.job.in_(_IDS)).group_by(feed.c.job))
)
_LOADED = (
    select(card.c.printer, card.c.card_type).where(card.c.state == CardState.LOADED).distinct()
)


def of_jobs(conn: Connection, ids: Sequence[str]) -> dict[str, JobContext]:
    """The context of each of these jobs."""
    assert len(ids) <= MAX_IDS
    given = {"ids": list(ids)}
    open_questions = dict(list(conn.execute(_OPEN_QUESTIONS, given)))
    successors = dict(list(conn.execute(_SUCCESSORS, given)))
    feeds = {row.job: _evidence(row) for row in conn.execute(_NEWEST_FEEDS, given)}
    return {
        identity: JobContext(
            open_questions.get(identity), feeds.get(identity), successors.get(identity)
        )
        for identity in ids
    }


def loaded_types(conn: Connection) -> dict[str, set[str]]:
    """{printer: card types} of which the hoppers hold recorded blanks."""
    found: dict[str, set[str]] = {}
    for printer, card_type in conn.execute(_LOADED):
        found.setdefault(printer, set()).add(card_type)
    return found


def of_feeds(conn: Connection, ids: Sequence[int]) -> dict[int, Evidence]:
    """The evidence of each of these feeds."""
    assert len(ids) <= MAX_IDS
    rows = conn.execute(select(feed.c.id, *_EVIDENCE).where(feed.c.id.in_(ids)))
    return {row.id: _evidence(row) for row in rows}


def of_units(conn: Connection, serials: Sequence[str]) -> dict[str, Counter]:
    """What is known of the counters of these units."""
    assert len(serials) <= MAX_IDS
    rows = conn.execute(
        select(unit.c.serial, unit.c.expected, unit.c.seen).where(unit.c.serial.in_(serials))
    )
    return {row.serial: Counter(row.expected, row.seen) for row in rows}


def hoppers(conn: Connection) -> dict[str, dict[tuple[str, str], int]]:
    """{printer: {(card type, batch): rows}} of what should lie in each hopper."""
    rows = conn.execute(
        select(card.c.printer, card.c.card_type, card.c.batch, func.count())
        .where(card.c.state.in_(list(IN_HOPPER)), card.c.printer.is_not(None))
        .group_by(card.c.printer, card.c.card_type, card.c.batch)
        .order_by(card.c.printer, card.c.card_type, card.c.batch)
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    for printer, card_type, batch, number in rows:
        found.setdefault(printer, {})[card_type, batch] = int(number)
    return found
