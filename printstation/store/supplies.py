"""Ribbons, films and cleaning kits as rows. How much of one was used is counted from the feeds, not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select

from printstation.lifecycle.evidence import Fate
from printstation.store.tables import SupplyKind, SupplyState, feed, supply


@dataclass(frozen=True)
class Supply:
    """One item. `used` are the cards fed with it, those of the printer where it lies now included.

    `panels_used` are the panels of a ribbon that these cards took: of each card that was sent whole and that
    the device did not say to be untouched, its sides times the panels of its model's ribbon. None: nobody
    knows, as of a film, and where one of the cards was printed outside or before they were written down.
    """

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
    panels_used: int | None

    @property
    def measured(self) -> int | None:
        """The cards that it made, known once it was taken out as spent."""
        over = self.state in (SupplyState.SPENT, SupplyState.DESTROYED)
        return self.used if over else None


def _supply(conn: Connection, row: Any) -> Supply:
    values = dict(row._mapping)
    values["kind"], values["state"] = SupplyKind(values["kind"]), SupplyState(values["state"])
    panels = values["panels_used"]
    if values["kind"] is SupplyKind.RIBBON and values["used"] == 0:
        panels = 0
    if values["state"] is SupplyState.LOADED:
        since = values["printer"], values["loaded_feed"]
        values["used"] += fed_since(conn, *since)
        if panels is not None:
            more = panels_since(conn, *since)
            panels = None if more is None else panels + more
    values["panels_used"] = panels
    return Supply(**values)


def fed_since(conn: Connection, printer: str, last: int | None) -> int:
    """Cards that this printer fed after that feed."""
    query = select(func.count()).select_from(feed).where(feed.c.printer == printer)
    return int(conn.execute(query.where(feed.c.id > (last or 0))).scalar_one())


def panels_since(conn: Connection, printer: str, last: int | None) -> int | None:
    """Panels that this printer's cards took after that feed; None if one of them does not tell."""
    printed = and_(
        feed.c.sent_at.is_not(None),
        or_(feed.c.verdict.is_(None), feed.c.verdict != Fate.UNTOUCHED),
    )
    took = func.coalesce(func.sum(case((printed, feed.c.panels), else_=0)), 0)
    query = select(func.count() - func.count(feed.c.panels), took).where(feed.c.printer == printer)
    untold, panels = conn.execute(query.where(feed.c.id > (last or 0))).one()
    return None if untold else int(panels)


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
