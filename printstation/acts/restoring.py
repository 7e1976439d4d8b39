"""A restored copy knows that it is one: nothing of it is believed that the world may have outrun (§6).

Every printer asks for a count, every fed card is unknown, pending jobs wait until a person releases them.
The mark lies in the database itself, so that it does not matter how the copy came back.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from printstation.acts import fates
from printstation.acts.jobs import give_back
from printstation.lifecycle.job import JobState
from printstation.lifecycle.steps import Step
from printstation.store import cards, feeds, jobs, journal, units
from printstation.store.engine import Store, Tx
from printstation.store.steps import take
from printstation.store.tables import meta

#: The row of `meta` that `backup` writes into the copy, and nobody into the original.
MARK = "backup-made-at"
WAITS_BECAUSE = "restored"


def mark_of(conn: Connection) -> str | None:
    """When this copy was made, if it is one that nobody has opened yet."""
    found: str | None = conn.execute(
        select(meta.c.value).where(meta.c.name == MARK)
    ).scalar_one_or_none()
    return found


def apply_mark(store: Store, printers: Sequence[str]) -> bool:
    """Do what a restored copy must do before it prints again; True if this was one.

    One transaction: a power cut leaves the mark and nothing done, or all done and no mark.
    """
    with store.read() as conn:
        if mark_of(conn) is None:
            return False
    with store.write() as tx:
        made_at = mark_of(tx.conn)
        for moving in feeds.unsettled(tx.conn):
            # No counter of a later world tells of a card that was fed in an earlier one.
            feeds.change(tx, moving.id, counter_kind="none")
            fates.stop(tx, moving, "restored")
        for name in printers:
            _return_reserved(tx, name)
            units.set_printer(tx, name, count_due=1)
            fates.ask_count(tx, name, always=True)
        held = _hold_pending(tx)
        tx.conn.execute(delete(meta).where(meta.c.name == MARK))
        journal.append(
            tx,
            "backup-restored",
            data={"made_at": made_at, "held": held, "printers": list(printers)},
        )
    return True


def _return_reserved(tx: Tx, printer: str) -> None:
    job = jobs.processing_at(tx.conn, printer)
    live = jobs.live_card(tx.conn, job.id) if job else None
    card = cards.get(tx.conn, live) if live else None
    if job is not None and card is not None:
        give_back(tx, job.id, card.id, card.bound, "restored")


def _hold_pending(tx: Tx) -> int:
    held, after = 0, 0
    while batch := jobs.page(tx.conn, states=[JobState.PENDING], after=after, limit=500):
        for job in batch:
            take(tx, Step.HOLD, job=job.id, set_job={"waits_because": WAITS_BECAUSE})
        held += len(batch)
        after = batch[-1].seq
    return held
