"""Numbers that were scanned: whose body it is, and which encoded card a person called to which printer (§9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, or_, select

from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import JobState
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, filed
from printstation.store.cards import Card
from printstation.store.engine import Tx
from printstation.store.tables import card, job, scan


@dataclass(frozen=True)
class Scan:
    """The next card of a printer: the operator holds it in his hand."""

    printer: str
    card: str
    job: str


#: A scan counts while its card is encoded and its job pending; a stale one is nobody's.
_READY = (
    select(scan.c.printer, scan.c.card, scan.c.job)
    .join(card, card.c.id == scan.c.card)
    .join(job, job.c.id == scan.c.job)
    .where(
        scan.c.printer == bindparam("printer"),
        card.c.state == CardState.ENCODED,
        card.c.job.is_(None),
        job.c.state == JobState.PENDING,
    )
)
_OF_RESIDENT = (
    select(card.c.id, card.c.state, card.c.card_type)
    .where(card.c.bound_to == bindparam("resident"))
    .order_by(card.c.seq)
)
_BOUND_TO = select(card.c.bound_to).where(card.c.id == bindparam("card"))


def ready(conn: Connection, printer: str) -> Scan | None:
    """The encoded card that this printer takes next, with its job."""
    row = conn.execute(_READY, {"printer": printer}).one_or_none()
    return Scan(**row._mapping) if row else None


def put(tx: Tx, printer: str, card_id: str, job_id: str, by: str) -> None:
    """A person called this card to this printer; what was called there, or it elsewhere, is not any more."""
    same = or_(scan.c.printer == printer, scan.c.card == card_id, scan.c.job == job_id)
    _drop(tx, same)
    called = {"printer": printer, "card": card_id, "job": job_id}
    filed.add(tx, "scan", {**called, "at": tx.at, "by": by})


def drop(tx: Tx, job_id: str) -> None:
    """The call for this job is over: it was heard, or the job is wanted no more. The next entry says so."""
    _drop(tx, scan.c.job == job_id)


def _drop(tx: Tx, which: ColumnElement[bool]) -> None:
    dropped = tx.conn.execute(delete(scan).where(which).returning(scan.c.printer)).all()
    filed.gone(tx, "scan", [row.printer for row in dropped])


def numbered(conn: Connection, number: str, card_types: Sequence[str]) -> list[Card]:
    """The cards of these types that bear this number: at most one of each type."""
    ids = conn.execute(
        select(card.c.id).where(card.c.card_type.in_(card_types), card.c.number == number)
    )
    found = [cards.get(conn, row.id) for row in ids.all()]
    return [each for each in found if each is not None]


def unused(conn: Connection, card_type: str, number: str) -> str:
    """A number that no other card of this type bears; refuses `number-used`."""
    for other in numbered(conn, number, (card_type,)):
        raise Refusal(
            "number-used",
            f"this number is on card {other.id}, which is {other.state}; scan again",
            (FieldError("/number", "used", f"card {other.id} bears it"),),
            extra={"card": other.id},
        )
    return number


def bound_to(conn: Connection, card_id: str) -> bytes | None:
    """The keyed hash of the resident whom this card was encoded for."""
    found: bytes | None = conn.execute(_BOUND_TO, {"card": card_id}).scalar_one_or_none()
    return found


def of_resident(
    conn: Connection, resident: bytes, states: Sequence[CardState], card_type: str | None = None
) -> Card | None:
    """The oldest card in one of these states that was encoded for this resident."""
    # State and type are looked at here: SQLite would walk all cards of that type otherwise.
    for row in conn.execute(_OF_RESIDENT, {"resident": resident}).all():
        if row.state in states and card_type in (None, row.card_type):
            return cards.get(conn, row.id)
    return None


@dataclass(frozen=True)
class Wanted:
    """The encoded card that a waiting job wants: its id, its number, and whether it was scanned."""

    card: str
    number: str | None
    printer: str | None


def wanted(conn: Connection, job_ids: Sequence[str]) -> dict[str, Wanted]:
    """{job: its encoded card}; a job whose resident has none is not in it."""
    rows: Any = conn.execute(
        select(
            job.c.id.label("job"),
            job.c.card_type.label("wants"),
            *(card.c.id, card.c.number, card.c.state, card.c.card_type, scan.c.printer),
        )
        .join(card, card.c.bound_to == job.c.resident)
        .outerjoin(scan, (scan.c.job == job.c.id) & (scan.c.card == card.c.id))
        .where(job.c.id.in_(job_ids))
    )
    return {
        row.job: Wanted(row.id, row.number, row.printer)
        for row in rows
        if row.state == CardState.ENCODED and row.card_type == row.wants
    }


def card_due(card: Wanted | None, driven: bool) -> str | None:
    """The keyword of `waits.toml` that says what is to be done with the encoded card of a pending job.

    Outside, the card is taken to the printer and recorded there, not called: `driven` is false then.
    """
    if card is None:
        return "no-encoded-card"
    return "card-not-scanned" if driven and card.printer is None else None
