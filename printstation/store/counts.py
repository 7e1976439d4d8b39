"""Human counts: one row a line, what the rows said at that moment, and how a difference ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from printstation.lifecycle.places import STATES, Place, parse, place_of
from printstation.store import filed, movements
from printstation.store.engine import Tx, mapping
from printstation.store.tables import card, count


@dataclass(frozen=True)
class Count:
    """One line: a card type at one place. `day` is the close that it belongs to, null before it."""

    seq: int
    id: str
    card_type: str
    place: str
    expected: int
    counted: int
    after_seq: int
    at: str
    by: str
    explanation: str | None
    explained_by: str | None
    supervisor: str | None
    missing: int
    day: str | None

    @property
    def difference(self) -> int:
        """What was counted beyond the rows; below nought what was not there."""
        return self.counted - self.expected

    @property
    def open(self) -> bool:
        """It differs and nobody has said why."""
        return self.difference != 0 and self.explanation is None and not self.missing

    @property
    def agrees(self) -> bool:
        """From here on the rows say what was counted."""
        return self.difference == -self.missing


@dataclass(frozen=True)
class Since:
    """The last agreeing count before this one; the beginning is entry 0."""

    seq: int
    at: str | None


@dataclass(frozen=True)
class Movements:
    """What one kind of entry brought to a place and took from it between two moments."""

    kind: str
    came: int
    went: int
    first_at: str
    last_at: str


def expected(conn: Connection, card_type: str, place: Place) -> int:
    """How many cards of a type lie at a place by the rows."""
    query = select(func.count()).where(
        card.c.card_type == card_type, card.c.state.in_(sorted(STATES[place.kind]))
    )
    if place.printer is not None:
        query = query.where(card.c.printer == place.printer)
    return int(conn.execute(query.select_from(card)).scalar_one())


def lying(conn: Connection) -> dict[tuple[str, Place], int]:
    """{(card type, place): cards} of everything that lies somewhere by the rows."""
    rows = conn.execute(
        select(card.c.card_type, card.c.state, card.c.printer, func.count())
        .where(card.c.state.in_(sorted({state for states in STATES.values() for state in states})))
        .group_by(card.c.card_type, card.c.state, card.c.printer)
    )
    found: dict[tuple[str, Place], int] = {}
    for card_type, state, printer, number in rows:
        place = place_of(state, printer)
        assert place is not None
        found[card_type, place] = found.get((card_type, place), 0) + int(number)
    return found


def add(tx: Tx, values: dict[str, Any]) -> str:
    """Note one line; the next entry of this transaction vouches for it. Returns its id."""
    identity = filed.next_id(tx, "count", "C")
    filed.add(tx, "count", {**values, "id": identity, "at": tx.at, "missing": 0})
    return identity


def _count(row: Any) -> Count:
    return Count(**mapping(row))


def get(conn: Connection, identity: str) -> Count | None:
    """The line with this id."""
    row = conn.execute(select(count).where(count.c.id == identity)).one_or_none()
    return _count(row) if row else None


def page(
    conn: Connection,
    *,
    place: str | None = None,
    card_type: str | None = None,
    day: str | None = None,
    differs: bool | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Count]:
    """Lines in the order in which they were counted, after `after`."""
    query = select(count).where(count.c.seq > after).order_by(count.c.seq).limit(limit)
    for column, value in (
        (count.c.place, place),
        (count.c.card_type, card_type),
        (count.c.day, day),
    ):
        if value is not None:
            query = query.where(column == value)
    if differs is not None:
        query = query.where((count.c.counted != count.c.expected) == differs)
    return [_count(row) for row in conn.execute(query)]


def unfiled(conn: Connection) -> list[Count]:
    """Every line that no close has taken yet."""
    rows = conn.execute(select(count).where(count.c.day.is_(None)).order_by(count.c.seq))
    return [_count(row) for row in rows]


def since(conn: Connection, line: Count) -> Since:
    """The last line of the same type and place before this one from which rows and hands agreed."""
    row = conn.execute(
        select(count.c.after_seq, count.c.at)
        .where(
            count.c.card_type == line.card_type,
            count.c.place == line.place,
            count.c.seq < line.seq,
            count.c.expected - count.c.missing == count.c.counted,
        )
        .order_by(count.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return Since(row.after_seq, row.at) if row else Since(0, None)


def moved(conn: Connection, lines: Iterable[Count]) -> dict[str, tuple[Since, list[Movements]]]:
    """{line: (since when, what came and went by kind)}; what lies between locates a difference.

    Reads the journal once, from the oldest of the moments that are asked for.
    """
    asked = {line.id: (line, since(conn, line), parse(line.place)) for line in lines}
    found: dict[str, dict[str, Movements]] = {name: {} for name in asked}
    if not asked:
        return {}
    first = min(moment.seq for _, moment, _ in asked.values())
    last = max(line.after_seq for line, _, _ in asked.values())
    for move in movements.between(conn, first, last):
        if move.came_from == move.went_to:
            continue
        for name, (line, moment, place) in asked.items():
            if move.card_type != line.card_type or not moment.seq < move.seq <= line.after_seq:
                continue
            if place in (move.came_from, move.went_to):
                _add(found[name], move, came=move.went_to == place)
    return {name: (asked[name][1], list(kinds.values())) for name, kinds in found.items()}


def _add(kinds: dict[str, Movements], move: movements.Moved, *, came: bool) -> None:
    known = kinds.get(move.kind) or Movements(move.kind, 0, 0, move.at, move.at)
    kinds[move.kind] = Movements(
        move.kind,
        known.came + (move.cards if came else 0),
        known.went + (0 if came else move.cards),
        known.first_at,
        move.at,
    )
