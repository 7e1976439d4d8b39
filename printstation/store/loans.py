"""Loans between offices: the row that both sides' papers name, and what of it is still out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from printstation.lifecycle.card import CardState
from printstation.store import filed
from printstation.store.engine import Tx, mapping
from printstation.store.tables import LoanDirection, card, loan


@dataclass(frozen=True)
class Loan:
    """One loan. `outstanding` blanks still have to come home, or to be given back."""

    seq: int
    id: str
    direction: LoanDirection
    office: str
    card_type: str
    version: str
    batch: str | None
    count: int
    document: str
    their_document: str | None
    due: str
    opened_at: str
    by: str
    settled_at: str | None
    settled_by: str | None
    reason: str | None
    outstanding: int


def add(tx: Tx, values: dict[str, Any]) -> str:
    """Note a loan; the next entry of this transaction vouches for it. Returns its id."""
    identity = filed.next_id(tx, "loan", "L")
    filed.add(tx, "loan", {**values, "id": identity, "opened_at": tx.at})
    return identity


# Lent blanks carry the loan's id until they come home; of a borrowed one, those that were given back.
_OUT = (
    select(func.count())
    .where(card.c.loan == loan.c.id, card.c.state == CardState.LENT)
    .scalar_subquery()
)
_GIVEN_BACK = (
    select(func.count())
    .where(card.c.loan == loan.c.id, card.c.state == CardState.RETURNED)
    .scalar_subquery()
)
_SELECT = select(loan, _OUT.label("out"), _GIVEN_BACK.label("given_back"))


def _loan(row: Any) -> Loan:
    values = mapping(row)
    out, given_back = values.pop("out"), values.pop("given_back")
    values["direction"] = LoanDirection(values["direction"])
    borrowed = values["direction"] is LoanDirection.BORROWED
    values["outstanding"] = values["count"] - given_back if borrowed else out
    return Loan(**values)


def get(conn: Connection, identity: str) -> Loan | None:
    """The loan with this id."""
    row = conn.execute(_SELECT.where(loan.c.id == identity)).one_or_none()
    return _loan(row) if row else None


def of_document(conn: Connection, document: str) -> str | None:
    """The loan that has this document of ours."""
    found: str | None = conn.execute(
        select(loan.c.id).where(loan.c.document == document)
    ).scalar_one_or_none()
    return found


def page(
    conn: Connection,
    *,
    settled: bool | None = None,
    due_before: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Loan]:
    """Loans in the order in which they were noted, after `after`."""
    query = _SELECT.where(loan.c.seq > after).order_by(loan.c.seq).limit(limit)
    if settled is not None:
        query = query.where(loan.c.settled_at.is_not(None) == settled)
    if due_before is not None:
        query = query.where(loan.c.settled_at.is_(None), loan.c.due < due_before)
    return [_loan(row) for row in conn.execute(query)]
