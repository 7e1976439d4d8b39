"""Closing the office's days, and the list of those that are closed."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from printstation.acts import shifts as acts
from printstation.api.needs import Here, Station
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person
from printstation.refusals import Refusal
from printstation.reports import days
from printstation.reports.figures import Gauge
from printstation.reports.gather import Office
from printstation.store import shifts
from printstation.store.shifts import Shift

router = APIRouter(prefix="/v1/shifts", tags=["reports"])


class CloseIn(Shape):
    """Two different persons close a day, today's unless another is named."""

    day: date | None = None
    by: Person
    supervisor: Person | None = None


class ShiftOut(BaseModel):
    """A closed day. `head` is the code that its report shows and `audit --head` takes."""

    day: str
    first_seq: int
    last_seq: int
    closed_at: str
    by: str
    supervisor: str
    head: str


def office_of(station: Station) -> Office:
    """The configuration, and what each device says of its ribbon and of the cards that it counted."""
    gauges = {}
    for view in station.views():
        left = [n for name, n, _ in view.supplies if name.startswith("ribbon") and n is not None]
        counted = dict(view.counters).get("cards")
        gauges[view.name] = Gauge(view.serial, left[0] if left else None, counted)
    return Office(station.config, gauges)


def _shape(station: Station, shift: Shift) -> ShiftOut:
    with station.store.read() as conn:
        code = days.closed(conn, shift).code
    told = {name: getattr(shift, name) for name in ShiftOut.model_fields if name != "head"}
    return ShiftOut(**told, head=code)


@router.post("/close", openapi_extra=body_of(CloseIn))
def close(posted: PostedBody, station: Here) -> ShiftOut:
    """Close a day: every blank counted, every difference explained, two persons."""
    said = posted.fields(CloseIn)
    done = posted.earlier or acts.close(
        station.store,
        posted.request,
        office_of(station),
        day=said.day.isoformat() if said.day else None,
        by=said.by,
        supervisor=said.supervisor,
    )
    return show_shift(done.answer["day"], station)


@router.get("/{day}")
def show_shift(day: str, station: Here) -> ShiftOut:
    """One closed day."""
    with station.store.read() as conn:
        shift = shifts.get(conn, day)
    if shift is None:
        raise Refusal("not-found", "this day is not closed")
    return _shape(station, shift)
