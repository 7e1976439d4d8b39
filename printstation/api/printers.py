"""Printers: what they are doing, pause and resume, hopper counts, writing a unit off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

import drivers
from printstation.acts import printers as acts
from printstation.acts.stock import hopper_count
from printstation.api.jobs import ActIn
from printstation.api.needs import Here, Station, printer_named
from printstation.api.paging import Cursor, Limit, Page, whole
from printstation.api.reasons import SentenceOut
from printstation.api.repeat import PostedBody, PostedMaybe, Shape, body_of
from printstation.api.words import APPLICATION, Person, Reason, Word
from printstation.refusals import Refusal
from printstation.spool.view import PrinterState, PrinterView, SeenReason
from printstation.store import overview, questions, units

router = APIRouter(prefix="/v1/printers", tags=["printers"])
NOUN = "p"

#: The largest hopper of any sheet takes 200 cards; this stops a typing error, not a printer.
MAX_HOPPER = 10_000

#: The keyword of a pause in the vocabulary of reasons.
PAUSED = "paused"
#: The severities of that vocabulary.
WORST_FIRST = ("error", "warning", "report")


class SeenReasonOut(BaseModel):
    """One reason: `raw` is what the device itself said."""

    keyword: str
    severity: str
    sentence: SentenceOut
    who: str
    raw: str


class SupplyOut(BaseModel):
    """A ribbon or the like; null where the device tells nothing."""

    name: str
    remaining: int | None
    capacity: int | None


class BatchOut(BaseModel):
    """Recorded blanks of one batch."""

    card_type: str
    batch: str
    count: int


class PrinterOut(BaseModel):
    """One printer. `hopper` counts recorded blanks (loaded and reserved), not the device's word."""

    name: str
    model: str
    family: str
    uri: str
    serial: str | None
    state: PrinterState
    reasons: list[SeenReasonOut]
    hopper: int
    hopper_batches: list[BatchOut]
    card_types: list[str]
    job: str | None
    questions: list[str]
    counters: dict[str, int]
    supplies: list[SupplyOut]
    resumes_at: str | None


class CountIn(Shape):
    """What lies in the hopper now, reserved blank included; `reason` explains a surplus."""

    counted: Annotated[int, Field(ge=0, le=MAX_HOPPER)]
    reason: Reason | None = None
    by: Person = APPLICATION


class CountOut(BaseModel):
    """What the count changed."""

    printer: str
    expected: int
    counted: int
    missing: int
    loaded: int


class WriteOffIn(Shape):
    """Two different persons give a unit up."""

    serial: Word
    by: Person
    supervisor: Person | None = None


def _row_of(seen: SeenReason) -> drivers.ReasonRow:
    # A keyword without a row would be our mistake; the operator must see his printers all the same.
    return drivers.reasons().get(seen.keyword) or drivers.reasons()["other"]


def by_weight(reasons: Iterable[SeenReason]) -> list[SeenReason]:
    """The worst first; of two alike the one that the table names first: a jam before what follows from it."""
    rank = {keyword: place for place, keyword in enumerate(drivers.reasons())}
    return sorted(
        reasons,
        key=lambda seen: (
            WORST_FIRST.index(_row_of(seen).severity),
            rank.get(seen.keyword, len(rank)),
        ),
    )


def shown_reason(seen: SeenReason) -> SeenReasonOut:
    row = _row_of(seen)
    return SeenReasonOut(
        keyword=seen.keyword,
        severity=row.severity,
        sentence=SentenceOut(id=row.id, en=row.en),
        who=row.who,
        raw=seen.raw,
    )


def _as_paused(view: PrinterView, paused: bool) -> PrinterView:
    """What the worker saw, with the pause as the rows have it: an act's own answer must show it."""
    others = tuple(seen for seen in view.reasons if seen.keyword != PAUSED)
    if paused == (len(others) < len(view.reasons)):
        return view
    reasons = (*others, SeenReason(PAUSED)) if paused else others
    state = view.state
    if state is not PrinterState.PROCESSING:
        held = any(_row_of(seen).stops for seen in reasons)
        state = PrinterState.STOPPED if held else PrinterState.IDLE
    return replace(view, reasons=reasons, state=state)


def _shape(
    station: Station, view: PrinterView, hopper: dict[tuple[str, str], int], asked: list[str]
) -> PrinterOut:
    return PrinterOut(
        name=view.name,
        model=view.model,
        family=view.family,
        uri=view.uri,
        serial=view.serial,
        state=view.state,
        reasons=[shown_reason(seen) for seen in by_weight(view.reasons)],
        hopper=sum(hopper.values()),
        hopper_batches=[
            BatchOut(card_type=card_type, batch=batch, count=count)
            for (card_type, batch), count in hopper.items()
        ],
        card_types=list(printer_named(station, view.name).card_types),
        job=view.job,
        questions=asked,
        counters=dict(view.counters),
        supplies=[
            SupplyOut(name=name, remaining=remaining, capacity=capacity)
            for name, remaining, capacity in view.supplies
        ],
        resumes_at=view.resumes_at,
    )


def _shapes(station: Station, name: str | None = None) -> list[PrinterOut]:
    with station.store.read() as conn:
        views = [
            _as_paused(view, units.is_paused(conn, view.name))
            for view in station.views()
            if name in (None, view.name)
        ]
        hoppers = overview.hoppers(conn)
        asked = questions.open_ones(conn, printer=name)
    return [
        _shape(
            station,
            view,
            hoppers.get(view.name, {}),
            [question.id for question in asked if question.printer == view.name],
        )
        for view in views
    ]


def _show(station: Station, name: str) -> PrinterOut:
    printer_named(station, name)
    found = _shapes(station, name)
    if not found:
        raise Refusal("not-found", "this printer is not served yet; ask again shortly")
    return found[0]


@router.get("")
def list_printers(station: Here, limit: Limit = 100, cursor: Cursor = None) -> Page[PrinterOut]:
    """Every printer, in the order of the configuration."""
    return whole(NOUN, _shapes(station), limit, cursor)


@router.get("/{name}")
def show_printer(name: str, station: Here) -> PrinterOut:
    """One printer."""
    return _show(station, name)


@router.post("/{name}/pause", openapi_extra=body_of(ActIn, required=False))
def pause_printer(name: str, posted: PostedMaybe, station: Here) -> PrinterOut:
    """Start no new card here; the one that moves is finished."""
    return _set_paused(name, True, posted, station)


@router.post("/{name}/resume", openapi_extra=body_of(ActIn, required=False))
def resume_printer(name: str, posted: PostedMaybe, station: Here) -> PrinterOut:
    """Go on after a pause, or after a reason that asks for it."""
    return _set_paused(name, False, posted, station)


def _set_paused(name: str, paused: bool, posted: PostedMaybe, station: Here) -> PrinterOut:
    act = posted.fields(ActIn)
    printer_named(station, name)
    if posted.earlier is None:
        acts.set_paused(station.store, name, paused, posted.request, act.by)
        station.wake()
    return _show(station, name)


@router.post("/{name}/hopper-count", openapi_extra=body_of(CountIn))
def count_hopper(name: str, posted: PostedBody, station: Here) -> CountOut:
    """Make the rows of this hopper agree with what a person counted in it."""
    said = posted.fields(CountIn)
    done = posted.earlier
    if done is None:
        types = printer_named(station, name).card_types
        done = hopper_count(
            station.store,
            posted.request,
            printer=name,
            counted=said.counted,
            reason=said.reason,
            by=said.by,
            types=[word for word in types if word not in station.config.encode_first],
        )
        station.wake()
    return CountOut.model_validate(done.answer)


@router.post("/{name}/write-off", openapi_extra=body_of(WriteOffIn))
def write_off(name: str, posted: PostedBody, station: Here) -> PrinterOut:
    """Give up a unit that keeps its job without power; this station never feeds it again."""
    said = posted.fields(WriteOffIn)
    printer_named(station, name)
    if posted.earlier is None:
        acts.write_off(
            station.store,
            name,
            said.serial,
            posted.request,
            by=said.by,
            supervisor=said.supervisor,
        )
        station.wake()
    return _show(station, name)
