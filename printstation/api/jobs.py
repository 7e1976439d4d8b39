"""Jobs: post, list, show, cancel, hold, release, reprint, preview."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from sqlalchemy import Connection

import layouts
from printstation.acts import jobs as acts
from printstation.acts.questions import cause_of
from printstation.acts.request import Done
from printstation.api.needs import Here, Station, refuse_when_closing
from printstation.api.orders import JobIn, order_of, warnings
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.problems import ProblemError
from printstation.api.repeat import PostedMaybe, PostedOnce, Shape, body_of
from printstation.api.words import APPLICATION, Note, Person
from printstation.lifecycle import waits
from printstation.lifecycle.card import Cause
from printstation.lifecycle.job import OPEN_STATES, JobState
from printstation.lifecycle.waits import Place
from printstation.refusals import Refusal
from printstation.spool.view import PrinterState
from printstation.store import jobs, overview, scans
from printstation.store.jobs import Job
from printstation.store.overview import JobContext

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
NOUN = "j"

#: A list counts the places of its jobs while no more than these queue; behind that one job is asked for.
MOST_PLACES = 1000


class EvidenceOut(BaseModel):
    """How we know what became of the card; times are real, so that a card can be found by them."""

    serial: str | None
    fed_at: str
    sent_at: str | None
    counter_before: int | None
    counter_after: int | None
    session: str
    path: bool | None
    rule: int | None

    @classmethod
    def of(cls, found: overview.Evidence | None) -> EvidenceOut | None:
        """The evidence of a feed, as far as it is shown."""
        if found is None:
            return None
        return cls.model_validate(found, from_attributes=True)


class WantedOut(BaseModel):
    """The card that was encoded for this job's resident; `printer` is where it was scanned."""

    card: str
    number: str | None
    printer: str | None


class JobOut(BaseModel):
    """A job as everybody may see it. `place` is null in a list while more than 1,000 jobs queue."""

    id: str
    state: JobState
    state_reasons: list[str]
    card_type: str
    layout: str
    reference: str
    priority: int
    printer: str | None
    only_printer: str | None
    card: str | None
    question: str | None
    evidence: EvidenceOut | None
    cancel_requested: bool
    replaces: str | None
    replaced_by: str | None
    created_at: str
    place: int | None
    waits_for: str | None
    wants: WantedOut | None


class PostedJobOut(JobOut):
    """The answer to a post: the job, and what a person should look at once more."""

    warnings: list[ProblemError]


class ActIn(Shape):
    """Who acts; the application itself unless a name is given."""

    by: Person = APPLICATION


class ReprintIn(Shape):
    """What became of the card that is replaced, if it is still a good one."""

    card: Literal["spoiled", "missing"] = "spoiled"
    cause: Note | None = None
    by: Person = APPLICATION


class _Surroundings:
    """The printers as they are during one request: enough to say why a job waits."""

    def __init__(self, conn: Connection, station: Station, shown: Iterable[Job]) -> None:
        self._encode_first = station.config.encode_first
        due = [job.id for job in shown if job.card_type in self._encode_first]
        #: What was encoded for the jobs that want it, by their ids.
        self.wanted = scans.wanted(conn, due) if due else {}
        self._places: dict[str, Place] = {}
        self._by_type: dict[str, dict[str, Place]] = {}
        views = {view.name: view for view in station.views()}
        blanks = overview.loaded_types(conn)
        for printer in station.config.printers:
            view = views.get(printer.name)
            stopped = view is None or view.state is PrinterState.STOPPED
            loaded = blanks.get(printer.name, set[str]())
            self._places[printer.name] = Place(stopped, bool(loaded), printer.outside)
            for card_type in printer.card_types:
                blank = card_type in loaded or card_type in self._encode_first
                place = Place(stopped, blank, printer.outside)
                self._by_type.setdefault(card_type, {})[printer.name] = place

    def of(self, job: Job) -> tuple[Place, ...]:
        """Where this job is, or could go."""
        if job.printer is not None and job.printer in self._places:
            return (self._places[job.printer],)
        places = self._by_type.get(job.card_type, {})
        return tuple(place for name, place in places.items() if job.only_printer in (None, name))

    def card_due(self, job: Job) -> str | None:
        """What is to be done with the card that this job is to get, if it is encoded first."""
        if job.card_type not in self._encode_first:
            return None
        driven = any(not place.outside for place in self.of(job))
        return scans.card_due(self.wanted.get(job.id), driven)


def _shape(job: Job, context: JobContext, around: _Surroundings, place: int | None) -> JobOut:
    because = waits.reasons(
        job.state,
        because=job.waits_because,
        question_open=context.question is not None,
        cancel_requested=job.cancel_requested,
        places=around.of(job),
        card_due=around.card_due(job),
    )
    wanted = around.wanted.get(job.id) if job.state in OPEN_STATES else None
    return JobOut(
        id=job.id,
        state=job.state,
        state_reasons=list(because),
        card_type=job.card_type,
        layout=job.layout,
        reference=job.reference,
        priority=job.priority,
        printer=job.printer,
        only_printer=job.only_printer,
        card=job.card,
        question=context.question,
        evidence=EvidenceOut.of(context.evidence),
        cancel_requested=job.cancel_requested,
        replaces=job.replaces,
        replaced_by=context.replaced_by,
        created_at=job.created_at,
        place=place,
        waits_for=waits.waits_for(because),
        wants=None if wanted is None else WantedOut.model_validate(wanted, from_attributes=True),
    )


def _show(station: Station, identity: str, *, fresh: bool = False) -> JobOut:
    """`fresh`: posted a moment ago, so that it has no context yet and three queries can be spared."""
    with station.store.read() as conn:
        job = jobs.get(conn, identity)
        if job is None:
            raise Refusal("not-found", "there is no job with this id")
        context = JobContext() if fresh else overview.of_jobs(conn, [job.id])[job.id]
        return _shape(job, context, _Surroundings(conn, station, (job,)), jobs.place(conn, job))


def _shapes(conn: Connection, station: Station, found: Iterable[Job]) -> list[JobOut]:
    rows = list(found)
    contexts = overview.of_jobs(conn, [job.id for job in rows])
    around = _Surroundings(conn, station, rows)
    pending = any(job.state is JobState.PENDING for job in rows)
    places = jobs.places(conn, MOST_PLACES) if pending else {}
    return [_shape(job, contexts[job.id], around, places.get(job.id)) for job in rows]


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(JobIn),
    responses={200: {"model": PostedJobOut, "description": "This job was posted before"}},
)
def post_job(posted: PostedOnce, station: Here, response: Response) -> PostedJobOut:
    """Take a job in: on disk when this answers. The same key and body answer the same job."""
    fields = posted.fields(JobIn)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        order = order_of(station, posted, fields)
        done = acts.submit(station.store, station.seal, order, posted.request, APPLICATION)
        station.wake()
    response.status_code = 200 if done.replayed else 201
    response.headers["Location"] = f"/v1/jobs/{done.answer['id']}"
    shown = _show(station, done.answer["id"], fresh=not done.replayed)
    notes = [
        ProblemError(pointer=note.pointer, code=note.code, detail=note.detail)
        for note in warnings(fields)
    ]
    return PostedJobOut(**dict(shown), warnings=notes)


@router.get("")
def list_jobs(
    station: Here,
    state: Annotated[list[JobState], Query(max_length=len(JobState))] = [],  # noqa: B006
    reference: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[JobOut]:
    """Jobs in the order in which they were posted; `state` may be given several times."""
    with station.store.read() as conn:
        found = jobs.page(
            conn,
            states=[str(word) for word in state],
            reference=reference,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
        items = _shapes(conn, station, found[:limit])
    return Page(items=items, next=next_of(NOUN, [job.seq for job in found], limit))


@router.get("/{job_id}")
def show_job(job_id: str, station: Here) -> JobOut:
    """One job."""
    return _show(station, job_id)


def _after_act(station: Station, done: Done) -> JobOut:
    if not done.replayed:
        station.wake()
    return _show(station, done.answer["id"])


@router.post("/{job_id}/cancel", openapi_extra=body_of(ActIn, required=False))
def cancel_job(job_id: str, posted: PostedMaybe, station: Here) -> JobOut:
    """Cancel it, or ask for it when its card is already moving."""
    act = posted.fields(ActIn)
    done = posted.earlier or acts.cancel(station.store, job_id, posted.request, act.by)
    return _after_act(station, done)


@router.post("/{job_id}/hold", openapi_extra=body_of(ActIn, required=False))
def hold_job(job_id: str, posted: PostedMaybe, station: Here) -> JobOut:
    """Keep a pending job from starting."""
    act = posted.fields(ActIn)
    done = posted.earlier or acts.hold(station.store, job_id, posted.request, act.by)
    return _after_act(station, done)


@router.post("/{job_id}/release", openapi_extra=body_of(ActIn, required=False))
def release_job(job_id: str, posted: PostedMaybe, station: Here) -> JobOut:
    """Let a held job queue again."""
    act = posted.fields(ActIn)
    done = posted.earlier or acts.release(station.store, job_id, posted.request, act.by)
    return _after_act(station, done)


@router.post(
    "/{job_id}/reprint",
    openapi_extra=body_of(ReprintIn, required=False),
    responses={201: {"model": JobOut, "description": "The successor was made"}},
)
def reprint_job(job_id: str, posted: PostedMaybe, station: Here, response: Response) -> JobOut:
    """The job's successor from its sealed payload; a second click finds the first one's."""
    act = posted.fields(ReprintIn)
    usual = Cause.LOST if act.card == "missing" else Cause.DAMAGED
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        done = acts.reprint(
            station.store,
            station.seal,
            job_id,
            posted.request,
            card=act.card,
            cause=cause_of(act.cause, usual),
            by=act.by,
        )
    made = bool(done.answer["made"]) and not done.replayed
    response.status_code = 201 if made else 200
    response.headers["Location"] = f"/v1/jobs/{done.answer['id']}"
    return _after_act(station, done)


@router.get(
    "/{job_id}/preview/{side}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The face as it is printed"}},
)
def preview_job(job_id: str, side: str, station: Here) -> Response:
    """The very face that will be printed. Never kept by anybody: it shows a resident."""
    picture = station.faces(job_id).get(side)
    if picture is None:
        raise Refusal("not-found", "this card has no such side; sides are front and back")
    with BytesIO() as file:
        layouts.compose(picture).save(file, "PNG")
        data = file.getvalue()
    return Response(data, media_type="image/png", headers={"Cache-Control": "no-store"})
