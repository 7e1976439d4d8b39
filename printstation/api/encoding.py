"""Cards that come from another device: their encoding, the scan that calls one, and the print outside."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

import drivers
from printstation.acts import encoding, outside
from printstation.api.cards import CardOut, show_card
from printstation.api.needs import Here, Station, printer_named, refuse_when_closing
from printstation.api.orders import card_type_refused
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person, Resident, Word
from printstation.config import PrinterConfig
from printstation.refusals import Refusal
from printstation.spool.duty import RESTING, TEMPERATURE

router = APIRouter(prefix="/v1", tags=["encoding"])
SUCCEEDED = frozenset({"berhasil", "success"})


class EncodeIn(Shape):
    """What the encoder said of a blank: *berhasil* needs the card's number; by job or by resident."""

    card_type: Word
    batch: Word | None = None
    number: Word | None = None
    job: Word | None = None
    resident: Resident | None = None
    result: Literal["berhasil", "gagal", "success", "failed"]
    by: Person


class ScanIn(Shape):
    """The number of the card in the operator's hand; `job` if only this job's card is meant."""

    number: Word
    job: Word | None = None
    by: Person


class ScanOut(BaseModel):
    """What was called: push the card in when the printer asks for it."""

    printer: str
    card: str
    job: str
    number: str


class OutsideIn(Shape):
    """Which job's card is printed outside, and the number scanned from it."""

    job: Word
    number: Word | None = None
    by: Person


class OutsideOut(BaseModel):
    """The card that went in, and the question about its fate."""

    printer: str
    job: str
    card: str
    question: str


@router.post("/cards/encode", openapi_extra=body_of(EncodeIn))
def encode_card(station: Here, posted: PostedBody) -> CardOut:
    """Bind a stored blank to a resident, or spoil it: *gagal encode* needs no print."""
    done = posted.earlier
    if done is None:
        said = posted.fields(EncodeIn)
        refuse_when_closing(station)
        _encoded_first(station, said.card_type)
        resident = said.resident
        encoded = encoding.Encoded(
            said.card_type,
            said.result in SUCCEEDED,
            said.by,
            said.number,
            said.batch,
            said.job,
            None if resident is None else station.seal.hash("resident", resident.encode()),
        )
        done = encoding.encode(station.store, station.seal, encoded, posted.request)
        station.wake()
    return show_card(done.answer["id"], station)


def _encoded_first(station: Station, card_type: str) -> None:
    kind = station.config.card_type(card_type)
    if kind is None:
        known = ", ".join(each.name for each in station.config.card_types)
        raise card_type_refused(f"there is no such card type; there are: {known}")
    if not kind.encode_first:
        raise card_type_refused(
            f"{card_type} is not encoded first; set encode_first = true in its [[card_types]]"
        )


def _printer(station: Station, name: str, *, outside: bool) -> PrinterConfig:
    printer = printer_named(station, name)
    if printer.outside != outside:
        kind = "outside" if printer.outside else "device"
        other = "outside" if printer.outside else "scan"
        raise Refusal(
            "wrong-printer",
            f'printer {name} is of kind "{kind}"; use POST /v1/printers/{name}/{other}',
        )
    return printer


def _refuse_on_duty(station: Station, name: str) -> None:
    """A machine that others drive gets its rest all the same."""
    view = next(view for view in station.views() if view.name == name)
    for seen in view.reasons:
        if seen.keyword in (RESTING, TEMPERATURE):
            until = f" until {view.resumes_at}" if view.resumes_at else ""
            sentence = drivers.reasons()[seen.keyword].en
            raise Refusal("printer-stopped", f"printer {name}: {seen.keyword}{until}. {sentence}")


@router.post("/printers/{name}/scan", openapi_extra=body_of(ScanIn))
def scan_card(name: str, station: Here, posted: PostedBody) -> ScanOut:
    """Call an encoded card to a printer: it is the next one there, pushed in by hand."""
    done = posted.earlier
    if done is None:
        said = posted.fields(ScanIn)
        printer = _printer(station, name, outside=False)
        place = encoding.Place(
            name,
            printer.card_types,
            station.model_of(printer).hand_feed_s > 0,
            station.most_sides(printer),
            printer.versions,
        )
        done = encoding.scan(
            station.store,
            place,
            sorted(station.config.encode_first),
            [kind.name for kind in station.config.card_types],
            posted.request,
            number=said.number,
            job=said.job,
            by=said.by,
        )
        station.wake()
    return ScanOut.model_validate(done.answer)


@router.post("/printers/{name}/outside", openapi_extra=body_of(OutsideIn))
def print_outside(name: str, station: Here, posted: PostedBody) -> OutsideOut:
    """Record that a card goes into the ministry's own printer; what became of it is asked at once."""
    done = posted.earlier
    if done is None:
        said = posted.fields(OutsideIn)
        refuse_when_closing(station)
        printer = _printer(station, name, outside=True)
        _refuse_on_duty(station, name)
        done = outside.record(
            station.store,
            posted.request,
            printer=name,
            card_types=printer.card_types,
            encode_first=station.config.encode_first,
            job=said.job,
            number=said.number,
            by=said.by,
        )
        station.wake()
    return OutsideOut.model_validate(done.answer)
