"""Slips that wait for the receipt printer, and those that it has printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from printstation.store import filed
from printstation.store.engine import Tx, change
from printstation.store.tables import SlipKind, SlipState, card, handover, job, slip


@dataclass(frozen=True)
class Slip:
    """One slip. `tries` counts how often its bytes were begun; from the second on it says *salinan*."""

    seq: int
    id: str
    kind: SlipKind
    card: str
    state: SlipState
    initials: str
    tries: int
    asked_at: str
    printed_at: str | None
    by: str


@dataclass(frozen=True)
class Told:
    """What a slip tells beside its own row."""

    card_type: str
    shelf: str | None
    ticket: str | None
    receiver: str | None
    old_card: str | None


def _slip(row: Any) -> Slip:
    values = dict(row._mapping)
    values["kind"], values["state"] = SlipKind(values["kind"]), SlipState(values["state"])
    return Slip(**values)


def add(tx: Tx, kind: SlipKind, card_id: str, initials: str, by: str) -> str:
    """A slip that waits; returns its id (T-0001 …)."""
    identity = filed.next_id(tx, "slip", "T")
    values = {"id": identity, "kind": kind, "card": card_id, "initials": initials, "by": by}
    filed.add(tx, "slip", {**values, "state": SlipState.WAITING, "asked_at": tx.at})
    return identity


def get(conn: Connection, identity: str) -> Slip | None:
    """The slip with this id."""
    row = conn.execute(select(slip).where(slip.c.id == identity)).one_or_none()
    return _slip(row) if row else None


def set_columns(tx: Tx, identity: str, values: dict[str, Any]) -> None:
    """Set columns of a slip; the next entry vouches for them."""
    filed.change(tx, "slip", identity, values)


def set_tries(tx: Tx, identity: str, tries: int) -> None:
    """How often its bytes were begun: written down before they are, without an entry."""
    change(tx, slip.c.id, identity, {"tries": tries})


def next_waiting(conn: Connection) -> Slip | None:
    """The oldest slip that waits."""
    query = select(slip).where(slip.c.state == SlipState.WAITING).order_by(slip.c.seq).limit(1)
    row = conn.execute(query).one_or_none()
    return _slip(row) if row else None


def page(
    conn: Connection,
    *,
    states: Sequence[str] = (),
    card_id: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Slip]:
    """Slips in the order in which they were asked for, after `after`."""
    query = select(slip).where(slip.c.seq > after).order_by(slip.c.seq).limit(limit)
    if states:
        query = query.where(slip.c.state.in_(states))
    if card_id is not None:
        query = query.where(slip.c.card == card_id)
    return [_slip(row) for row in conn.execute(query)]


def told(conn: Connection, card_id: str) -> Told:
    """What the slips of a card tell of it, of its job and of its hand-over."""
    joined = card.outerjoin(job, job.c.id == card.c.job).outerjoin(
        handover, handover.c.card == card.c.id
    )
    query = (
        select(
            card.c.card_type, card.c.shelf, job.c.ticket, handover.c.receiver, handover.c.old_card
        )
        .select_from(joined)
        .where(card.c.id == card_id)
        .order_by(handover.c.seq.desc())
        .limit(1)
    )
    return Told(**conn.execute(query).one()._mapping)
