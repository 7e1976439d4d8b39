"""Numbers over many rows, for whoever watches the station from outside. Counts only: no id, no name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, case, func, select

from printstation.lifecycle.job import JobState
from printstation.store.tables import SlipState, job, journal, question, slip, supply

#: Waiting for a printer, or for a person to let them go.
WAITING = (JobState.PENDING, JobState.HELD)


def queue(
    conn: Connection, younger_than: Sequence[str]
) -> list[tuple[str, str | None, JobState, int, int]]:
    """(card type, reason, state, age, number) of waiting jobs. Age counts the moments of `younger_than`, newest
    first, that a job is older than."""
    steps = [(job.c.created_at > moment, number) for number, moment in enumerate(younger_than)]
    age = case(*steps, else_=len(younger_than))
    rows = conn.execute(
        select(job.c.card_type, job.c.reason, job.c.state, age, func.count())
        .where(job.c.state.in_(WAITING))
        .group_by(job.c.card_type, job.c.reason, job.c.state, age)
    )
    return [(kind, why, JobState(state), int(old), int(n)) for kind, why, state, old, n in rows]


def oldest(conn: Connection) -> dict[str, str]:
    """When the oldest waiting job of each card type came."""
    rows = conn.execute(
        select(job.c.card_type, func.min(job.c.created_at))
        .where(job.c.state.in_(WAITING))
        .group_by(job.c.card_type)
    )
    return dict(list(rows))


def last_entry(conn: Connection) -> int:
    """Number of the journal's newest entry; 0 where there is none."""
    return int(conn.execute(select(func.coalesce(func.max(journal.c.seq), 0))).scalar_one())


def entries(
    conn: Connection, kinds: Sequence[str], after: int, upto: int
) -> list[tuple[str, str | None, int]]:
    """(kind, printer, number) of the journal's entries `after` < seq <= `upto`."""
    rows = conn.execute(
        select(journal.c.kind, journal.c.printer, func.count())
        .where(journal.c.seq > after, journal.c.seq <= upto, journal.c.kind.in_(kinds))
        .group_by(journal.c.kind, journal.c.printer)
    )
    return [(kind, printer, int(n)) for kind, printer, n in rows]


def open_questions(conn: Connection) -> dict[str, int]:
    """{reason: number} of questions that wait for a person."""
    rows = conn.execute(
        select(question.c.reason, func.count())
        .where(question.c.closed_at.is_(None))
        .group_by(question.c.reason)
    )
    return {reason: int(n) for reason, n in rows}


def slips_waiting(conn: Connection) -> int:
    """Slips that the receipt printer has not had yet."""
    query = select(func.count()).select_from(slip).where(slip.c.state == SlipState.WAITING)
    return int(conn.execute(query).scalar_one())


def supplies(conn: Connection) -> dict[tuple[str, str], int]:
    """{(kind, state): number} of ribbons, films and kits."""
    rows = conn.execute(
        select(supply.c.kind, supply.c.state, func.count()).group_by(supply.c.kind, supply.c.state)
    )
    return {(kind, state): int(n) for kind, state, n in rows}
