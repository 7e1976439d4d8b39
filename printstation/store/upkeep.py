"""How hard a printer has worked, and what people did for it: read from feeds and acts, never counted in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from printstation.lifecycle.evidence import Fate
from printstation.store import filed, supplies
from printstation.store.engine import Tx
from printstation.store.tables import UpkeepKind, feed, upkeep


@dataclass(frozen=True)
class Fed:
    """When a card was fed, and when it came to rest as far as that is known."""

    fed_at: str
    ended_at: str | None


@dataclass(frozen=True)
class Upkeep:
    """One act on a printer."""

    seq: int
    id: str
    printer: str
    kind: UpkeepKind
    after_feed: int
    celsius: int | None
    at: str
    by: str


# A card that never left the hopper warmed nothing.
_WORKED = or_(feed.c.verdict.is_(None), feed.c.verdict != Fate.UNTOUCHED)
_NEWEST = (
    select(feed.c.fed_at, feed.c.stopped_at, feed.c.settled_at)
    .where(feed.c.printer == bindparam("printer"), _WORKED)
    .order_by(feed.c.id.desc())
    .limit(bindparam("most"))
)
_SINCE = select(func.count()).select_from(
    select(feed.c.id)
    .where(feed.c.printer == bindparam("printer"), feed.c.id > bindparam("after"), _WORKED)
    .limit(bindparam("most"))
    .subquery()
)
_LAST = (
    select(upkeep)
    .where(upkeep.c.printer == bindparam("printer"), upkeep.c.kind == bindparam("kind"))
    .order_by(upkeep.c.seq.desc())
    .limit(1)
)


def newest_fed(conn: Connection, printer: str, most: int) -> Iterator[Fed]:
    """The cards that this printer moved, newest first."""
    for row in conn.execute(_NEWEST, {"printer": printer, "most": most}):
        yield Fed(row.fed_at, row.stopped_at or row.settled_at)


def fed_since(conn: Connection, printer: str, after: int, most: int) -> int:
    """How many cards this printer moved after that feed; counting ends at `most`."""
    given = {"printer": printer, "after": after, "most": most}
    return int(conn.execute(_SINCE, given).scalar_one())


def last(conn: Connection, printer: str, kind: UpkeepKind) -> Upkeep | None:
    """The newest act of this kind."""
    row = conn.execute(_LAST, {"printer": printer, "kind": kind}).one_or_none()
    return _upkeep(row) if row else None


def _upkeep(row: Any) -> Upkeep:
    values = dict(row._mapping)
    values["kind"] = UpkeepKind(values["kind"])
    return Upkeep(**values)


def add(tx: Tx, printer: str, kind: UpkeepKind, by: str, celsius: int | None = None) -> str:
    """Enter an act; the next entry of the journal vouches for it."""
    identity = filed.next_id(tx, "upkeep", "U")
    row = {
        "id": identity,
        "printer": printer,
        "kind": kind,
        "after_feed": supplies.last_feed(tx.conn),
        "celsius": celsius,
        "at": tx.at,
        "by": by,
    }
    filed.add(tx, "upkeep", row)
    return identity


def page(conn: Connection, printer: str, after: int, limit: int) -> list[Upkeep]:
    """Acts on a printer in their order."""
    query = select(upkeep).where(upkeep.c.printer == printer, upkeep.c.seq > after)
    return [_upkeep(row) for row in conn.execute(query.order_by(upkeep.c.seq).limit(limit))]
