"""The record of a printer's wire: start, fetch, end."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from drivers import Record, Tap
from printstation.api.needs import Here, Station, printer_named
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person
from printstation.diagnostics import trace
from printstation.refusals import Refusal

router = APIRouter(prefix="/v1/printers", tags=["diagnostics"])
#: Lines of JSON.
MEDIA_TYPE = "application/x-ndjson"


class TraceIn(Shape):
    """`images`: keep the pictures too, and with them whoever is on them."""

    seconds: Annotated[int, Field(ge=1, le=trace.LONGEST_S)] = trace.USUAL_S
    images: bool = False
    by: Person


class TraceOut(BaseModel):
    """How far the record is; `left_out` counts bytes of pictures."""

    printer: str
    images: bool
    running: bool
    full: bool
    events: int
    left_out: int


def _tap(station: Station, name: str) -> Tap:
    printer = printer_named(station, name)
    if printer.outside:
        raise Refusal("wrong-printer", f"printer {name} is not driven from here")
    tap = station.tap_of(name)
    if tap is None:
        raise Refusal(
            "wrong-printer",
            f"printer {name} is a queue, which has no cable of ours; cupsd's own log shows what it does",
        )
    return tap


def _shape(name: str, record: Record) -> TraceOut:
    return TraceOut(
        printer=name,
        images=record.images,
        running=not record.ended and not record.full,
        full=record.full,
        events=len(record.lines),
        left_out=record.left_out,
    )


@router.post("/{name}/trace", openapi_extra=body_of(TraceIn))
def start_trace(name: str, posted: PostedBody, station: Here) -> TraceOut:
    """Record what goes over this printer's cable from now on; the last record is forgotten."""
    said = posted.fields(TraceIn)
    tap = _tap(station, name)
    if posted.earlier is None:
        trace.start(
            station.store,
            station.clock,
            tap,
            request=posted.request,
            printer=name,
            model=printer_named(station, name).model,
            seconds=said.seconds * station.config.clock_speed,
            images=said.images,
            by=said.by,
        )
    return _shape(name, trace.found(tap, name))


@router.get("/{name}/trace")
def show_trace(name: str, station: Here) -> TraceOut:
    """How far the record is."""
    return _shape(name, trace.found(_tap(station, name), name))


@router.get(
    "/{name}/trace/record",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "One event a line"}},
)
def fetch_trace(name: str, station: Here) -> Response:
    """What was heard so far. Never kept by anybody on the way: it may show residents."""
    text = trace.found(_tap(station, name), name).text()
    return Response(text, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@router.post("/{name}/trace/end")
def end_trace(name: str, station: Here) -> TraceOut:
    """End the record; it can still be fetched."""
    tap = _tap(station, name)
    trace.found(tap, name)
    ended = tap.end()
    assert ended is not None
    return _shape(name, ended)


@router.delete("/{name}/trace", status_code=204)
def forget_trace(name: str, station: Here) -> None:
    """End the record and forget it."""
    _tap(station, name).forget()
