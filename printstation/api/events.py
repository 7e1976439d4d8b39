"""Events: the journal as others may read it, in pages or as a live stream."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from printstation.api.needs import Here, Station
from printstation.api.paging import Cursor, Limit, Page, after, cursor, next_of
from printstation.api.stream import follow
from printstation.store import journal
from printstation.store.journal import Entry

router = APIRouter(prefix="/v1/events", tags=["events"])
NOUN = "e"
EVENT_STREAM = "text/event-stream"


class EventOut(BaseModel):
    """One entry of the journal; `cursor` is opaque and stands just after this entry."""

    cursor: str
    station: str
    seq: int
    at: str
    kind: str
    job: str | None
    card: str | None
    printer: str | None
    by: str
    data: dict[str, Any]


def _shape(station: Station, entry: Entry) -> EventOut:
    return EventOut(
        cursor=cursor(NOUN, entry.seq),
        station=station.store.station,
        seq=entry.seq,
        at=entry.at,
        kind=entry.kind,
        job=entry.job,
        card=entry.card,
        printer=entry.printer,
        by=entry.by,
        data=entry.data,
    )


def _page(station: Station, seq: int, limit: int) -> Page[EventOut]:
    with station.store.read() as conn:
        found = journal.after(conn, seq, limit + 1)
    items = [_shape(station, entry) for entry in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [entry.seq for entry in found], limit))


@router.get(
    "",
    response_model=Page[EventOut],
    responses={200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
)
async def events(
    request: Request,
    station: Here,
    after_: Annotated[str | None, Query(alias="after", max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> Page[EventOut] | Response:
    """What happened after a cursor, oldest first; without one, from the beginning.

    With `Accept: text/event-stream` the same as a live stream: what there is, then each new entry. A
    stream that was broken goes on with `Last-Event-ID`, as a browser sends it by itself.
    """
    if EVENT_STREAM not in request.headers.get("accept", ""):
        seq = after(NOUN, cursor, "/cursor") or after(NOUN, after_, "/after")
        return await run_in_threadpool(_page, station, seq, limit)
    if last_event_id:
        seq = after(NOUN, last_event_id, "/Last-Event-ID")
    else:
        seq = after(NOUN, cursor or after_, "/after")

    def show(entry: Entry) -> tuple[str, object]:
        event = _shape(station, entry)
        return event.cursor, event.model_dump()

    return StreamingResponse(
        follow(station, request.app.state.bell, seq, show),
        media_type=EVENT_STREAM,
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
