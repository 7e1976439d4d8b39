"""Blind counts: lines are posted without knowing what is expected; the answer says it, and where to look."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from printstation.acts import counts as acts
from printstation.acts.counts import Explanation, Line
from printstation.api.needs import Here, refuse_when_closing
from printstation.api.paging import Cursor, Limit, Page, after, next_of
from printstation.api.places import place_named
from printstation.api.problems import wrong_field
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.stock import Cards, known_type
from printstation.api.words import Person, Reason, Word
from printstation.refusals import Refusal
from printstation.store import counts

router = APIRouter(prefix="/v1/counts", tags=["counts"])
NOUN = "n"
#: More blanks than ever lie in one place; a longer number is a slip of the hand.
Counted = Annotated[int, Field(ge=0, le=1_000_000)]
Filter = Annotated[str | None, Query(max_length=80)]


class LineIn(Shape):
    """One card type at one place: `store`, `hopper:PRINTER`, `encoded`, `shelf` or `spoiled`."""

    card_type: Word
    place: Annotated[str, Field(min_length=1, max_length=80)]
    counted: Counted


class CountsIn(Shape):
    """What somebody counted."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=acts.MAX_LINES)]
    by: Person


class CountOut(BaseModel):
    """One counted line, and how its difference ended. `day` is the close that it belongs to."""

    id: str
    card_type: str
    place: str
    expected: int
    counted: int
    difference: int
    at: str
    by: str
    explanation: str | None
    explained_by: str | None
    supervisor: str | None
    missing: int
    day: str | None


class SinceOut(BaseModel):
    """The last count of this type and place that agreed; entry 0 is the beginning."""

    seq: int
    at: str | None


class MovementsOut(BaseModel):
    """What one kind of entry brought there and took away between the two counts."""

    kind: str
    came: int
    went: int
    first_at: str
    last_at: str


class LocatedOut(CountOut):
    """A line with what lies between it and the last one that agreed."""

    since: SinceOut
    movements: list[MovementsOut]


class CountsOut(BaseModel):
    """The lines in the order in which they were sent."""

    lines: list[LocatedOut]


def _shape(line: counts.Count) -> CountOut:
    return CountOut.model_validate(line, from_attributes=True)


def _located(conn: Connection, ids: list[str]) -> list[LocatedOut]:
    lines = [line for name in ids if (line := counts.get(conn, name)) is not None]
    found = counts.moved(conn, lines)
    return [
        LocatedOut(
            **_shape(line).model_dump(),
            since=SinceOut.model_validate(found[line.id][0], from_attributes=True),
            movements=[
                MovementsOut.model_validate(part, from_attributes=True)
                for part in found[line.id][1]
            ],
        )
        for line in lines
    ]


@router.get("")
def list_counts(
    station: Here,
    place: Filter = None,
    card_type: Filter = None,
    day: Filter = None,
    differs: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CountOut]:
    """Counted lines, the oldest first."""
    with station.store.read() as conn:
        found = counts.page(
            conn,
            place=place,
            card_type=card_type,
            day=day,
            differs=differs,
            after=after(NOUN, cursor),
            limit=limit + 1,
        )
    items = [_shape(line) for line in found[:limit]]
    return Page(items=items, next=next_of(NOUN, [line.seq for line in found], limit))


@router.get("/{count_id}")
def show_count(count_id: str, station: Here) -> LocatedOut:
    """One line, with what moved since the last one that agreed."""
    with station.store.read() as conn:
        found = _located(conn, [count_id])
    if not found:
        raise Refusal("not-found", "there is no count with this id")
    return found[0]


@router.post(
    "",
    status_code=201,
    openapi_extra=body_of(CountsIn),
    responses={200: {"model": CountsOut, "description": "This request came before"}},
)
def count(posted: PostedBody, station: Here, response: Response) -> CountsOut:
    """Note what was counted. Changes no card; a difference is explained afterwards."""
    said = posted.fields(CountsIn)
    done = posted.earlier
    if done is None:
        refuse_when_closing(station)
        lines = [
            Line(line.card_type, place_named(station, line.place), line.counted)
            for line in said.lines
        ]
        for line in said.lines:
            known_type(station, line.card_type)
        if len({(line.card_type, line.place) for line in lines}) < len(lines):
            raise wrong_field("/lines", "wrong-form", "a type and place stand twice")
        done = acts.count(station.store, posted.request, lines, said.by)
    response.status_code = 200 if done.replayed else 201
    with station.store.read() as conn:
        return CountsOut(lines=_located(conn, done.answer["ids"]))


class ExplanationIn(Shape):
    """Why a count differs. `missing` blanks, or named `cards`, become missing: two persons."""

    explanation: Reason | None = None
    missing: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    cards: Cards | None = None
    by: Person
    supervisor: Person | None = None


@router.post("/{count_id}/explain", openapi_extra=body_of(ExplanationIn))
def explain(count_id: str, posted: PostedBody, station: Here) -> LocatedOut:
    """Explain a difference in words, or carry it as missing; once."""
    said = posted.fields(ExplanationIn)
    if posted.earlier is None:
        named = tuple(said.cards or ())
        if len(set(named)) < len(named) or said.missing not in (0, len(named) or said.missing):
            raise wrong_field("/cards", "wrong-form", "name each card once, and as many as miss")
        explanation = Explanation(said.by, said.explanation, said.missing, named, said.supervisor)
        acts.explain(station.store, posted.request, count_id, explanation)
        station.wake()
    return show_count(count_id, station)
