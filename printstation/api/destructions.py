"""Sessions of destruction: what is burned, before whom, and the minutes as a PDF."""

from __future__ import annotations

import binascii
import hashlib
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from printstation.acts import destruction as acts
from printstation.api.needs import Here, Station, refuse_when_closing
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.problems import wrong_field
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Person, Reason, Word
from printstation.refusals import Refusal
from printstation.store import destructions
from printstation.store.destructions import Person as Signature
from printstation.store.destructions import Session
from printstation.store.tables import SessionState

router = APIRouter(prefix="/v1/destructions", tags=["destructions"])
NOUN = "d"
#: Ids in one request; `all` takes what there is.
MOST_IDS = 2000
#: A photo of 5 MiB in base64.
MOST_PHOTO = 7 * 1024 * 1024


class SignerIn(Shape):
    """Who signs for the office."""

    name: Person
    title: Word
    nip: Word | None = None


class WitnessIn(Shape):
    """Who watches, and for whom."""

    name: Person
    agency: Word
    title: Word | None = None
    nip: Word | None = None


class OpeningIn(Shape):
    """A planned destruction, today's unless a day is named. `number` is the letter number of its minutes."""

    number: Word
    method: Word
    place: Word
    held_on: date | None = None
    signers: Annotated[list[SignerIn], Field(min_length=1, max_length=6)]
    witnesses: Annotated[list[WitnessIn], Field(min_length=1, max_length=6)]
    by: Person


class PersonOut(BaseModel):
    """A person under the minutes."""

    name: str
    title: str
    agency: str
    nip: str


class PhotoOut(BaseModel):
    """A photo; its hash is in the journal."""

    id: str
    caption: str
    sha256: str


class SessionOut(BaseModel):
    """A session. `cards` and `supplies` are ids; `pdf_sha256` is that of the minutes as they were signed."""

    id: str
    number: str
    state: SessionState
    method: str
    place: str
    held_on: str
    signers: list[PersonOut]
    witnesses: list[PersonOut]
    cards: list[str]
    supplies: list[str]
    photos: list[PhotoOut]
    by: str
    supervisor: str | None
    witness: str | None
    opened_at: str
    signed_at: str | None
    closed_at: str | None
    pdf_sha256: str | None


def _shape(station: Station, session: Session) -> SessionOut:
    with station.store.read() as conn:
        held = destructions.contents(conn, session)
    values = {**vars(session), "photos": [vars(photo) for photo in held.photos]}
    values["cards"] = [card.id for card in held.cards]
    values["supplies"] = [item.id for item in held.supplies]
    for name in ("signers", "witnesses"):
        values[name] = [vars(person) for person in values[name]]
    return SessionOut.model_validate(values)


def _session(station: Station, identity: str) -> Session:
    with station.store.read() as conn:
        session = destructions.get(conn, identity)
    if session is None:
        raise Refusal("not-found", "there is no destruction with this id")
    return session


@router.get("")
def list_destructions(
    station: Here,
    state: Annotated[list[SessionState], Query(max_length=len(SessionState))] = [],  # noqa: B006
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SessionOut]:
    """Sessions in the order in which they were opened."""
    with station.store.read() as conn:
        found = destructions.page(
            conn, states=[str(s) for s in state], after=after(NOUN, cursor), limit=limit + 1
        )
    items = [_shape(station, session) for session in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [s.seq for s in found], limit))


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(OpeningIn),
    responses={200: {"model": SessionOut, "description": "This request came before"}},
)
def open_destruction(posted: PostedBody, station: Here, response: Response) -> SessionOut:
    """Plan a destruction."""
    said = posted.fields(OpeningIn)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        today = station.clock.now().astimezone(station.config.zone).date()
        done = acts.open_session(
            station.store,
            posted.request,
            acts.Opening(
                number=said.number,
                method=said.method,
                place=said.place,
                held_on=(said.held_on or today).isoformat(),
                signers=tuple(Signature(p.name, p.title, nip=p.nip or "") for p in said.signers),
                witnesses=tuple(
                    Signature(p.name, p.title or "", p.agency, p.nip or "") for p in said.witnesses
                ),
            ),
            said.by,
        )
    response.status_code = 200 if done.replayed else 201
    return _shape(station, _session(station, done.answer["id"]))


@router.get(
    "/{session_id}.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The minutes"}},
)
def minutes_pdf(session_id: str, station: Here) -> Response:
    """The minutes: a draft while the session is open, the final paper once it is signed. When it is closed the
    names are erased, and only the signed paper has them."""
    session = _session(station, session_id)
    pdf, _ = _render(station, session, signed=session.state is not SessionState.OPEN)
    name = f"{session_id}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _render(
    station: Station, session: Session, *, signed: bool
) -> tuple[bytes, destructions.Contents]:
    from printstation.documents import minutes
    from printstation.reports.minutes import assemble, office_of

    with station.store.read() as conn:
        office = office_of(station.config.office)
        paper, held = assemble(conn, station.seal, office, session, signed=signed)
    return minutes.render(paper), held


@router.get("/{session_id}")
def show_destruction(session_id: str, station: Here) -> SessionOut:
    """One session."""
    return _shape(station, _session(station, session_id))


class CardsIn(Shape):
    """Which cards: their ids, or `all` spoiled ones that lie in no session."""

    cards: Annotated[list[Word], Field(min_length=1, max_length=MOST_IDS)] | None = None
    all: bool = False
    by: Person


@router.post("/{session_id}/cards", openapi_extra=body_of(CardsIn))
def add_cards(session_id: str, station: Here, posted: PostedBody) -> SessionOut:
    """Put spoiled cards into an open session, all of them or none."""
    if posted.earlier is None:
        said = posted.fields(CardsIn)
        if (said.cards is None) != said.all:
            raise wrong_field("/cards", "missing", "name the cards, or say all: true")
        acts.add_cards(station.store, posted.request, session_id, said.cards, said.by)
    return show_destruction(session_id, station)


class RemoveIn(Shape):
    """Cards to take out again."""

    cards: Annotated[list[Word], Field(min_length=1, max_length=MOST_IDS)]
    by: Person


@router.post("/{session_id}/remove", openapi_extra=body_of(RemoveIn))
def remove_cards(session_id: str, station: Here, posted: PostedBody) -> SessionOut:
    """Take cards out of an open session."""
    if posted.earlier is None:
        said = posted.fields(RemoveIn)
        acts.remove_cards(station.store, posted.request, session_id, said.cards, said.by)
    return show_destruction(session_id, station)


class SpentIn(Shape):
    """Spent ribbons and films, by their ids."""

    supplies: Annotated[list[Word], Field(min_length=1, max_length=500)]
    by: Person


@router.post("/{session_id}/supplies", openapi_extra=body_of(SpentIn))
def add_supplies(session_id: str, station: Here, posted: PostedBody) -> SessionOut:
    """Put spent supplies into an open session."""
    if posted.earlier is None:
        said = posted.fields(SpentIn)
        acts.add_supplies(station.store, posted.request, session_id, said.supplies, said.by)
    return show_destruction(session_id, station)


class PhotoIn(Shape):
    """A photo of the destruction: JPEG or PNG in base64."""

    caption: Reason
    content: Annotated[str, Field(max_length=MOST_PHOTO)]
    by: Person


@router.post("/{session_id}/photos", openapi_extra=body_of(PhotoIn))
def add_photo(session_id: str, station: Here, posted: PostedBody) -> SessionOut:
    """Attach a photo; its hash goes into the journal."""
    if posted.earlier is None:
        said = posted.fields(PhotoIn)
        refuse_when_closing(station)
        acts.add_photo(
            station.store, posted.request, session_id, said.caption, _photo(said.content), said.by
        )
    return show_destruction(session_id, station)


def _photo(text: str) -> bytes:
    from printstation.documents import photos

    try:
        content = binascii.a2b_base64(text, strict_mode=True)
        photos.check(content)
    except (binascii.Error, ValueError):
        raise wrong_field("/content", "not-base64", "not strict base64 (RFC 4648 §4)") from None
    except photos.BadPhoto as error:
        raise wrong_field("/content", "picture-broken", str(error)) from None
    return content


class SigningIn(Shape):
    """Who signed: the supervisor, and one of the session's witnesses."""

    supervisor: Person
    witness: Person
    by: Person


@router.post("/{session_id}/sign", openapi_extra=body_of(SigningIn))
def sign(session_id: str, station: Here, posted: PostedBody) -> SessionOut:
    """The minutes are signed: their list is final, their hash is in the journal."""
    if posted.earlier is None:
        said = posted.fields(SigningIn)
        session = _session(station, session_id)
        pdf, held = _render(station, session, signed=True)
        acts.sign(
            station.store,
            posted.request,
            session_id,
            supervisor=said.supervisor,
            witness=said.witness,
            by=said.by,
            seen=held,
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        )
    return show_destruction(session_id, station)


class ClosingIn(Shape):
    """Two different persons close a session."""

    by: Person
    supervisor: Person | None = None


@router.post("/{session_id}/close", openapi_extra=body_of(ClosingIn))
def close(session_id: str, station: Here, posted: PostedBody) -> SessionOut:
    """Everything in the signed session is destroyed; the sealed names are erased."""
    if posted.earlier is None:
        said = posted.fields(ClosingIn)
        acts.close(
            station.store,
            station.seal,
            posted.request,
            session_id,
            supervisor=said.supervisor,
            by=said.by,
        )
        station.wake()
    return show_destruction(session_id, station)
