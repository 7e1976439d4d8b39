"""Does the database agree with its own journal? Read-only, with or without a daemon beside it.

Five questions: is the chain whole; do the entries lead to the states in the rows; are the (job, card) pairs
allowed; is every blank somewhere exactly once and has no resident two jobs; has every card in motion its
feed and every stopped job its question. The rules are those of `lifecycle/` and `exactly-once.md`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.exc import DatabaseError

from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import OPEN_STATES, JobState
from printstation.lifecycle.pairs import ALLOWED_PAIRS
from printstation.store import filed
from printstation.store.chain import Chain, streamed
from printstation.store.engine import open_engine
from printstation.store.findings import Finding, Findings, TooMany
from printstation.store.replay import Replay
from printstation.store.schema import NewerDatabase, OtherDatabase, is_current
from printstation.store.steps import VOUCHED, vouched
from printstation.store.tables import card, feed, job, journal, meta, payload, question, receipt

#: The row of `meta` that holds the station's id, to which its journal is chained.
STATION_ID = "station"
_LIVE = sorted({str(state) for _, state in ALLOWED_PAIRS if state})
#: In an answer's entry beside the answer.
_NO_ANSWER = frozenset({"question", "reason", "digest", "rows"})
#: In motion: the job may only be in one of these.
_AT_WORK = (JobState.PROCESSING, JobState.STOPPED)


class CannotAudit(Exception):
    """There is nothing to audit, or it cannot be read: one line that says what to do."""


@dataclass(frozen=True)
class Report:
    """What was walked, and every difference in the order in which it was met."""

    entries: int
    head: bytes
    jobs: int
    cards: int
    findings: tuple[Finding, ...]


def audit(conn: Connection) -> list[Finding]:
    """Every difference between the rows and the journal; empty when they agree.

    Run it in one read transaction, so that all tables are of one moment. A million entries with their
    200,000 cards took 21 s of one busy core and 230 MB, of which the sealed data of jobs that nobody accepted
    is a third (November 2026).
    """
    return list(examine(conn).findings)


def examine(conn: Connection) -> Report:
    """The same as a report, with the journal's head and the numbers of rows."""
    found = Findings()
    replay = Replay(conn, _station(conn), found)
    try:
        replay.run()
        _rows(conn, replay, found)
        _facts(conn, replay, found)
        _pairs(conn, found)
        _conservation(conn, replay, found)
        _motion(conn, found)
        _stops(conn, found)
        _answers(conn, replay, found)
    except TooMany:
        pass
    seq, head = replay.chain.head
    return Report(seq, head, len(replay.jobs), len(replay.cards), tuple(found))


def verify(conn: Connection) -> tuple[int, list[Finding]]:
    """The chain alone, with flat memory: how many entries, and where it is not whole."""
    found = Findings()
    chain = Chain(conn, _station(conn), found.add)
    with suppress(TooMany):
        chain.check()
    return chain.head[0], list(found)


def compare_head(conn: Connection, seq: int, bits: bytes) -> list[Finding]:
    """Whether the journal still holds the entry whose head was printed: its number, and the first bits of its
    hash. A shorter journal, another hash and a broken chain before it are findings."""
    found = Findings()
    chain = Chain(conn, _station(conn), found.add)
    chain.wanted[seq] = None
    with suppress(TooMany):
        chain.check()
        stored = chain.wanted[seq]
        if stored is None:
            found.add("head", f"journal {seq}", "was printed, but this journal has no such entry")
        elif not stored.startswith(bits):
            detail = "is not the entry that was printed: the journal before it was rewritten"
            found.add("head", f"journal {seq}", detail)
    return list(found)


def _station(conn: Connection) -> str:
    return str(conn.execute(select(meta.c.value).where(meta.c.name == STATION_ID)).scalar())


@contextmanager
def reading(path: Path, *, older: bool = False) -> Iterator[Connection]:
    """One read transaction on a station's database file; raises CannotAudit when that cannot be.

    A newer file cannot be judged: what this version does not know of it would pass for agreement. One of an
    older version only where `older` allows it: its chain can be checked, its rows have another shape.
    """
    if not path.is_file():
        raise CannotAudit(
            f"there is no database {path}; start the station once, or name its --config"
        )
    engine = open_engine(path, read_only=True)
    try:
        with engine.connect() as conn:
            if not is_current(conn) and not older:
                raise CannotAudit(
                    f"{path}: the database is of an older version; start the station once, which migrates it"
                )
            yield conn
    except (NewerDatabase, OtherDatabase) as error:
        raise CannotAudit(f"{path}: {error}") from error
    except (DatabaseError, sqlite3.Error) as error:
        # Streamed rows come from the database's own cursor, past SQLAlchemy.
        said = error.orig if isinstance(error, DatabaseError) else error
        raise CannotAudit(f"{path} cannot be read: {said}; restore a backup") from error
    finally:
        engine.dispose()


def _rows(conn: Connection, replay: Replay, found: Findings) -> None:
    """Each row's state and whereabouts are what the journal leads to."""
    names = ("id", "state", "card", "printer", "ended_at", "cancel_requested")
    for identity, *stored in streamed(conn, select(*(job.c[name] for name in names))):
        seen = replay.jobs.get(identity)
        if seen is not None:
            # A job that is wanted has nothing written there: 0 is "empty", like the journal's False.
            stored[4] = "yes" if stored[4] else None
            told = (*seen[:4], "yes" if seen[4] else None)
            if tuple(stored) != told:
                _same(found, f"job {identity}", *zip(names[1:], stored, told, strict=True))
    columns = (card.c.id, card.c.state, card.c.job, card.c.printer, card.c.cause)
    for identity, state, owner, printer, cause in streamed(conn, select(*columns)):
        seen_card = replay.cards.get(identity)
        if seen_card is None:
            continue
        _same(
            found,
            f"card {identity}",
            ("state", state, seen_card[0]),
            ("job", owner, seen_card[1]),
            ("printer", printer, seen_card[2]),
            ("cause", cause, seen_card[3]),
        )


def _facts(conn: Connection, replay: Replay, found: Findings) -> None:
    """Numbers, shelves, loans and sessions of cards, and every row that an entry vouches for."""
    said = or_(*(card.c[name].is_not(None) for name in VOUCHED))
    rows = conn.execute(select(card.c.id, *(card.c[name] for name in VOUCHED)).where(said))
    there = {row.id: vouched({name: row._mapping[name] for name in VOUCHED}) for row in rows}
    for identity in sorted(there.keys() | replay.card_facts.keys()):
        stored, journaled = there.get(identity, {}), replay.card_facts.get(identity, {})
        _same(
            found,
            f"card {identity}",
            *((name, stored.get(name), journaled.get(name)) for name in VOUCHED),
        )
    vouched_for = replay.filed
    for row_name, digest in filed.rows(conn):
        if row_name not in vouched_for and row_name.removeprefix("receipt ") in replay.receipts:
            continue  # a delivery from before entries vouched for rows; its count is compared below
        journal_says = vouched_for.pop(row_name, None)
        if journal_says is None:
            found.add("rows", row_name, "no journal entry made this row")
        elif journal_says != digest:
            found.add("rows", row_name, "is not what the journal says it was last")
    for row_name in sorted(vouched_for):
        found.add("rows", row_name, "the journal knows it, but it is gone")
    for row_name, detail in replay.standing.differences(conn):
        found.add("rows", row_name, detail)


def _same(found: Findings, row: str, *facts: tuple[str, str | None, str | None]) -> None:
    for name, stored, journaled in facts:
        if stored != journaled:
            detail = f"{name} is {stored or 'empty'}, the journal says {journaled or 'empty'}"
            found.add("replay", row, detail)


def _pairs(conn: Connection, found: Findings) -> None:
    """A job and its one live card are in states that go together."""
    joined = job.outerjoin(card, and_(card.c.job == job.c.id, card.c.state.in_(_LIVE)))
    query = select(job.c.id, job.c.state, card.c.id, card.c.state).select_from(joined)
    last = None
    for identity, state, held, card_state in streamed(conn, query.order_by(job.c.seq)):
        if identity == last:
            detail = f"{held} is its second card that is, or may become, a good one"
            found.add("conservation", f"job {identity}", detail)
        if (state, card_state) not in ALLOWED_PAIRS:
            what = f"with card {held} {card_state}" if held else "without a card"
            found.add("pairs", f"job {identity}", f"is {state} {what}")
        last = identity
    orphans = card.outerjoin(job, card.c.job == job.c.id)
    lost = select(card.c.id, card.c.job).select_from(orphans)
    for row in conn.execute(lost.where(card.c.job.is_not(None), job.c.id.is_(None))):
        found.add("pairs", f"card {row[0]}", f"belongs to job {row[1]}, which is not there")


def _conservation(conn: Connection, replay: Replay, found: Findings) -> None:
    """Nothing from nowhere, nothing to nowhere: receipts, residents, successors, payloads."""
    rows = conn.execute(select(func.count()).select_from(card)).scalar_one()
    if rows != len(replay.cards):
        detail = f"{len(replay.cards)} were received, {rows} are in some state"
        found.add("conservation", "cards", detail)
    notes = select(receipt.c.delivery, receipt.c.count)
    counted: dict[str, int] = {row[0]: row[1] for row in conn.execute(notes)}
    for delivery in sorted(counted.keys() | replay.receipts.keys()):
        noted, received = counted.get(delivery), replay.receipts.get(delivery)
        if noted != received:
            detail = f"noted with {noted or 'no'} blanks, the journal received {received or 'none'}"
            found.add("conservation", f"delivery {delivery}", detail)
    counts = and_(
        job.c.resident.is_not(None),
        job.c.one_per_resident == 1,
        job.c.replaced == 0,
        job.c.state.not_in([JobState.ABORTED, JobState.CANCELED]),
    )
    twice = select(func.min(job.c.id), func.max(job.c.id)).where(counts).group_by(job.c.resident)
    for one, other in conn.execute(twice.having(func.count() > 1)):
        found.add("conservation", f"job {other}", f"its resident has job {one}, too")
    _successors(conn, found)


def _successors(conn: Connection, found: Findings) -> None:
    later = job.alias("later")
    joined = job.outerjoin(later, later.c.replaces == job.c.id)
    query = select(job.c.id, job.c.replaced).select_from(joined)
    for identity, replaced in conn.execute(
        query.where((job.c.replaced == 1) != later.c.id.is_not(None))
    ):
        word = "has no successor" if replaced else "has a successor, but is not marked as replaced"
        found.add("conservation", f"job {identity}", word)
    lost = select(job.c.id).select_from(job.outerjoin(payload, payload.c.job == job.c.id))
    for (identity,) in conn.execute(
        lost.where(job.c.state.in_(sorted(OPEN_STATES)), payload.c.job.is_(None))
    ):
        found.add("conservation", f"job {identity}", "is open, but its sealed data is gone")


def _motion(conn: Connection, found: Findings) -> None:
    """A card is in motion exactly when it has an open feed, and its job is at work then."""
    joined = feed.outerjoin(card, card.c.id == feed.c.card).outerjoin(job, job.c.id == feed.c.job)
    query = select(
        feed.c.id, feed.c.card, feed.c.job, feed.c.stopped_at, card.c.state, card.c.job, job.c.state
    ).select_from(joined)
    moving: dict[str, int] = {}
    for identity, name, owner, stopped, state, carries, job_state in conn.execute(
        query.where(feed.c.settled_at.is_(None)).order_by(feed.c.id)
    ):
        where = f"feed {identity}"
        if name in moving:
            found.add("feeds", where, f"card {name} is in motion twice, by feed {moving[name]} too")
        moving[name] = identity
        if state != CardState.FED or carries != owner:
            found.add("feeds", where, f"is open, but card {name} is {state} for job {carries}")
        if job_state not in _AT_WORK:
            found.add("feeds", where, f"is open, but job {owner} is {job_state}")
        elif (stopped is not None) != (job_state == JobState.STOPPED):
            found.add("feeds", where, f"stopped at {stopped}, but job {owner} is {job_state}")
    for (identity,) in conn.execute(select(card.c.id).where(card.c.state == CardState.FED)):
        if identity not in moving:
            found.add("feeds", f"card {identity}", "is fed, but no open feed says where and when")


def _stops(conn: Connection, found: Findings) -> None:
    """A stopped job waits for an answer, and a question about a card's fate has a stopped job."""
    asked: Any = and_(
        question.c.job == job.c.id,
        question.c.closed_at.is_(None),
        question.c.reason == QuestionReason.CARD_FATE,
    )
    query = select(job.c.id).select_from(job.outerjoin(question, asked))
    for (identity,) in conn.execute(
        query.where(job.c.state == JobState.STOPPED, question.c.id.is_(None))
    ):
        found.add("questions", f"job {identity}", "is stopped, but nobody is asked about its card")
    query = select(question.c.id, job.c.state).select_from(question.outerjoin(job, asked))
    for identity, state in conn.execute(
        query.where(
            question.c.closed_at.is_(None),
            question.c.reason == QuestionReason.CARD_FATE,
            or_(job.c.id.is_(None), job.c.state != JobState.STOPPED),
        )
    ):
        found.add("questions", f"question {identity}", f"is open, but its job is {state}")


def _answers(conn: Connection, replay: Replay, found: Findings) -> None:
    """The answer of a closed question is the one that its entry holds; a person's own words are beside it."""
    query = select(question.c.id, question.c.answer).where(question.c.answer.is_not(None))
    for identity, stored in conn.execute(query.order_by(question.c.seq)).all():
        seq = replay.answered.get(identity)
        if seq is None:
            continue  # that no entry answers it was found by the replay
        entry = conn.execute(select(journal.c.entry).where(journal.c.seq == seq)).scalar_one()
        told = json.loads(entry)["data"]
        try:
            said = dict(json.loads(stored))
        except (TypeError, ValueError):
            found.add("questions", f"question {identity}", "its answer is no answer")
            continue
        if any(said.get(name) != told[name] for name in told.keys() - _NO_ANSWER):
            found.add("questions", f"question {identity}", f"its answer is not that of entry {seq}")
