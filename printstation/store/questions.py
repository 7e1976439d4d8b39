"""Questions as rows: asked once, kept over restarts, closed once."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from printstation.lifecycle.answers import CardFate, JobFuture, Pair, QuestionReason
from printstation.store.engine import Tx, mapping
from printstation.store.tables import question


@dataclass(frozen=True)
class Question:
    """One question. `answer` is what was said, word for word, once it is closed."""

    seq: int
    id: str
    reason: QuestionReason
    printer: str | None
    job: str | None
    card: str | None
    feed: int | None
    serial: str | None
    difference: int | None
    offers: tuple[Pair, ...]
    asked_at: str
    closed_at: str | None
    answer: dict[str, Any] | None


_SELECT = select(question)
_OPEN = _SELECT.where(question.c.closed_at.is_(None)).order_by(question.c.seq)
_BY_ID = _SELECT.where(question.c.id == bindparam("id"))
_OF_FEED = _SELECT.where(
    question.c.feed == bindparam("feed"), question.c.reason == QuestionReason.CARD_FATE
)
_ADD = insert(question)
_CLOSE = update(question).where(
    question.c.id == bindparam("is_this"), question.c.closed_at.is_(None)
)
_LAST = select(func.coalesce(func.max(question.c.seq), 0))


def _question(row: Any) -> Question:
    values = mapping(row)
    values["reason"] = QuestionReason(values["reason"])
    values["offers"] = tuple(
        Pair(CardFate(fate), JobFuture(future) if future else None)
        for fate, future in json.loads(values["offers"])
    )
    values["answer"] = json.loads(values["answer"]) if values["answer"] else None
    return Question(**values)


def _offers(pairs: tuple[Pair, ...]) -> str:
    return json.dumps([[pair.card, pair.job] for pair in pairs])


def add(tx: Tx, reason: QuestionReason, offers: tuple[Pair, ...], **values: Any) -> str:
    """Ask. IntegrityError if this very question is open already."""
    last = tx.conn.execute(_LAST).scalar_one()
    identity = f"Q-{last + 1:06d}"
    tx.conn.execute(
        _ADD,
        {
            "seq": last + 1,
            "id": identity,
            "reason": reason,
            "offers": _offers(offers),
            "asked_at": tx.at,
            **values,
        },
    )
    return identity


def get(conn: Connection, identity: str) -> Question | None:
    """The question with this id."""
    row = conn.execute(_BY_ID, {"id": identity}).one_or_none()
    return _question(row) if row else None


def set_offers(tx: Tx, identity: str, offers: tuple[Pair, ...]) -> None:
    """Narrow (or widen) what is offered, now that the device said more."""
    tx.conn.execute(
        update(question).where(question.c.id == identity).values(offers=_offers(offers))
    )


def set_difference(tx: Tx, identity: str, difference: int, serial: str) -> None:
    """How many cards are unexplained by now, and by which unit."""
    tx.conn.execute(
        update(question)
        .where(question.c.id == identity)
        .values(difference=difference, serial=serial)
    )


def close(tx: Tx, identity: str, answer: dict[str, Any]) -> bool:
    """Close an open question with its answer; False if it was closed before."""
    done = tx.conn.execute(
        _CLOSE,
        {
            "is_this": identity,
            "closed_at": tx.at,
            "answer": json.dumps(answer, ensure_ascii=False),
        },
    )
    return bool(done.rowcount)


def of_feed(conn: Connection, feed: int) -> Question | None:
    """The card-fate question of a feed, open or closed."""
    row = conn.execute(_OF_FEED, {"feed": feed}).one_or_none()
    return _question(row) if row else None


def open_ones(
    conn: Connection,
    *,
    printer: str | None = None,
    job: str | None = None,
    reason: QuestionReason | None = None,
) -> list[Question]:
    """Open questions, oldest first."""
    named = {"printer": printer, "job": job, "reason": reason}
    given = {name: value for name, value in named.items() if value is not None}
    return [_question(row) for row in conn.execute(_open_by(tuple(given)), given)]


@functools.cache
def _open_by(columns: tuple[str, ...]) -> Select[Any]:
    return _OPEN.where(*(question.c[name] == bindparam(name) for name in columns))


def page(
    conn: Connection,
    *,
    state: str | None = None,
    printer: str | None = None,
    job: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Question]:
    """Questions in the order in which they were asked."""
    query = _SELECT.where(question.c.seq > after).order_by(question.c.seq).limit(limit)
    if state == "open":
        query = query.where(question.c.closed_at.is_(None))
    elif state == "closed":
        query = query.where(question.c.closed_at.is_not(None))
    if printer is not None:
        query = query.where(question.c.printer == printer)
    if job is not None:
        query = query.where(question.c.job == job)
    return [_question(row) for row in conn.execute(query)]
