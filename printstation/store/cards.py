"""Cards as rows: receive, find, count. A balance is always counted, never stored."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
)

from printstation.lifecycle.card import IN_HOPPER, CardState, Origin
from printstation.store import filed
from printstation.store.engine import Tx, mapping
from printstation.store.tables import Source, card, receipt, returned


@dataclass(frozen=True)
class Card:
    """One card."""

    seq: int
    id: str
    card_type: str
    version: str
    batch: str
    number: str | None
    state: CardState
    cause: str | None
    printer: str | None
    job: str | None
    shelf: str | None
    bound: bool


_SELECT = select(
    card.c.seq,
    card.c.id,
    card.c.card_type,
    card.c.version,
    card.c.batch,
    card.c.number,
    card.c.state,
    card.c.cause,
    card.c.printer,
    card.c.job,
    card.c.shelf,
    card.c.bound_to.is_not(None).label("bound"),
)


_BY_ID = _SELECT.where(card.c.id == bindparam("id"))
_LOADED_TYPES = (
    select(card.c.card_type)
    .where(card.c.state == CardState.LOADED, card.c.printer == bindparam("printer"))
    .distinct()
)
_IN_HOPPER = (
    select(func.count())
    .select_from(card)
    .where(card.c.state.in_(sorted(IN_HOPPER)), card.c.printer == bindparam("printer"))
)


def _card(row: Any) -> Card:
    values = mapping(row)
    values["state"] = CardState(values["state"])
    values["bound"] = bool(values["bound"])
    return Card(**values)


def get(conn: Connection, identity: str) -> Card | None:
    """The card with this id."""
    row = conn.execute(_BY_ID, {"id": identity}).one_or_none()
    return _card(row) if row else None


def named(conn: Connection, ids: Sequence[str]) -> list[Card]:
    """The cards with these ids, in the order of receipt; unknown ids are left out."""
    query = _SELECT.where(card.c.id.in_(ids)).order_by(card.c.seq)
    return [_card(row) for row in conn.execute(query)]


def bound_up(conn: Connection, ids: Sequence[str]) -> str | None:
    """One of these cards that a job has called or that lies in a session for destruction, if there is one."""
    called = and_(card.c.state == CardState.ENCODED, card.c.job.is_not(None))
    query = select(card.c.id).where(
        card.c.id.in_(ids), or_(called, card.c.destruction.is_not(None))
    )
    found: str | None = conn.execute(query.order_by(card.c.seq).limit(1)).scalar_one_or_none()
    return found


def add_batch(
    tx: Tx,
    count: int,
    card_type: str,
    version: str,
    batch: str,
    *,
    origin: Origin = Origin.RECEIVED,
    delivery: str | None = None,
) -> list[str]:
    """Insert that many stored blanks and return their ids (B-000001 …), in order.

    `delivery` is the letter or the loan that brought them; a surplus has none.
    """
    last = tx.conn.execute(select(func.coalesce(func.max(card.c.seq), 0))).scalar_one()
    ids = [f"B-{last + n:06d}" for n in range(1, count + 1)]
    tx.conn.execute(
        insert(card),
        [
            {
                "seq": last + n,
                "id": identity,
                "card_type": card_type,
                "version": version,
                "batch": batch,
                "state": CardState.STORED,
                "origin": origin,
                "delivery": delivery,
            }
            for n, identity in enumerate(ids, start=1)
        ],
    )
    return ids


def add_receipt(tx: Tx, values: dict[str, Any]) -> None:
    """Note the delivery letter, whose number counts once; the next entry vouches for it."""
    filed.add(tx, "receipt", {**values, "at": tx.at})


def receipt_of(conn: Connection, delivery: str) -> dict[str, Any] | None:
    """The delivery with this number."""
    row = conn.execute(select(receipt).where(receipt.c.delivery == delivery)).one_or_none()
    return mapping(row) if row else None


def add_returned(tx: Tx, values: dict[str, Any]) -> None:
    """Note the letter under which blanks go back, which counts once; the next entry vouches for it."""
    filed.add(tx, "returned", {**values, "at": tx.at})


def was_returned(conn: Connection, document: str) -> str | None:
    """When blanks went back under this letter."""
    query = select(returned.c.at).where(returned.c.document == document)
    found: str | None = conn.execute(query).scalar_one_or_none()
    return found


def known_batch(conn: Connection, batch: str) -> tuple[str, str] | None:
    """(card type, version) of a batch that was received before."""
    row = conn.execute(
        select(card.c.card_type, card.c.version).where(card.c.batch == batch).limit(1)
    ).one_or_none()
    return (row.card_type, row.version) if row else None


def pick(
    conn: Connection,
    state: CardState,
    limit: int,
    *,
    printer: str | None = None,
    card_type: str | None = None,
    batch: str | None = None,
    versions: Sequence[str] | None = None,
    loan: str | None = None,
    last_first: bool = False,
) -> list[tuple[int, str]]:
    """(seq, id) of cards in one state and place, oldest first (or newest)."""
    wanted = {"state": state, "printer": printer, "card_type": card_type}
    wanted |= {"batch": batch, "loan": loan}
    given = {name: value for name, value in wanted.items() if value is not None}
    query = _pick(tuple(given), last_first, versions is not None)
    more = {} if versions is None else {"versions": list(versions)}
    rows = conn.execute(query, {**given, **more, "most": limit})
    return [(row.seq, row.id) for row in rows]


@functools.cache
def _pick(given: tuple[str, ...], last_first: bool, some_versions: bool) -> Select[tuple[int, str]]:
    query = select(card.c.seq, card.c.id).where(*(card.c[n] == bindparam(n) for n in given))
    if some_versions:
        query = query.where(card.c.version.in_(bindparam("versions", expanding=True)))
    order = card.c.seq.desc() if last_first else card.c.seq
    return query.order_by(order).limit(bindparam("most"))


def loaded_types(conn: Connection, printer: str) -> list[str]:
    """The card types of which this hopper holds recorded blanks."""
    return [row.card_type for row in conn.execute(_LOADED_TYPES, {"printer": printer})]


def in_hopper(conn: Connection, printer: str) -> int:
    """Loaded and reserved rows of this printer: what should lie in its hopper."""
    return int(conn.execute(_IN_HOPPER, {"printer": printer}).scalar_one())


def hopper_batches(conn: Connection, printer: str) -> list[tuple[str, str, int]]:
    """(card type, batch, rows) of what should lie in this hopper."""
    rows = conn.execute(
        select(card.c.card_type, card.c.batch, func.count())
        .where(card.c.state.in_(list(IN_HOPPER)), card.c.printer == printer)
        .group_by(card.c.card_type, card.c.batch)
        .order_by(card.c.card_type, card.c.batch)
    )
    return [(card_type, batch, int(n)) for card_type, batch, n in rows]


def stored_batches(conn: Connection, card_types: Collection[str]) -> list[tuple[str, str]]:
    """(card type, batch) of what lies in the store, of these types."""
    rows = conn.execute(
        select(card.c.card_type, card.c.batch)
        .where(card.c.state == CardState.STORED, card.c.card_type.in_(list(card_types)))
        .distinct()
        .order_by(card.c.card_type, card.c.batch)
    )
    return [(card_type, batch) for card_type, batch in rows]


def last_batch_at(conn: Connection, printer: str) -> tuple[str, str] | None:
    """(card type, batch) of the newest card that was ever drawn from this printer's hopper, or lies in it."""
    row = conn.execute(
        select(card.c.card_type, card.c.batch)
        .where(card.c.printer == printer, card.c.bound_to.is_(None))
        .order_by(card.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return (row.card_type, row.batch) if row else None


def _balance() -> Select[Any]:
    """A count for each type that there is and each state. To group by them reads both words of every row, which
    takes twice as long (200,000 cards: 25 ms of one core against 12)."""
    kind = select(func.min(card.c.card_type).label("name")).cte("kind", recursive=True)
    after = select(func.min(card.c.card_type)).where(card.c.card_type > kind.c.name)
    kind = kind.union_all(select(after.scalar_subquery()).where(kind.c.name.is_not(None)))
    first, *others = (select(literal(str(s)).label("name")) for s in sorted(CardState))
    word = union_all(first, *others).cte("word")
    number = (
        select(func.count())
        .select_from(card)
        .where(card.c.card_type == kind.c.name, card.c.state == word.c.name)
        .correlate(kind, word)
        .scalar_subquery()
    )
    pairs = kind.join(word, true())
    return (
        select(kind.c.name, word.c.name, number).select_from(pairs).where(kind.c.name.is_not(None))
    )


_BALANCE = _balance()


def balance(conn: Connection) -> dict[str, dict[str, int]]:
    """{card type: {state: number}}, counted from rows; without noughts."""
    result: dict[str, dict[str, int]] = {}
    for card_type, state, number in conn.execute(_BALANCE):
        if number:
            result.setdefault(card_type, {})[state] = int(number)
    return result


@dataclass(frozen=True)
class Provenance:
    """How a card came into the house: its delivery or loan, and who paid for the blanks of that delivery."""

    origin: Origin
    delivery: str | None
    source: Source | None


def provenance(conn: Connection, ids: Sequence[str]) -> dict[str, Provenance]:
    """{card: how it came}, of a page of cards."""
    joined = card.outerjoin(receipt, receipt.c.delivery == card.c.delivery)
    query = select(card.c.id, card.c.origin, card.c.delivery, receipt.c.source).select_from(joined)
    return {
        row.id: Provenance(Origin(row.origin), row.delivery, row.source and Source(row.source))
        for row in conn.execute(query.where(card.c.id.in_(ids)))
    }


def page(
    conn: Connection,
    *,
    states: Sequence[str] = (),
    job: str | None = None,
    batch: str | None = None,
    printer: str | None = None,
    shelf: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Card]:
    """Cards in the order of receipt, after `after`."""
    query = _SELECT.where(card.c.seq > after).order_by(card.c.seq).limit(limit)
    if states:
        query = query.where(card.c.state.in_(states))
    wanted = {card.c.job: job, card.c.batch: batch, card.c.printer: printer, card.c.shelf: shelf}
    for column, value in wanted.items():
        if value is not None:
            query = query.where(column == value)
    return [_card(row) for row in conn.execute(query)]
