"""What moved between two entries of the journal: which cards, from where to where, and by which entry.

Reads entries and rows; writes nothing. Types are those of the rows, since an entry does not repeat them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from printstation.lifecycle.card import Origin
from printstation.lifecycle.places import Place, place_of
from printstation.lifecycle.steps import STEPS
from printstation.store.tables import card, job, journal

#: Entries that are no steps and bring cards into a first state, and where these cards come from.
BIRTHS = {
    "blanks-received": Origin.RECEIVED,
    "surplus-received": Origin.SURPLUS,
    "blanks-borrowed": Origin.BORROWED,
    "card-brought-in": Origin.SURRENDERED,
}
KINDS = (*BIRTHS, *(str(step) for step, move in STEPS.items() if move.card is not None))
#: Entries read at a time; their cards' rows are read in parts of `PART`.
CHUNK = 1000
PART = 900


class _Data(msgspec.Struct, gc=False):
    card: Any = None
    cards: list[str] | None = None
    card_type: str | None = None
    cause: str | None = None


class _Entry(msgspec.Struct, gc=False):
    seq: int
    at: str
    kind: str
    job: str | None
    card: str | None
    printer: str | None
    by: str
    data: _Data


#: (card type, origin, printer, cause) of a card's row.
_Facts = tuple[str, str, str | None, str | None]
#: Of a card whose row was removed behind the application's back: a report is made all the same, and does not
#: add up.
_GONE: _Facts = ("?", Origin.RECEIVED, None, None)


@dataclass(frozen=True, slots=True)
class Moved:
    """Cards of one kind that one entry moved alike; `source` is None where it brought them into being.

    `sides` are those of the entry's job, 1 where it has none.
    """

    seq: int
    at: str
    kind: str
    by: str
    cards: int
    card_type: str
    origin: str
    source: str | None
    target: str
    cause: str | None
    printer: str | None
    came_from: Place | None
    went_to: Place | None
    sides: int = 1


def between(conn: Connection, after: int, upto: int) -> Iterator[Moved]:
    """Every move of cards by the entries `after` < seq <= `upto`, oldest first."""
    query = (
        select(journal.c.seq, journal.c.entry)
        .where(journal.c.kind.in_(KINDS), journal.c.seq <= upto)
        .order_by(journal.c.seq)
        .limit(CHUNK)
    )
    decode = msgspec.json.Decoder(_Entry).decode
    while rows := conn.execute(query.where(journal.c.seq > after)).all():
        after = rows[-1].seq
        yield from _moves(conn, [decode(row.entry) for row in rows])


def _moves(conn: Connection, entries: Sequence[_Entry]) -> Iterator[Moved]:
    wanted = {name for entry in entries if entry.kind not in BIRTHS for name in _cards(entry)}
    known = _rows(conn, wanted)
    sides = _sides(conn, {entry.job for entry in entries if entry.job is not None})
    for entry in entries:
        source, target = entry.data.card
        for (card_type, origin, printer, cause), number in _kinds(entry, known).items():
            at = entry.printer or printer
            yield Moved(
                entry.seq,
                entry.at,
                entry.kind,
                entry.by,
                number,
                card_type,
                origin,
                source,
                target,
                cause,
                entry.printer,
                place_of(source, at),
                place_of(target, at),
                sides.get(entry.job or "", 1),
            )


def _kinds(entry: _Entry, known: dict[str, _Facts]) -> dict[_Facts, int]:
    """How many cards of which kind; one that is born is of the kind that its entry says."""
    names, told = _cards(entry), entry.data
    if entry.kind in BIRTHS:
        return {(told.card_type or "", BIRTHS[entry.kind], None, told.cause): len(names)}
    found: Counter[_Facts] = Counter()
    for name in names:
        card_type, origin, printer, cause = known.get(name, _GONE)
        found[card_type, origin, printer, told.cause or cause] += 1
    return found


def _cards(entry: _Entry) -> Sequence[str]:
    if entry.data.cards is not None:
        return entry.data.cards
    return (entry.card,) if entry.card is not None else ()


def _sides(conn: Connection, names: set[str]) -> dict[str, int]:
    wanted = sorted(names)
    known: dict[str, int] = {}
    for start in range(0, len(wanted), PART):
        query = select(job.c.id, job.c.sides).where(job.c.id.in_(wanted[start : start + PART]))
        known.update({row.id: row.sides for row in conn.execute(query)})
    return known


def _rows(conn: Connection, names: set[str]) -> dict[str, _Facts]:
    wanted = sorted(names)
    columns = (card.c.id, card.c.card_type, card.c.origin, card.c.printer, card.c.cause)
    known: dict[str, _Facts] = {}
    for start in range(0, len(wanted), PART):
        query = select(*columns).where(card.c.id.in_(wanted[start : start + PART]))
        for name, *facts in conn.execute(query):
            known[name] = (facts[0], facts[1], facts[2], facts[3])
    return known
