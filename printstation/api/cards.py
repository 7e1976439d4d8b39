"""Cards: one row a blank, from the delivery to the hand or the fire."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from printstation.acts import corrections as acts
from printstation.api.needs import Here
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Note, Person, Reason
from printstation.lifecycle.answers import CardFate
from printstation.lifecycle.card import CardState, Origin
from printstation.refusals import Refusal
from printstation.store import cards
from printstation.store.tables import Source

router = APIRouter(prefix="/v1/cards", tags=["cards"])
NOUN = "c"
Filter = Annotated[str | None, Query(max_length=64)]


class CardOut(BaseModel):
    """One card. A spoiled or missing one keeps its job and printer. `source` is that of its delivery."""

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
    origin: Origin
    delivery: str | None
    source: Source | None


def _shape(card: cards.Card, came: cards.Provenance) -> CardOut:
    return CardOut.model_validate({**vars(card), **vars(came)}, from_attributes=True)


@router.get("")
def list_cards(
    station: Here,
    state: Annotated[list[CardState], Query(max_length=len(CardState))] = [],  # noqa: B006
    job: Filter = None,
    batch: Filter = None,
    printer: Filter = None,
    shelf: Filter = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CardOut]:
    """Cards in the order of receipt; `state` may be given several times."""
    with station.store.read() as conn:
        found = cards.page(
            conn,
            states=[str(word) for word in state],
            job=job,
            batch=batch,
            printer=printer,
            shelf=shelf,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
        came = cards.provenance(conn, [card.id for card in found])
    items = [_shape(card, came[card.id]) for card in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [card.seq for card in found], limit))


@router.get("/{card_id}")
def show_card(card_id: str, station: Here) -> CardOut:
    """One card."""
    with station.store.read() as conn:
        card = cards.get(conn, card_id)
        came = cards.provenance(conn, [card_id])
    if card is None:
        raise Refusal("not-found", "there is no card with this id")
    return _shape(card, came[card_id])


class CorrectionIn(Shape):
    """What a card really is, against an earlier answer; two different persons say so."""

    card: Literal["printed", "spoiled", "missing"]
    cause: Note | None = None
    reason: Reason | None = None
    by: Person
    supervisor: Person | None = None


@router.post("/{card_id}/correction", openapi_extra=body_of(CorrectionIn))
def correct_card(card_id: str, station: Here, posted: PostedBody) -> CardOut:
    """Mend a wrong answer, or say that a missing card was found."""
    if posted.earlier is None:
        said = posted.fields(CorrectionIn)
        acts.correct(
            station.store,
            card_id,
            posted.request,
            card=CardFate(said.card),
            cause=said.cause,
            by=said.by,
            supervisor=said.supervisor,
            reason=said.reason,
        )
        station.wake()
    return show_card(card_id, station)
