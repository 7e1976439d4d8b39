"""Upkeep of printers: cleanings, and the transfer temperature of the day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from printstation.acts import upkeep as acts
from printstation.api.needs import Here, Station, printer_named
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.printers import PrinterOut, show_printer
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person
from printstation.config import HIGHEST_C, PrinterConfig
from printstation.refusals import Refusal
from printstation.store import upkeep as rows
from printstation.store.tables import UpkeepKind

router = APIRouter(prefix="/v1/printers", tags=["printers"])
NOUN = "u"


class UpkeepOut(BaseModel):
    """One act on a printer. `celsius` belongs to a temperature."""

    id: str
    printer: str
    kind: UpkeepKind
    celsius: int | None
    at: str
    by: str


class CleaningIn(Shape):
    """`run`: the station starts the cleaning run of the printer; else it was done at the printer itself."""

    by: Person
    run: bool = False


class TemperatureIn(Shape):
    """What the display shows."""

    celsius: Annotated[int, Field(ge=1, le=HIGHEST_C)]
    by: Person


@router.get("/{name}/upkeep")
def list_upkeep(
    name: str, station: Here, limit: Limit = 100, cursor: Cursor = None
) -> Page[UpkeepOut]:
    """Cleanings and temperatures, oldest first."""
    printer_named(station, name)
    with station.store.read() as conn:
        found = rows.page(conn, name, after(NOUN, cursor), limit + 1)
    items = [UpkeepOut.model_validate(vars(row)) for row in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [row.seq for row in found], limit))


@router.post("/{name}/cleanings", openapi_extra=body_of(CleaningIn))
def clean_printer(name: str, posted: PostedBody, station: Here) -> PrinterOut:
    """Record a cleaning, or have the printer start one: then it is recorded once the printer took the command."""
    said = posted.fields(CleaningIn)
    printer_named(station, name)
    if posted.earlier is None:
        if said.run:
            refuse_run(station, name)
            station.start_cleaning(name, posted.request, said.by)
        else:
            acts.cleaned(station.store, posted.request, name, said.by, how="by-hand")
            station.wake()
    return show_printer(name, station)


def why_no_run(station: Station, printer: PrinterConfig) -> str | None:
    """Why the station never starts a cleaning run of this printer; None where it may."""
    model = None if printer.outside else station.model_of(printer)
    if model is None or not model.cleaning_run:
        return (
            f"no known command starts a cleaning run of printer {printer.name}; clean it at the printer as its "
            f"manual says, then record it: printstation printer clean {printer.name}"
        )
    if model.counter != "none":
        return (
            f"a cleaning card would move the card counter of printer {printer.name}; clean it at the printer and "
            "answer the question that follows"
        )
    return None


def refuse_run(station: Station, name: str) -> None:
    """Refuses a printer that has no cleaning run, or whose counter it would move, or that is busy."""
    why_never = why_no_run(station, printer_named(station, name))
    if why_never is not None:
        raise Refusal("wrong-printer", why_never)
    if show_printer(name, station).job is not None:
        raise Refusal("printer-busy", f"a card moves in printer {name}; ask again when it is out")


@router.post("/{name}/temperature", openapi_extra=body_of(TemperatureIn))
def enter_temperature(name: str, posted: PostedBody, station: Here) -> PrinterOut:
    """Enter the transfer temperature of the day; one out of range stops the printer until a good one is entered."""
    said = posted.fields(TemperatureIn)
    printer = printer_named(station, name)
    if posted.earlier is None:
        band = station.duty_of(printer).temperature
        acts.temperature(station.store, posted.request, name, said.celsius, said.by, band)
        station.wake()
    return show_printer(name, station)
