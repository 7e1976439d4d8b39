"""Slips: the pick-up slip and the receipt of a hand-over, on the receipt printer. No card waits for them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from printstation.acts import slips as acts
from printstation.api.needs import Here, Station
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.printers import SeenReasonOut, shown_reason
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person
from printstation.refusals import Refusal
from printstation.store import slips as rows
from printstation.store.tables import SlipKind, SlipState

router = APIRouter(prefix="/v1", tags=["slips"])
NOUN = "t"


class SlipOut(BaseModel):
    """One slip. A copy says *salinan*: its bytes were begun before. `reasons` tell why a waiting one waits."""

    id: str
    kind: SlipKind
    card: str
    state: SlipState
    is_copy: bool
    reasons: list[SeenReasonOut]
    asked_at: str
    printed_at: str | None
    by: str


def _shape(station: Station, slip: rows.Slip) -> SlipOut:
    begun = 0 if slip.state is SlipState.WAITING else 1
    waits = station.slip_reasons if slip.state is SlipState.WAITING else ()
    reasons = [shown_reason(reason) for reason in waits]
    return SlipOut(**{**vars(slip), "is_copy": slip.tries > begun, "reasons": reasons})


@router.get("/slips")
def list_slips(
    station: Here,
    state: Annotated[list[SlipState], Query(max_length=len(SlipState))] = [],  # noqa: B006
    card: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SlipOut]:
    """Slips in the order in which they were asked for."""
    with station.store.read() as conn:
        found = rows.page(
            conn,
            states=[str(s) for s in state],
            card_id=card,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
    items = [_shape(station, slip) for slip in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [slip.seq for slip in found], limit))


@router.get("/slips/{slip_id}")
def show_slip(slip_id: str, station: Here) -> SlipOut:
    """One slip."""
    with station.store.read() as conn:
        slip = rows.get(conn, slip_id)
    if slip is None:
        raise Refusal("not-found", "there is no slip with this id")
    return _shape(station, slip)


class SlipIn(Shape):
    """Which slip of the card."""

    kind: Literal["pick-up", "hand-over"] = "pick-up"
    by: Person


@router.post(
    "/cards/{card_id}/slips",
    status_code=201,
    openapi_extra=body_of(SlipIn),
    responses={200: {"model": SlipOut, "description": "This request came before"}},
)
def ask(card_id: str, station: Here, posted: PostedBody, response: Response) -> SlipOut:
    """Ask for a slip. A hand-over asks for its receipt by itself."""
    done = posted.earlier
    if done is None:
        said = posted.fields(SlipIn)
        if station.config.receipt_printer is None:
            raise Refusal(
                "no-receipt-printer",
                "this station has no receipt printer; add [receipt_printer] to its configuration",
            )
        kind = SlipKind(said.kind)
        done = acts.ask(station.store, station.seal, posted.request, card_id, kind=kind, by=said.by)
        station.wake()
    response.status_code = 200 if done.replayed else 201
    return show_slip(done.answer["id"], station)


class ByIn(Shape):
    """Who asks."""

    by: Person


@router.post("/slips/{slip_id}/again", openapi_extra=body_of(ByIn))
def again(slip_id: str, station: Here, posted: PostedBody) -> SlipOut:
    """Print it once more; it says *salinan*."""
    if posted.earlier is None:
        acts.again(station.store, posted.request, slip_id, posted.fields(ByIn).by)
        station.wake()
    return show_slip(slip_id, station)


@router.post("/slips/{slip_id}/cancel", openapi_extra=body_of(ByIn))
def cancel(slip_id: str, station: Here, posted: PostedBody) -> SlipOut:
    """Give up a slip that waits."""
    if posted.earlier is None:
        acts.cancel(station.store, posted.request, slip_id, posted.fields(ByIn).by)
    return show_slip(slip_id, station)
