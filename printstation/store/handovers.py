"""Cards that left the house, what came back for them, and the cards that wait on a shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, select

from printstation.lifecycle.card import CardState, Cause, Origin
from printstation.store import cards, filed, journal
from printstation.store.cards import Card
from printstation.store.engine import Tx, change
from printstation.store.steps import vouched
from printstation.store.tables import card, handover, job

#: A card of another office: nobody here knows its version and batch.
FOREIGN = "-"


def add(tx: Tx, values: dict[str, Any]) -> str:
    """File a hand-over and return its id (H-0001 …); the next entry vouches for it."""
    identity = filed.next_id(tx, "handover", "H")
    filed.add(tx, "handover", {"id": identity, "at": tx.at, **values})
    return identity


def left(conn: Connection, card_id: str) -> bool:
    """Whether this card was ever handed over."""
    query = select(handover.c.id).where(handover.c.card == card_id).limit(1)
    return conn.execute(query).one_or_none() is not None


def put_on_shelf(tx: Tx, card_id: str, shelf: str) -> None:
    """Where the card waits; the caller's entry says so, too."""
    change(tx, card.c.id, card_id, {"shelf": shelf})


def reprinted(conn: Connection, job_id: str) -> list[str]:
    """This job and those whose reprint it is, the newest first."""
    found = [job_id]
    while True:
        row = conn.execute(
            select(job.c.replaces).where(job.c.id == found[-1], job.c.by_reprint == 1)
        ).one_or_none()
        if row is None:
            return found
        found.append(row.replaces)


def old_card(conn: Connection, job_id: str) -> Card | None:
    """The card that this request replaces, behind however many reprints of its own."""
    first = reprinted(conn, job_id)[-1]
    old = job.alias("old")
    query = select(old.c.card).join(job, job.c.replaces == old.c.id).where(job.c.id == first)
    fed = conn.execute(query).scalar_one_or_none()
    return cards.get(conn, fed) if fed else None


def bring_in(tx: Tx, card_type: str, number: str | None, cause: Cause, by: str) -> str:
    """A row for a card that another office printed and its holder gave back: spoiled from its first day."""
    last = tx.conn.execute(select(func.coalesce(func.max(card.c.seq), 0))).scalar_one()
    identity = f"B-{last + 1:06d}"
    state = CardState.SPOILED
    tx.conn.execute(
        insert(card).values(
            seq=last + 1,
            id=identity,
            card_type=card_type,
            version=FOREIGN,
            batch=FOREIGN,
            number=number,
            state=state,
            cause=cause,
            origin=Origin.SURRENDERED,
        )
    )
    data: journal.Data = {"card": [None, state], "cards": [identity], "card_type": card_type}
    data |= {"batch": FOREIGN, "version": FOREIGN, "cause": cause}
    if number is not None:
        data["set"] = vouched({"number": number})
    journal.append(tx, "card-brought-in", by=by, data=data)
    return identity


@dataclass(frozen=True)
class Waiting:
    """An accepted card that nobody has fetched yet."""

    seq: int
    id: str
    card_type: str
    shelf: str | None
    job: str
    ticket: str | None
    printed_at: str


_WAITS = and_(card.c.state == CardState.ACCEPTED, job.c.id == card.c.job)


def uncollected(conn: Connection, before: str, *, after: int, limit: int) -> list[Waiting]:
    """Accepted cards printed before this moment, in the order of receipt."""
    rows = conn.execute(
        select(
            card.c.seq,
            card.c.id,
            card.c.card_type,
            card.c.shelf,
            card.c.job,
            job.c.ticket,
            job.c.ended_at.label("printed_at"),
        )
        .where(_WAITS, job.c.ended_at < before, card.c.seq > after)
        .order_by(card.c.seq)
        .limit(limit)
    )
    return [Waiting(**row._mapping) for row in rows]


def ages(conn: Connection, moments: Sequence[str]) -> list[int]:
    """How many accepted cards were printed before each of these moments."""
    sums = [func.coalesce(func.sum(case((job.c.ended_at < at, 1), else_=0)), 0) for at in moments]
    row = conn.execute(select(*sums).select_from(card).join(job, _WAITS)).one()
    return [int(number) for number in row]
