"""Stock: the balance counted from rows, deliveries, loads and unloads, returns and what is missing."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from printstation.acts import leaving
from printstation.acts import stock as acts
from printstation.acts.stock import Blanks
from printstation.api.needs import Here, Station, printer_named, refuse_when_closing
from printstation.api.orders import card_type_refused
from printstation.api.places import place_named
from printstation.api.problems import wrong_field
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import APPLICATION, Person, Reason, Word
from printstation.lifecycle.places import BLANKS
from printstation.store import cards
from printstation.store.tables import Source

router = APIRouter(prefix="/v1/stock", tags=["stock"])

Count = Annotated[int, Field(ge=1, le=acts.MAX_RECEIPT)]
#: The very cards that are meant; more of them than this is no work for a hand.
Cards = Annotated[list[Word], Field(min_length=1, max_length=500)]


class ReceiptIn(Shape):
    """A delivery letter. `count` is what was counted, `expected` what the letter says."""

    delivery: Word
    card_type: Word
    version: Word
    batch: Word
    count: Count
    expected: Count | None = None
    source: Literal["centre", "province", "region"] = "centre"
    reason: Reason | None = None
    by: Person = APPLICATION


class ReceiptOut(BaseModel):
    """What was entered; `first` and `last` are the ids of its cards."""

    delivery: str
    card_type: str
    version: str
    batch: str
    count: int
    first: str
    last: str
    at: str
    source: Source = Source.CENTRE
    expected: int | None = None
    reason: str | None = None


class MoveIn(Shape):
    """Blanks to or from a hopper; without `batch` the oldest (or the newest loaded) ones."""

    printer: Word
    card_type: Word
    batch: Word | None = None
    count: Count
    by: Person = APPLICATION


class LoadIn(MoveIn):
    """Blanks to a hopper: so many, or these very cards."""

    count: Count | None = None  # type: ignore[assignment]
    cards: Cards | None = None


class MoveOut(BaseModel):
    """Which cards moved."""

    printer: str
    card_type: str
    batch: str | None
    count: int
    cards: list[str]


@router.get("")
def show_stock(station: Here) -> dict[str, dict[str, int]]:
    """{card type: {state: number}}, counted from rows; zeros are left out."""
    with station.store.read() as conn:
        return cards.balance(conn)


@router.post(
    "/receipts",
    status_code=201,
    openapi_extra=body_of(ReceiptIn),
    responses={200: {"model": ReceiptOut, "description": "This request came before"}},
)
def receive(posted: PostedBody, station: Here, response: Response) -> ReceiptOut:
    """Enter a delivery; its number counts once."""
    said = posted.fields(ReceiptIn)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        known_type(station, said.card_type)
        done = acts.receive(
            station.store,
            posted.request,
            delivery=said.delivery,
            card_type=said.card_type,
            version=said.version,
            batch=said.batch,
            count=said.count,
            by=said.by,
            source=Source(said.source),
            expected=said.expected,
            reason=said.reason,
        )
        station.wake()
    response.status_code = 200 if done.replayed else 201
    return ReceiptOut.model_validate(done.answer)


def known_type(station: Station, name: str) -> None:
    """Refuses a card type that this station does not have."""
    if station.config.card_type(name) is None:
        known = ", ".join(kind.name for kind in station.config.card_types)
        raise card_type_refused(f"there is no such card type; there are: {known}")


def how_many(count: int | None, cards: list[str] | None) -> int:
    """A count, or the number of named cards; refuses neither, and two numbers that differ."""
    named = len(set(cards)) if cards else None
    if count is None and named is None:
        raise wrong_field("/count", "missing", "say how many, or name the cards")
    if cards and (named != len(cards) or count not in (None, named)):
        raise wrong_field("/cards", "wrong-form", "name each card once, and as many as are counted")
    return named or count or 0


@router.post("/loads", openapi_extra=body_of(LoadIn))
def load(posted: PostedBody, station: Here) -> MoveOut:
    """Record that stored blanks were put into a hopper; compared with no device."""
    said = posted.fields(LoadIn)
    done = posted.earlier
    if done is None:
        printer = printer_named(station, said.printer)
        if said.card_type not in printer.card_types:
            taken = ", ".join(printer.card_types) or "none"
            raise card_type_refused(f"printer {printer.name} takes {taken}")
        if said.card_type in station.config.encode_first:
            raise card_type_refused(
                f"{said.card_type} is encoded first and fed by a scan: no hopper takes its blanks"
            )
        done = acts.load(
            station.store,
            posted.request,
            printer=said.printer,
            card_type=said.card_type,
            batch=said.batch,
            count=how_many(said.count, said.cards),
            by=said.by,
            named=tuple(said.cards or ()),
            versions=printer.versions,
        )
        station.wake()
    return MoveOut.model_validate(done.answer)


@router.post("/unloads", openapi_extra=body_of(MoveIn))
def unload(posted: PostedBody, station: Here) -> MoveOut:
    """Record that blanks were taken out of a hopper, back to the store."""
    said = posted.fields(MoveIn)
    done = posted.earlier
    if done is None:
        # No look at the printer's card types: what once was loaded must be able to come back.
        printer_named(station, said.printer)
        done = acts.unload(
            station.store,
            posted.request,
            printer=said.printer,
            card_type=said.card_type,
            batch=said.batch,
            count=said.count,
            by=said.by,
        )
        station.wake()
    return MoveOut.model_validate(done.answer)


class ReturnIn(Shape):
    """Blanks that go back to whoever issued them."""

    card_type: Word
    batch: Word | None = None
    count: Count
    document: Word
    by: Person
    supervisor: Person | None = None


class LeftOut(BaseModel):
    """Which cards left the stock."""

    card_type: str
    count: int
    cards: list[str]


@router.post("/returns", openapi_extra=body_of(ReturnIn))
def give_back(posted: PostedBody, station: Here) -> LeftOut:
    """Record that stored blanks went back to the centre; two persons."""
    said = posted.fields(ReturnIn)
    done = posted.earlier or leaving.give_back(
        station.store,
        posted.request,
        blanks=Blanks(said.card_type, said.count, said.batch),
        document=said.document,
        by=said.by,
        supervisor=said.supervisor,
    )
    return LeftOut.model_validate(done.answer)


class MissingIn(Shape):
    """Blanks that are not where they should be: so many, or these very cards."""

    card_type: Word
    place: Word
    count: Count | None = None
    cards: Cards | None = None
    reason: Reason
    by: Person
    supervisor: Person | None = None


@router.post("/missing", openapi_extra=body_of(MissingIn))
def lose(posted: PostedBody, station: Here) -> LeftOut:
    """Record that blanks of the store or of a hopper are missing; two persons and a reason."""
    said = posted.fields(MissingIn)
    done = posted.earlier
    if done is None:
        place = place_named(station, said.place, BLANKS)
        done = leaving.lose(
            station.store,
            posted.request,
            place=place,
            blanks=Blanks(
                said.card_type,
                how_many(said.count, said.cards),
                cards=tuple(said.cards or ()),
            ),
            reason=said.reason,
            by=said.by,
            supervisor=said.supervisor,
        )
        station.wake()
    return LeftOut.model_validate(done.answer)
