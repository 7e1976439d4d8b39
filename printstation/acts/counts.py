"""Blind counts: people count first, the station says afterwards what it expected and what lies between.

A difference is explained in words, or carried as missing under two names; a close waits for one of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from printstation.acts.corrections import disown
from printstation.acts.leaving import Found, lose_blanks
from printstation.acts.persons import supervised
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.places import BLANKS, STATES, Place, PlaceKind, parse
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, counts, filed, journal
from printstation.store.counts import Count
from printstation.store.engine import Store, Tx
from printstation.store.steps import take

#: A line a type and place: nine printers and a dozen types are far below.
MAX_LINES = 200


@dataclass(frozen=True)
class Line:
    """What somebody counted."""

    card_type: str
    place: Place
    counted: int


def count(store: Store, request: Request, lines: Sequence[Line], by: str) -> Done:
    """Note what was counted beside what the rows say at this moment. Changes no card."""

    def act(tx: Tx) -> dict[str, Any]:
        head = journal.head(tx.conn)
        after_seq = head[0] if head else 0
        ids = [_note(tx, line, after_seq, by) for line in lines]
        journal.append(tx, "blanks-counted", by=by, data={"counts": ids})
        return {"ids": ids}

    return once(store, request, act)


def _note(tx: Tx, line: Line, after_seq: int, by: str) -> str:
    return counts.add(
        tx,
        {
            "card_type": line.card_type,
            "place": str(line.place),
            "expected": counts.expected(tx.conn, line.card_type, line.place),
            "counted": line.counted,
            "after_seq": after_seq,
            "by": by,
        },
    )


@dataclass(frozen=True)
class Explanation:
    """How a difference ends. Cards of the shelf and the like are named, blanks are only counted."""

    by: str
    words: str | None = None
    missing: int = 0
    cards: tuple[str, ...] = ()
    supervisor: str | None = None


def explain(store: Store, request: Request, identity: str, said: Explanation) -> Done:
    """Close a difference, once. What is missing takes two persons and moves its rows.

    Refuses a line that agrees or is explained, more missing cards than the difference, a rest without
    words, and a surplus without words.
    """

    def act(tx: Tx) -> dict[str, Any]:
        line = counts.get(tx.conn, identity)
        if line is None:
            raise Refusal("not-found", f"there is no count {identity}")
        if not line.open:
            word = "is explained already" if line.difference else "agrees"
            raise Refusal(
                "count-settled", f"count {identity} {word}; count again if things changed"
            )
        gone = len(said.cards) or said.missing
        _check(line, gone, said)
        if gone:
            supervised(said.by, said.supervisor, "a missing card")
            _lose(tx, line, said, gone)
        told = {"explanation": said.words, "explained_by": said.by, "missing": gone}
        filed.change(tx, "count", identity, {**told, "supervisor": said.supervisor})
        data = {"count": identity, "missing": gone, "supervisor": said.supervisor}
        journal.append(tx, "count-explained", by=said.by, data=data)
        return {"id": identity}

    return once(store, request, act)


def _check(line: Count, gone: int, said: Explanation) -> None:
    if gone > max(0, -line.difference):
        raise _wrong("/missing", "out-of-range", f"count {line.id} differs by {line.difference}")
    if not said.words and gone != -line.difference:
        what = "a surplus needs words" if line.difference > 0 else "say what became of the rest"
        raise _wrong("/explanation", "missing", what)
    place = parse(line.place)
    assert place is not None
    if gone and not said.cards and place.kind not in BLANKS:
        raise _wrong(
            "/cards", "missing", f"cards of place {line.place} differ; name those that miss"
        )


def _wrong(pointer: str, code: str, detail: str) -> Refusal:
    return Refusal("invalid", detail, (FieldError(pointer, code, detail),))


def _lose(tx: Tx, line: Count, said: Explanation, gone: int) -> None:
    place = parse(line.place)
    assert place is not None
    note = {"count": line.id, "place": line.place, "supervisor": said.supervisor}
    if place.kind in BLANKS and not said.cards:
        lose_blanks(tx, place, _rows(tx, line, place, gone), Cause.COUNT, said.by, note)
        return
    if busy := cards.bound_up(tx.conn, said.cards):
        raise Refusal(
            "card-state", f"card {busy} is called by a job or in a session; it is not missing"
        )
    found = cards.named(tx.conn, said.cards)
    unknown = sorted(set(said.cards) - {card.id for card in found})
    if unknown:
        raise Refusal("not-found", f"there is no card {unknown[0]}")
    for card in found:
        here = card.state in STATES[place.kind] and place.printer in (None, card.printer)
        if card.card_type != line.card_type or not here:
            raise Refusal(
                "card-state", f"card {card.id} is {card.state}; it does not lie in {line.place}"
            )
        if place.kind is PlaceKind.SHELF and card.job is not None:
            disown(tx, card, said.by, note)
        else:
            cause = {"cause": Cause.COUNT}
            take(tx, Step.LOSE, card=card.id, by=said.by, data=note, set_card=cause)


def _rows(tx: Tx, line: Count, place: Place, gone: int) -> Found:
    state = CardState.STORED if place.kind is PlaceKind.STORE else CardState.LOADED
    found = cards.pick(
        tx.conn,
        state,
        gone,
        printer=place.printer,
        card_type=line.card_type,
        last_first=True,
    )
    if len(found) < gone:
        raise Refusal(
            "not-enough-blanks",
            f"only {len(found)} {line.card_type} blanks are recorded in {line.place} by now; count again",
        )
    return found
