"""What a technician needs of one printer: its raw status in words, its settings, a test card, bringing a card out.

Reading never touches the cable: it shows what the worker saw last. What moves something is done by the worker itself,
between cards.
"""

from __future__ import annotations

import secrets
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import Connection

import drivers
import layouts
from drivers import Condition, Model
from printstation.acts import jobs as job_acts
from printstation.api import upkeep
from printstation.api.jobs import JobOut, show_job
from printstation.api.needs import Here, Station, printer_named, refuse_when_closing
from printstation.api.orders import JobIn, card_type_refused, order_from
from printstation.api.printers import PrinterOut, SupplyOut, show_printer
from printstation.api.reasons import SentenceOut
from printstation.api.repeat import Posted, PostedBody, PostedMaybe, Shape, body_of, canonical
from printstation.api.words import APPLICATION, Person
from printstation.diagnostics import settings as rules
from printstation.refusals import Refusal
from printstation.spool import errands
from printstation.spool.sight import Sight
from printstation.spool.view import PrinterState
from printstation.store import settings as rows

router = APIRouter(prefix="/v1/printers", tags=["diagnostics"])

TEST_LAYOUT, TEST_SAMPLE, TEST_CARD_TYPE = "specimen-resident", "plain", "specimen"
#: A technician stands at the printer; ordinary cards have 50.
TEST_PRIORITY = 100
#: How long an answer waits for the printer. What takes longer is told by the journal and the events.
WAIT_S = 5.0


class MeaningOut(BaseModel):
    """One byte, code or text of the device, and the row of `GET /v1/reasons` that it maps to (null: none)."""

    raw: str
    says: str
    keyword: str | None
    severity: str | None
    stops: bool
    who: str | None
    sentence: SentenceOut | None


class StatusOut(BaseModel):
    """The last look: what the device said, and what each piece of it means."""

    condition: Condition
    raw: str
    meaning: list[MeaningOut]
    seen_at: str


class IdentityOut(BaseModel):
    """Who answers at this address."""

    manufacturer: str
    model: str
    serial: str | None
    firmware: str | None
    description: str


class ChangeOut(BaseModel):
    """A setting as it was accepted and as it is now; null where there is none."""

    setting: str
    accepted: str | None
    now: str | None


class SettingsOut(BaseModel):
    """What the unit says of how it is set; `changed_at` until a technician accepts it."""

    fingerprint: str
    accepted_fingerprint: str
    values: dict[str, str]
    changes: list[ChangeOut]
    changed_at: str | None
    seen_at: str


class DiagnosticsOut(BaseModel):
    """`status` is null while the device is not held, `settings` where it never told any."""

    printer: str
    model: str
    family: str
    uri: str
    state: PrinterState
    identity: IdentityOut | None
    status: StatusOut | None
    counters: dict[str, int]
    supplies: list[SupplyOut]
    settings: SettingsOut | None
    acts: list[str]


class TestIn(Shape):
    """Who wants to see a card."""

    by: Person = APPLICATION


class CleanIn(Shape):
    """Who starts the cleaning run."""

    by: Person


class BringOutIn(Shape):
    """Who brings a card out, and who saw it."""

    by: Person
    supervisor: Person | None = None


class SettingsIn(Shape):
    """A technician says that the settings of this unit are right as they are now."""

    accept: Literal[True]
    by: Person


class ActOut(BaseModel):
    """`waiting`: the printer was not free within some seconds; the journal tells what became of it."""

    printer: str
    act: str
    state: Literal["done", "waiting"]


@router.get("/{name}/diagnostics")
def diagnose(name: str, station: Here) -> DiagnosticsOut:
    """What the worker saw last, in raw and in words."""
    model = _model(station, name)
    shown = show_printer(name, station)
    sight = station.sight_of(name)
    with station.store.read() as conn:
        told = _settings(conn, shown)
    return DiagnosticsOut(
        printer=name,
        model=model.name,
        family=model.family,
        uri=shown.uri,
        state=shown.state,
        identity=_identity(sight),
        status=_status(sight, model.family),
        counters=shown.counters,
        supplies=shown.supplies,
        settings=told,
        acts=_acts(model),
    )


def _model(station: Station, name: str) -> Model:
    printer = printer_named(station, name)
    if printer.outside:
        raise Refusal(
            "wrong-printer",
            f"printer {name} is not driven from here; work it at the machine or by its own application",
        )
    return station.model_of(printer)


def _acts(model: Model) -> list[str]:
    """What this printer can be asked to do."""
    return ["test", *(["clean"] if model.cleaning_run else []), *sorted(model.facts.brings_out)]


def _identity(sight: Sight) -> IdentityOut | None:
    found = sight.identity
    return None if found is None else IdentityOut.model_validate(vars(found))


def _status(sight: Sight, family: str) -> StatusOut | None:
    status, at = sight.status, sight.at
    if status is None or at is None:
        return None
    meaning = [_meaning(piece) for piece in drivers.explain(family, status.raw)]
    told = {piece.keyword for piece in meaning}
    # A look is more than its text: what the driver concluded from several is told as well.
    for reason in status.reasons:
        if reason.keyword not in told:
            piece = drivers.Meaning(reason.raw or status.raw, "by the driver", reason.keyword)
            meaning.append(_meaning(piece))
    return StatusOut(condition=status.condition, raw=status.raw, meaning=meaning, seen_at=at)


def _meaning(piece: drivers.Meaning) -> MeaningOut:
    row = drivers.reasons().get(piece.keyword) if piece.keyword else None
    return MeaningOut(
        raw=piece.raw,
        says=piece.says,
        keyword=piece.keyword,
        severity=row.severity if row else None,
        stops=row.stops if row else False,
        who=row.who if row else None,
        sentence=SentenceOut(id=row.id, en=row.en) if row else None,
    )


def _settings(conn: Connection, shown: PrinterOut) -> SettingsOut | None:
    known = rows.get(conn, shown.serial) if shown.serial is not None else None
    if known is None:
        return None
    return SettingsOut(
        fingerprint=rules.fingerprint(known.seen),
        accepted_fingerprint=rules.fingerprint(known.accepted),
        values=dict(known.seen),
        changes=[
            ChangeOut(setting=name, accepted=before, now=after)
            for name, (before, after) in rules.differences(known.accepted, known.seen).items()
        ],
        changed_at=known.changed_at,
        seen_at=known.seen_at,
    )


@router.post("/{name}/settings", openapi_extra=body_of(SettingsIn))
def accept_settings(name: str, posted: PostedBody, station: Here) -> DiagnosticsOut:
    """End the alarm `settings-changed`: what the unit is set to now is right."""
    said = posted.fields(SettingsIn)
    _model(station, name)
    if posted.earlier is None:
        rules.accept(station.store, name, posted.request, said.by)
        station.wake()
    return diagnose(name, station)


# ----------------------------------------------------------------------------- a test card
@router.post("/{name}/test", status_code=201, openapi_extra=body_of(TestIn, required=False))
def print_test(name: str, posted: PostedMaybe, station: Here, response: Response) -> JobOut:
    """Post a SPECIMEN job that this printer alone may take; its card ends spoiled, cause *test*."""
    said = posted.fields(TestIn)
    printer = printer_named(station, name)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        if TEST_CARD_TYPE not in printer.card_types:
            raise card_type_refused(f"printer {name} does not take {TEST_CARD_TYPE}")
        body = _test_body(name)
        order = order_from(
            station, canonical(body.model_dump_json(exclude_none=True).encode()), body
        )
        done = job_acts.submit(station.store, station.seal, order, posted.request, said.by)
        station.wake()
    response.status_code = 200 if done.replayed else 201
    response.headers["Location"] = f"/v1/jobs/{done.answer['id']}"
    return show_job(done.answer["id"], station)


def _test_body(printer: str) -> JobIn:
    sample = layouts.load(TEST_LAYOUT).sample(TEST_SAMPLE)
    changed = {
        "card_type": TEST_CARD_TYPE,
        "reference": f"TEST-{secrets.token_hex(6).upper()}",
        "priority": TEST_PRIORITY,
        "reason": job_acts.TEST_REASON,
        "only_printer": printer,
    }
    return JobIn.model_validate({**sample, **changed})


# ----------------------------------------------------------------------------- movements
@router.post("/{name}/clean", openapi_extra=body_of(CleanIn))
def clean(name: str, posted: PostedBody, station: Here) -> PrinterOut:
    """Have the printer start its cleaning run; the same as `cleanings` with `run`."""
    said = posted.fields(CleanIn)
    if posted.earlier is None:
        upkeep.refuse_run(station, name)
        station.start_cleaning(name, posted.request, said.by)
    return show_printer(name, station)


@router.post("/{name}/eject", openapi_extra=body_of(BringOutIn))
def eject(name: str, posted: PostedBody, station: Here) -> ActOut:
    """Bring a card inside out to the output. Never one of a job: the worker does it between cards."""
    return _bring_out("eject", name, posted, station)


@router.post("/{name}/reject", openapi_extra=body_of(BringOutIn))
def reject(name: str, posted: PostedBody, station: Here) -> ActOut:
    """Bring a card inside to the reject tray."""
    return _bring_out("reject", name, posted, station)


def _bring_out(act: str, name: str, posted: Posted, station: Station) -> ActOut:
    said = posted.fields(BringOutIn)
    if posted.earlier is not None:
        return ActOut.model_validate(posted.earlier.answer)
    model = _model(station, name)
    if act not in model.facts.brings_out:
        raise Refusal(
            "wrong-printer",
            f"no known command of a {model.name} does that: {act}; take the card out of printer {name} by hand, "
            "as its manual says",
        )
    if show_printer(name, station).job is not None:
        raise Refusal("printer-busy", f"a card moves in printer {name}; ask again when it is out")
    if station.sight_of(name).status is None:
        raise Refusal("printer-stopped", f"printer {name} cannot be reached; connect it first")
    errand, waiting = errands.bringing_out(
        station.store, name, posted.request, act, said.by, said.supervisor
    )
    station.ask(name, errand)
    if not waiting.over.wait(WAIT_S):
        return ActOut(printer=name, act=act, state="waiting")
    if waiting.why is not None:
        raise Refusal("not-carried-out", f"printer {name} did not do that ({act}): {waiting.why}")
    return ActOut(printer=name, act=act, state="done")
