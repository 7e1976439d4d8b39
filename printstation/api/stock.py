"""Stock: the balance counted from rows, deliveries, loads and unloads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from printstation.acts import stock as acts
from printstation.api.needs import Here, Station, printer_named, refuse_when_closing
from printstation.api.orders import card_type_refused
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import APPLICATION, Person, Word
from printstation.store import cards

router = APIRouter(prefix="/v1/stock", tags=["stock"])

Count = Annotated[int, Field(ge=1, le=acts.MAX_RECEIPT)]


class ReceiptIn(Shape):
    """A delivery letter."""

    delivery: Word
    card_type: Word
    version: Word
    batch: Word
    count: Count
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


class MoveIn(Shape):
    """Blanks to or from a hopper; without `batch` the oldest (or the newest loaded) ones."""

    printer: Word
    card_type: Word
    batch: Word | None = None
    count: Count
    by: Person = APPLICATION


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
        if station.config.card_type(said.card_type) is None:
            known = ", ".join(kind.name for kind in station.config.card_types)
            raise card_type_refused(f"there is no such card type; there are: {known}")
        done = acts.receive(
            station.store,
            posted.request,
            delivery=said.delivery,
            card_type=said.card_type,
            version=said.version,
            batch=said.batch,
            count=said.count,
            by=said.by,
        )
        station.wake()
    response.status_code = 200 if done.replayed else 201
    return ReceiptOut.model_validate(done.answer)


def _check(station: Station, said: MoveIn) -> None:
    printer = printer_named(station, said.printer)
    if said.card_type not in printer.card_types:
        taken = ", ".join(printer.card_types) or "none"
        raise card_type_refused(f"printer {printer.name} takes {taken}")


@router.post("/loads", openapi_extra=body_of(MoveIn))
def load(posted: PostedBody, station: Here) -> MoveOut:
    """Record that stored blanks were put into a hopper; compared with no device."""
    said = posted.fields(MoveIn)
    done = posted.earlier
    if done is None:
        _check(station, said)
        done = acts.load(
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
