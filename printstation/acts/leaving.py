"""Blanks that leave the stock for good: given back to whoever issued them, or missing. Two persons each."""

from __future__ import annotations

from typing import Any

from printstation.acts.persons import supervised
from printstation.acts.request import Done, Request, once
from printstation.acts.stock import Blanks, named_blanks
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.places import Place, PlaceKind
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, journal
from printstation.store.engine import Store, Tx
from printstation.store.steps import take_many

Found = list[tuple[int, str]]


def give_back(
    store: Store,
    request: Request,
    *,
    blanks: Blanks,
    document: str,
    by: str,
    supervisor: str | None,
) -> Done:
    """Stored blanks go back to the centre under a letter, which counts once.

    Refuses `document-used`, and more than are stored.
    """

    def act(tx: Tx) -> dict[str, Any]:
        supervised(by, supervisor, "giving blanks back")
        before = cards.was_returned(tx.conn, document)
        if before is not None:
            raise Refusal(
                "document-used",
                f"blanks went back under document {document} on {before[:10]}; a letter counts once",
                (FieldError("/document", "used", "name the letter of this return"),),
            )
        found = blanks_at(tx, Place(PlaceKind.STORE), blanks, "given back")
        data = {"document": document, "supervisor": supervisor}
        kind = {"card_type": blanks.card_type, "batch": blanks.batch, "count": len(found)}
        cards.add_returned(tx, {**data, **kind, "by": by})
        take_many(tx, Step.RETURN, found, CardState.STORED, by=by, data=data)
        return left(blanks.card_type, found)

    return once(store, request, act)


def lose(
    store: Store,
    request: Request,
    *,
    place: Place,
    blanks: Blanks,
    reason: str,
    by: str,
    supervisor: str | None,
) -> Done:
    """Blanks of the store or of a hopper are missing. Found again, they are spoiled, never blanks (§7)."""

    def act(tx: Tx) -> dict[str, Any]:
        supervised(by, supervisor, "a missing blank")
        found = blanks_at(tx, place, blanks, "missing")
        note = {"place": str(place), "reason": reason, "supervisor": supervisor}
        lose_blanks(tx, place, found, Cause.LOST, by, note)
        return left(blanks.card_type, found)

    return once(store, request, act)


def lose_blanks(
    tx: Tx, place: Place, found: Found, cause: Cause, by: str, note: journal.Data
) -> None:
    """Rows of blanks at one place become missing, as one entry."""
    source = CardState.STORED if place.kind is PlaceKind.STORE else CardState.LOADED
    cause_given = {"cause": cause}
    take_many(
        tx, Step.LOSE, found, source, printer=place.printer, by=by, data=note, set_card=cause_given
    )


def blanks_at(tx: Tx, place: Place, blanks: Blanks, wish: str) -> Found:
    """The blanks that are meant, at this place; refuses more than lie there by the rows."""
    if blanks.cards:
        return _named_at(tx, place, blanks, wish)
    state = CardState.STORED if place.kind is PlaceKind.STORE else CardState.LOADED
    found = cards.pick(
        tx.conn,
        state,
        blanks.count,
        printer=place.printer,
        card_type=blanks.card_type,
        batch=blanks.batch,
        last_first=True,
    )
    if len(found) < blanks.count:
        raise Refusal(
            "not-enough-blanks",
            f"only {len(found)} {blanks.card_type} blanks are recorded in {place}, not {blanks.count}",
        )
    return found


def _named_at(tx: Tx, place: Place, blanks: Blanks, wish: str) -> Found:
    if place.kind is PlaceKind.STORE:
        return named_blanks(tx, blanks, wish)
    found = cards.named(tx.conn, blanks.cards)
    for card in found:
        if (card.state, card.printer, card.card_type) != (
            CardState.LOADED,
            place.printer,
            blanks.card_type,
        ):
            raise Refusal(
                "card-state",
                f"card {card.id} is a {card.card_type}, {card.state}; it is not loaded in {place}",
            )
    unknown = sorted(set(blanks.cards) - {card.id for card in found})
    if unknown:
        raise Refusal("not-found", f"there is no card {unknown[0]}")
    return [(card.seq, card.id) for card in found]


def left(card_type: str, found: Found) -> dict[str, Any]:
    """What is answered."""
    identities = [identity for _, identity in found]
    return {"card_type": card_type, "count": len(found), "cards": identities}
