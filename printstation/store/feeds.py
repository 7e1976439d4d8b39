"""Feeds: what was written down before and while a card moved, and how it was settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from printstation.store import engine
from printstation.store.engine import Tx
from printstation.store.tables import feed


@dataclass(frozen=True)
class Feed:
    """One feed of one card. `errors` are keywords in the order in which they were seen."""

    id: int
    job: str
    card: str
    printer: str
    serial: str | None
    session: str
    counter_kind: str
    counter_before: int | None
    counter_after: int | None
    path: bool | None
    fed_at: str
    sent_at: str | None
    stopped_at: str | None
    errors: tuple[str, ...]
    discarded: bool
    verdict: str | None
    rule: int | None
    settled_at: str | None
    explained: int
    panels: int | None


_FIELDS = tuple(Feed.__dataclass_fields__)
_SELECT = select(*[feed.c[name] for name in _FIELDS])
_ADD = insert(feed)


_UNSETTLED = _SELECT.where(feed.c.settled_at.is_(None)).order_by(feed.c.id)
_UNSETTLED_AT = _UNSETTLED.where(feed.c.printer == bindparam("printer"))
_BY_ID = _SELECT.where(feed.c.id == bindparam("id"))


def _feed(row: Any) -> Feed:
    values: dict[str, Any] = dict(zip(_FIELDS, row, strict=True))
    values["errors"] = tuple(word for word in values["errors"].split(",") if word)
    values["path"] = None if values["path"] is None else bool(values["path"])
    values["discarded"] = bool(values["discarded"])
    return Feed(**values)


def add(tx: Tx, **values: Any) -> int:
    """Write down the intent to move a card; IntegrityError if this job or card is already moving."""
    key = tx.conn.execute(_ADD, {**values, "fed_at": tx.at}).inserted_primary_key
    assert key is not None
    return int(key[0])


def change(tx: Tx, identity: int, **values: Any) -> None:
    """Change columns of a feed."""
    engine.change(tx, feed.c.id, identity, values)


def get(conn: Connection, identity: int) -> Feed:
    """The feed with this number."""
    return _feed(conn.execute(_BY_ID, {"id": identity}).one())


def unsettled(conn: Connection, *, printer: str | None = None) -> list[Feed]:
    """Feeds whose card has no fate yet, oldest first."""
    if printer is None:
        return [_feed(row) for row in conn.execute(_UNSETTLED)]
    return [_feed(row) for row in conn.execute(_UNSETTLED_AT, {"printer": printer})]


def opening_counter(conn: Connection, printer: str, serial: str, since: str) -> int | None:
    """What the counter of this unit showed before its first feed after that moment.

    None without such a reading, and where another unit was fed at this printer, too: the sum would be of both.
    """
    after = (feed.c.printer == printer, feed.c.fed_at > since)
    others = select(feed.c.id).where(*after, feed.c.serial.is_distinct_from(serial)).limit(1)
    if conn.execute(others).first() is not None:
        return None
    first = select(feed.c.counter_before).where(*after).order_by(feed.c.id).limit(1)
    found: int | None = conn.execute(first).scalar_one_or_none()
    return found


def last_of_job(conn: Connection, job: str) -> Feed | None:
    """The newest feed of a job: what its `evidence` shows."""
    row = conn.execute(
        _SELECT.where(feed.c.job == job).order_by(feed.c.id.desc()).limit(1)
    ).one_or_none()
    return _feed(row) if row else None
