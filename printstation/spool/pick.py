"""Which job is next at a printer: the one whose encoded card was scanned there, else by priority and then by the
age of its request, of a type that lies in its hopper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from printstation.lifecycle.card import CardState
from printstation.lifecycle.steps import Step
from printstation.store import cards, jobs, scans
from printstation.store.cards import Card
from printstation.store.engine import Tx
from printstation.store.jobs import Job
from printstation.store.steps import take


def peek(
    conn: Connection,
    printer: str,
    card_types: Sequence[str],
    most_sides: Mapping[str, int] | None = None,
    *,
    by_hand: bool | None = None,
    others: int = 0,
) -> Job | None:
    """The job that `claim` would take now, or once so many `others` have taken theirs; moves nothing.

    `card_types` are those that are fed from the hopper. A called card comes first, since a person stands
    there with it. `by_hand`: it is pushed in; False: it lies in the hopper itself, and no other blank may;
    None: this printer takes no such cards.
    """
    called = _called(conn, printer, by_hand)
    if called is not None:
        return jobs.get(conn, called.job)
    loaded = [kind for kind in cards.loaded_types(conn, printer) if kind in card_types]
    found = jobs.queue_head(conn, loaded, others + 1, most_sides, printers=(printer,))
    for job in found:
        if not others or job.only_printer == printer:
            return job
        others -= 1
    return None


def _called(conn: Connection, printer: str, by_hand: bool | None) -> scans.Scan | None:
    called = scans.ready(conn, printer) if by_hand is not None else None
    if called is not None and not by_hand and cards.in_hopper(conn, printer):
        return None
    return called


def claim(
    tx: Tx,
    printer: str,
    card_types: Sequence[str],
    most_sides: Mapping[str, int] | None = None,
    *,
    by_hand: bool | None = None,
) -> tuple[Job, Card] | None:
    """Step *start*: the next job gets its called card, or the oldest blank of its type in this hopper.

    Choosing and moving are one transaction, so that two printers never take the same job.
    """
    job = peek(tx.conn, printer, card_types, most_sides, by_hand=by_hand)
    if job is None:
        return None
    called = _called(tx.conn, printer, by_hand)
    if called is not None:
        # Heard once: whatever becomes of the card, the next time it is scanned again.
        scans.drop(tx, called.job)
        step, identity = Step.START_ENCODED, called.card
    else:
        blanks = cards.pick(tx.conn, CardState.LOADED, 1, printer=printer, card_type=job.card_type)
        step, identity = Step.START, blanks[0][1]
    take(
        tx,
        step,
        job=job.id,
        card=identity,
        printer=printer,
        set_job={"printer": printer},
        set_card={"job": job.id},
    )
    started, card = jobs.get(tx.conn, job.id), cards.get(tx.conn, identity)
    assert started is not None and card is not None
    return started, card
