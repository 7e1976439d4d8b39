"""From the body of `POST /v1/jobs` to a checked order: everything that is wrong is told at once."""

from __future__ import annotations

import binascii
from datetime import date
from typing import Annotated, Any

from pydantic import Field

import layouts
from printstation.acts.jobs import Order
from printstation.api import hints
from printstation.api.needs import Station
from printstation.api.problems import invalid, wrong_field
from printstation.api.repeat import Posted, Shape
from printstation.api.words import Moment, Note, Reference, Resident, Word
from printstation.clock import rfc3339
from printstation.refusals import FieldError, Refusal

#: A picture is decoded up to this length; `layouts` says how many bytes it may have.
MAX_BASE64 = 4 * 1024 * 1024


class JobIn(Shape):
    """A job. `values` are the layout's own fields (`values_schema`), pictures are base64."""

    layout: Annotated[str, Field(max_length=64)]
    card_type: Annotated[str, Field(max_length=64)]
    resident: Resident | None = None
    values: dict[str, Any]
    photo: Annotated[str, Field(max_length=MAX_BASE64)] | None = None
    signature: Annotated[str, Field(max_length=MAX_BASE64)] | None = None
    priority: Annotated[int, Field(ge=1, le=100, description="100 is printed first")] = 50
    reference: Reference
    hold: bool = False
    expires_at: Moment | None = None
    requested_on: date | None = None
    reason: Note | None = None
    ticket: Note | None = None
    replaces: Word | None = None
    only_printer: Annotated[
        Word | None,
        Field(description="the only printer that may print it; its front, if it has one side"),
    ] = None


def warnings(fields: JobIn) -> tuple[FieldError, ...]:
    """What a person should look at once more; the same for a replay."""
    return hints.warnings(fields.resident, fields.values, fields.reference)


def order_of(station: Station, posted: Posted, fields: JobIn) -> Order:
    """The checked order. Refuses `invalid` with every wrong field, and `card-type-refused`."""
    return order_from(station, posted.canonical, fields)


def order_from(station: Station, payload: bytes, fields: JobIn) -> Order:
    """The same for a body that the station itself wrote; `payload` is what will be sealed."""
    layout = _layout(fields.layout)
    one_per_resident = _card_type(station, layout, fields.card_type)
    errors: list[FieldError] = []
    if one_per_resident and fields.resident is None:
        errors.append(
            FieldError("/resident", "missing", f"{fields.card_type} is one per resident: 16 digits")
        )
    if fields.expires_at is not None and fields.expires_at <= station.clock.now():
        errors.append(FieldError("/expires_at", "past", "this moment is over"))
    photo = _picture("/photo", fields.photo, errors)
    signature = _picture("/signature", fields.signature, errors)
    errors += _only_printer(station, fields)
    spoiled = {error.pointer for error in errors}
    problems = layouts.check(layout, fields.values, photo, signature, fields.reference)
    errors += [
        FieldError(problem.pointer, problem.code, problem.detail)
        for problem in problems
        if problem.pointer not in spoiled
    ]
    if errors:
        raise invalid(errors)
    resident = fields.resident
    return Order(
        layout=layout.name,
        layout_version=layout.version,
        card_type=fields.card_type,
        one_per_resident=one_per_resident,
        resident=None if resident is None else station.seal.hash("resident", resident.encode()),
        reference=fields.reference,
        priority=fields.priority,
        payload=payload,
        sides=len(layout.sides),
        hold=fields.hold,
        expires_at=None if fields.expires_at is None else rfc3339(fields.expires_at),
        requested_on=None if fields.requested_on is None else fields.requested_on.isoformat(),
        reason=fields.reason,
        ticket=fields.ticket,
        replaces=fields.replaces,
        only_printer=fields.only_printer,
    )


def _only_printer(station: Station, fields: JobIn) -> list[FieldError]:
    """What speaks against the one printer that is named."""
    name = fields.only_printer
    if name is None:
        return []
    printer = station.config.printer(name)
    if printer is None or fields.card_type not in printer.card_types:
        why = f"no printer of this name takes {fields.card_type}"
    elif fields.card_type in station.config.encode_first:
        why = f"a {fields.card_type} is encoded first: it is printed where it is scanned"
    else:
        return []
    return [FieldError("/only_printer", "refused", why)]


def _layout(name: str) -> layouts.Layout:
    try:
        return layouts.load(name)
    except layouts.UnknownLayout:
        known = ", ".join(layouts.names())
        raise wrong_field(
            "/layout", "unknown", f"there is no such layout; there are: {known}"
        ) from None


def _card_type(station: Station, layout: layouts.Layout, name: str) -> bool:
    """Whether the type is one per resident; refuses one that nobody here could print."""
    kind = station.config.card_type(name)
    if kind is None:
        known = ", ".join(kind.name for kind in station.config.card_types)
        raise card_type_refused(f"there is no such card type; there are: {known}")
    if name not in layout.card_types:
        taken = ", ".join(layout.card_types)
        raise card_type_refused(f"layout {layout.name} takes {taken}")
    if not any(name in printer.card_types for printer in station.config.printers):
        raise card_type_refused(f"no printer of this station takes {name}")
    return kind.one_per_resident


def card_type_refused(detail: str) -> Refusal:
    """The refusal of a card type, pointing at its field."""
    return Refusal("card-type-refused", detail, (FieldError("/card_type", "refused", detail),))


def _picture(place: str, text: str | None, errors: list[FieldError]) -> bytes | None:
    if text is None:
        return None
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        errors.append(FieldError(place, "not-base64", "not strict base64 (RFC 4648 §4)"))
        return None
