"""Sessions of destruction as rows: what lies in one, and the names that its minutes need."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select, update

from printstation.lifecycle.card import CardState, Origin
from printstation.store import filed
from printstation.store.engine import Tx
from printstation.store.tables import SessionState, SupplyState, card, destruction, photo, supply

#: Values in one IN (…); SQLite takes 32,766.
PART = 500


@dataclass(frozen=True)
class Person:
    """Under the minutes: a signer has a title, a witness an agency."""

    name: str
    title: str = ""
    agency: str = ""
    nip: str = ""


@dataclass(frozen=True)
class Session:
    """One session. While it is *open* its list may change; *signed* it may only be closed."""

    seq: int
    id: str
    number: str
    state: SessionState
    method: str
    place: str
    held_on: str
    signers: tuple[Person, ...]
    witnesses: tuple[Person, ...]
    opened_at: str
    by: str
    supervisor: str | None
    witness: str | None
    signed_at: str | None
    closed_at: str | None
    pdf_sha256: str | None


@dataclass(frozen=True)
class Doomed:
    """A card of a session."""

    seq: int
    id: str
    card_type: str
    number: str | None
    cause: str
    origin: str
    #: Whether it may bear somebody's data: it was printed or encoded for a resident, or surrendered by one.
    personal: bool


@dataclass(frozen=True)
class Picture:
    """A photo of a session, without its bytes."""

    seq: int
    id: str
    caption: str
    sha256: str


@dataclass(frozen=True)
class Spent:
    """A spent supply of a session."""

    id: str
    kind: str
    serial: str | None
    lot: str | None


@dataclass(frozen=True)
class Contents:
    """Everything that the minutes of a session show, but for the names."""

    session: Session
    cards: tuple[Doomed, ...]
    supplies: tuple[Spent, ...]
    photos: tuple[Picture, ...]


def people(persons: Sequence[Person]) -> str:
    """Persons as the row keeps them."""
    return json.dumps([vars(person) for person in persons], ensure_ascii=False)


def _session(row: Any) -> Session:
    values = dict(row._mapping)
    values["state"] = SessionState(values["state"])
    for name in ("signers", "witnesses"):
        values[name] = tuple(Person(**person) for person in json.loads(values[name]))
    return Session(**values)


def get(conn: Connection, identity: str) -> Session | None:
    """The session with this id."""
    row = conn.execute(select(destruction).where(destruction.c.id == identity)).one_or_none()
    return _session(row) if row else None


def by_number(conn: Connection, number: str) -> str | None:
    """The session that has this letter number."""
    found: str | None = conn.execute(
        select(destruction.c.id).where(destruction.c.number == number)
    ).scalar_one_or_none()
    return found


def page(
    conn: Connection, *, states: Sequence[str] = (), after: int = 0, limit: int = 100
) -> list[Session]:
    """Sessions in the order in which they were opened, after `after`."""
    query = select(destruction).where(destruction.c.seq > after)
    if states:
        query = query.where(destruction.c.state.in_(states))
    return [_session(row) for row in conn.execute(query.order_by(destruction.c.seq).limit(limit))]


def cards_of(conn: Connection, identity: str) -> list[Doomed]:
    """Its cards, in the order of their receipt."""
    names = ("seq", "id", "card_type", "number", "cause", "origin")
    personal = or_(
        card.c.job.is_not(None),
        card.c.bound_to.is_not(None),
        card.c.origin == Origin.SURRENDERED,
    )
    query = select(*(card.c[name] for name in names), personal.label("personal"))
    rows = conn.execute(query.where(card.c.destruction == identity).order_by(card.c.seq))
    return [Doomed(**row._mapping) for row in rows]


def supplies_of(conn: Connection, identity: str) -> list[Spent]:
    """Its spent ribbons and films."""
    query = select(supply.c.id, supply.c.kind, supply.c.serial, supply.c.lot)
    rows = conn.execute(query.where(supply.c.destruction == identity).order_by(supply.c.seq))
    return [Spent(**row._mapping) for row in rows]


def photos_of(conn: Connection, identity: str) -> list[Picture]:
    """Its photos without their bytes, in the order in which they came."""
    query = select(photo.c.seq, photo.c.id, photo.c.caption, photo.c.sha256)
    rows = conn.execute(query.where(photo.c.destruction == identity).order_by(photo.c.seq))
    return [Picture(**row._mapping) for row in rows]


def contents(conn: Connection, session: Session) -> Contents:
    """All of a session, as of one transaction."""
    return Contents(
        session,
        tuple(cards_of(conn, session.id)),
        tuple(supplies_of(conn, session.id)),
        tuple(photos_of(conn, session.id)),
    )


def photo_bytes(conn: Connection, identity: str) -> bytes:
    """The bytes of a photo, as they were handed in."""
    found: bytes = conn.execute(select(photo.c.content).where(photo.c.id == identity)).scalar_one()
    return found


def unassigned(conn: Connection) -> list[tuple[str, str]]:
    """(id, state) of every spoiled card that lies in no session."""
    query = select(card.c.id, card.c.state).where(
        card.c.state == CardState.SPOILED, card.c.destruction.is_(None)
    )
    return [(row.id, row.state) for row in conn.execute(query.order_by(card.c.seq))]


def found(conn: Connection, identities: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """card -> (state, session) of those that there are."""
    there: dict[str, tuple[str, str | None]] = {}
    for start in range(0, len(identities), PART):
        part = identities[start : start + PART]
        query = select(card.c.id, card.c.state, card.c.destruction).where(card.c.id.in_(part))
        there |= {row.id: (row.state, row.destruction) for row in conn.execute(query)}
    return there


def assign(tx: Tx, identities: Sequence[str], session: str | None) -> None:
    """Put cards into a session, or take them out; the caller writes the entry."""
    for start in range(0, len(identities), PART):
        part = identities[start : start + PART]
        tx.conn.execute(update(card).where(card.c.id.in_(part)).values(destruction=session))


def spent(conn: Connection, identities: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """supply -> (state, session) of those that there are."""
    query = select(supply.c.id, supply.c.state, supply.c.destruction)
    rows = conn.execute(query.where(supply.c.id.in_(identities)))
    return {row.id: (row.state, row.destruction) for row in rows}


def assign_supply(tx: Tx, identity: str, session: str | None) -> None:
    """Put a spent supply into a session, or take it out."""
    filed.change(tx, "supply", identity, {"destruction": session})


def destroy_supply(tx: Tx, identity: str) -> None:
    """The supply is destroyed with its session."""
    changes = {"state": SupplyState.DESTROYED, "ended_at": tx.at}
    filed.change(tx, "supply", identity, changes)
