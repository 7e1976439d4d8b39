"""Which job is next at a printer: priority first, then the older request, of a type that lies in its hopper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from printstation.lifecycle.card import CardState
from printstation.lifecycle.steps import Step
from printstation.store import cards, jobs
from printstation.store.cards import Card
from printstation.store.engine import Tx
from printstation.store.jobs import Job
from printstation.store.steps import take


def peek(
    conn: Connection,
    printer: str,
    card_types: Sequence[str],
    most_sides: Mapping[str, int] | None = None,
) -> Job | None:
    """The job that `claim` would take now; moves nothing."""
    loaded = [kind for kind in cards.loaded_types(conn, printer) if kind in card_types]
    found = jobs.queue_head(conn, loaded, most_sides=most_sides)
    return found[0] if found else None


def claim(
    tx: Tx,
    printer: str,
    card_types: Sequence[str],
    most_sides: Mapping[str, int] | None = None,
) -> tuple[Job, Card] | None:
    """Step *start*: the next job gets the oldest blank of its type in this hopper.

    Choosing and moving are one transaction, so that two printers never take the same job.
    """
    job = peek(tx.conn, printer, card_types, most_sides)
    if job is None:
        return None
    blanks = cards.pick(tx.conn, CardState.LOADED, 1, printer=printer, card_type=job.card_type)
    identity = blanks[0][1]
    take(
        tx,
        Step.START,
        job=job.id,
        card=identity,
        printer=printer,
        set_job={"printer": printer},
        set_card={"job": job.id},
    )
    started, card = jobs.get(tx.conn, job.id), cards.get(tx.conn, identity)
    assert started is not None and card is not None
    return started, card
