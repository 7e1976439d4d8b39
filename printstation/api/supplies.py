"""Supplies: ribbons, films and cleaning kits, one row an item."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from printstation.acts import supplies as acts
from printstation.api.needs import Here, printer_named, refuse_when_closing
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person, Reason, Word
from printstation.refusals import Refusal
from printstation.store import supplies as rows
from printstation.store.tables import SupplyKind, SupplyState

router = APIRouter(prefix="/v1/supplies", tags=["supplies"])
NOUN = "s"


class SupplyItemOut(BaseModel):
    """One item. `used` counts the cards fed with it; `yield_percent` is that against what it is rated for.

    `measured` is the yield at take-out: the cards that a spent item made. `panels_used` counts the panels of a
    ribbon that were printed, null where nobody knows.
    """

    id: str
    kind: SupplyKind
    serial: str | None
    lot: str | None
    model: str | None
    rated: int | None
    used: int
    yield_percent: int | None
    measured: int | None
    panels_used: int | None
    state: SupplyState
    printer: str | None
    received_at: str
    loaded_at: str | None
    ended_at: str | None
    destruction: str | None


class ReceivedOut(BaseModel):
    """What was entered."""

    items: list[SupplyItemOut]


class DeliveryIn(Shape):
    """Items that came: one with its serial number, or several of a lot."""

    kind: SupplyKind
    serial: Word | None = None
    lot: Word | None = None
    model: Word | None = None
    rated: Annotated[int, Field(ge=1, le=100_000)] | None = None
    count: Annotated[int, Field(ge=1, le=acts.MOST_ITEMS)] = 1
    by: Person


def _shape(item: rows.Supply) -> SupplyItemOut:
    percent = None if item.rated is None else round(100 * item.used / item.rated)
    return SupplyItemOut.model_validate(
        {**vars(item), "yield_percent": percent, "measured": item.measured}
    )


@router.get("")
def list_supplies(
    station: Here,
    state: Annotated[list[SupplyState], Query(max_length=len(SupplyState))] = [],  # noqa: B006
    kind: SupplyKind | None = None,
    printer: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SupplyItemOut]:
    """Items in the order in which they came."""
    with station.store.read() as conn:
        found = rows.page(
            conn,
            states=[str(s) for s in state],
            kind=kind,
            printer=printer,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
    items = [_shape(item) for item in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [item.seq for item in found], limit))


@router.get("/{supply_id}")
def show_supply(supply_id: str, station: Here) -> SupplyItemOut:
    """One item."""
    with station.store.read() as conn:
        item = rows.get(conn, supply_id)
    if item is None:
        raise Refusal("not-found", "there is no supply with this id")
    return _shape(item)


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(DeliveryIn),
    responses={200: {"model": ReceivedOut, "description": "This request came before"}},
)
def receive(posted: PostedBody, station: Here, response: Response) -> ReceivedOut:
    """Enter ribbons, films or kits."""
    said = posted.fields(DeliveryIn)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        came = acts.Delivered(said.kind, said.serial, said.lot, said.model, said.rated, said.count)
        done = acts.receive(station.store, posted.request, came, said.by)
    response.status_code = 200 if done.replayed else 201
    return ReceivedOut(items=[show_supply(identity, station) for identity in done.answer["ids"]])


class LoadIn(Shape):
    """Into which printer."""

    printer: Word
    by: Person


@router.post("/{supply_id}/load", openapi_extra=body_of(LoadIn))
def load(supply_id: str, station: Here, posted: PostedBody) -> SupplyItemOut:
    """An item was put into a printer."""
    if posted.earlier is None:
        said = posted.fields(LoadIn)
        printer_named(station, said.printer)
        acts.load(station.store, posted.request, supply_id, printer=said.printer, by=said.by)
    return show_supply(supply_id, station)


class UnloadIn(Shape):
    """Whether it is used up. A spent one carries readable portraits and is kept for destruction."""

    spent: bool
    by: Person


@router.post("/{supply_id}/unload", openapi_extra=body_of(UnloadIn))
def unload(supply_id: str, station: Here, posted: PostedBody) -> SupplyItemOut:
    """An item was taken out of its printer."""
    if posted.earlier is None:
        said = posted.fields(UnloadIn)
        acts.unload(station.store, posted.request, supply_id, spent=said.spent, by=said.by)
    return show_supply(supply_id, station)


class MissingIn(Shape):
    """Two persons and a reason."""

    reason: Reason
    by: Person
    supervisor: Person | None = None


@router.post("/{supply_id}/missing", openapi_extra=body_of(MissingIn))
def lose(supply_id: str, station: Here, posted: PostedBody) -> SupplyItemOut:
    """An item cannot be found."""
    if posted.earlier is None:
        said = posted.fields(MissingIn)
        acts.lose(
            station.store,
            posted.request,
            supply_id,
            reason=said.reason,
            by=said.by,
            supervisor=said.supervisor,
        )
    return show_supply(supply_id, station)
