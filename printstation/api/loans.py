"""Loans between offices: opened, returned in parts, settled."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from printstation.acts import loans as acts
from printstation.acts.loans import Terms
from printstation.api.needs import Here, Station, refuse_when_closing
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.stock import Count, known_type
from printstation.api.words import Person, Reason, Word
from printstation.refusals import Refusal
from printstation.store import loans
from printstation.store.tables import LoanDirection

router = APIRouter(prefix="/v1/loans", tags=["loans"])
NOUN = "l"


class LoanIn(Shape):
    """What two offices agreed on; `document` is our letter, `their_document` theirs.

    `version` may be left out where the batch is known here.
    """

    direction: Literal["lent", "borrowed"]
    office: Word
    card_type: Word
    version: Word | None = None
    batch: Word | None = None
    count: Count
    document: Word
    their_document: Word | None = None
    due: date
    by: Person


class LoanOut(BaseModel):
    """One loan. `outstanding` blanks have to come home, or to be given back; `overdue` since `due`."""

    id: str
    direction: LoanDirection
    office: str
    card_type: str
    version: str
    batch: str | None
    count: int
    outstanding: int
    document: str
    their_document: str | None
    due: date
    overdue: bool
    opened_at: str
    by: str
    settled_at: str | None
    settled_by: str | None
    reason: str | None


def _today(station: Station) -> str:
    return station.clock.now().astimezone(station.config.zone).date().isoformat()


def _shape(loan: loans.Loan, today: str) -> LoanOut:
    told = {name: getattr(loan, name) for name in LoanOut.model_fields if name != "overdue"}
    late = loan.settled_at is None and loan.due < today
    return LoanOut(**{**told, "due": date.fromisoformat(loan.due)}, overdue=late)


@router.get("")
def list_loans(
    station: Here,
    state: Literal["open", "settled"] | None = None,
    overdue: Annotated[bool, Query(description="only open ones whose day is over")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[LoanOut]:
    """Loans, the oldest first."""
    today = _today(station)
    with station.store.read() as conn:
        found = loans.page(
            conn,
            settled=None if state is None else state == "settled",
            due_before=today if overdue else None,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
    items = [_shape(loan, today) for loan in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [loan.seq for loan in found], limit))


@router.get("/{loan_id}")
def show_loan(loan_id: str, station: Here) -> LoanOut:
    """One loan."""
    with station.store.read() as conn:
        loan = loans.get(conn, loan_id)
    if loan is None:
        raise Refusal("not-found", "there is no loan with this id")
    return _shape(loan, _today(station))


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(LoanIn),
    responses={200: {"model": LoanOut, "description": "This request came before"}},
)
def open_loan(posted: PostedBody, station: Here, response: Response) -> LoanOut:
    """Lend blanks to another office, or take in borrowed ones."""
    said = posted.fields(LoanIn)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        known_type(station, said.card_type)
        terms = Terms(
            LoanDirection(said.direction),
            said.office,
            said.card_type,
            said.version,
            said.count,
            said.document,
            said.due.isoformat(),
            said.batch,
            said.their_document,
        )
        done = acts.open_loan(station.store, posted.request, terms, said.by)
        station.wake()
    response.status_code = 200 if done.replayed else 201
    return show_loan(done.answer["id"], station)


class GivenBackIn(Shape):
    """A part of a loan, or all of it, comes back."""

    count: Count
    document: Word | None = None
    by: Person


@router.post("/{loan_id}/returns", openapi_extra=body_of(GivenBackIn))
def give_back(loan_id: str, posted: PostedBody, station: Here) -> LoanOut:
    """Lent blanks came home, or borrowed ones were given back."""
    said = posted.fields(GivenBackIn)
    if posted.earlier is None:
        acts.give_back(
            station.store,
            posted.request,
            loan_id,
            count=said.count,
            document=said.document,
            by=said.by,
        )
        station.wake()
    return show_loan(loan_id, station)


class SettleIn(Shape):
    """The loan ends; with blanks outstanding it takes a reason and a supervisor."""

    reason: Reason | None = None
    by: Person
    supervisor: Person | None = None


@router.post("/{loan_id}/settle", openapi_extra=body_of(SettleIn))
def settle(loan_id: str, posted: PostedBody, station: Here) -> LoanOut:
    """Settle a loan."""
    said = posted.fields(SettleIn)
    if posted.earlier is None:
        acts.settle(
            station.store,
            posted.request,
            loan_id,
            reason=said.reason,
            by=said.by,
            supervisor=said.supervisor,
        )
    return show_loan(loan_id, station)
