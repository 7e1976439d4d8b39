"""Ribbons, films and cleaning kits as rows. How much of one was used is counted from the feeds, not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from printstation.store.tables import SupplyKind, SupplyState, feed, supply


@dataclass(frozen=True)
class Supply:
    """One item. `used` are the cards fed with it, those of the printer where it lies now included."""

    seq: int
    id: str
    kind: SupplyKind
    serial: str | None
    lot: str | None
    model: str | None
    rated: int | None
    state: SupplyState
    printer: str | None
    used: int
    received_at: str
    loaded_at: str | None
    loaded_feed: int | None
    ended_at: str | None
    destruction: str | None


def _supply(conn: Connection, row: Any) -> Supply:
    values = dict(row._mapping)
    values["kind"], values["state"] = SupplyKind(values["kind"]), SupplyState(values["state"])
    if values["state"] is SupplyState.LOADED:
        values["used"] += fed_since(conn, values["printer"], values["loaded_feed"])
    return Supply(**values)


def fed_since(conn: Connection, printer: str, last: int | None) -> int:
    """Cards that this printer fed after that feed."""
    query = select(func.count()).select_from(feed).where(feed.c.printer == printer)
    return int(conn.execute(query.where(feed.c.id > (last or 0))).scalar_one())


def last_feed(conn: Connection) -> int:
    """The newest feed of the station."""
    return int(conn.execute(select(func.coalesce(func.max(feed.c.id), 0))).scalar_one())


def get(conn: Connection, identity: str) -> Supply | None:
    """The item with this id."""
    row = conn.execute(select(supply).where(supply.c.id == identity)).one_or_none()
    return _supply(conn, row) if row else None


def loaded_in(conn: Connection, printer: str, kind: SupplyKind) -> Supply | None:
    """What of this kind lies in a printer."""
    query = select(supply).where(
        supply.c.state == SupplyState.LOADED, supply.c.printer == printer, supply.c.kind == kind
    )
    row = conn.execute(query).one_or_none()
    return _supply(conn, row) if row else None


def serial_used(conn: Connection, kind: SupplyKind, serial: str) -> str | None:
    """The item of this kind that has this serial number."""
    query = select(supply.c.id).where(supply.c.kind == kind, supply.c.serial == serial)
    found: str | None = conn.execute(query).scalar_one_or_none()
    return found


def page(
    conn: Connection,
    *,
    states: Sequence[str] = (),
    kind: str | None = None,
    printer: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Supply]:
    """Items in the order in which they came, after `after`."""
    query = select(supply).where(supply.c.seq > after).order_by(supply.c.seq).limit(limit)
    if states:
        query = query.where(supply.c.state.in_(states))
    for column, value in ((supply.c.kind, kind), (supply.c.printer, printer)):
        if value is not None:
            query = query.where(column == value)
    return [_supply(conn, row) for row in conn.execute(query).all()]
