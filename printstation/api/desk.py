"""What happens to a printed card at the desk: the check by eye, its shelf, the hand-over, and who still waits."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, StringConstraints

from printstation.acts import handover, quality
from printstation.api.cards import CardOut, show_card
from printstation.api.needs import Here, Station
from printstation.api.orders import card_type_refused
from printstation.api.paging import Cursor, Limit, after, next_of
from printstation.api.repeat import PostedBody, Shape, body_of
from printstation.api.words import Note, Person, Resident, Word
from printstation.clock import rfc3339
from printstation.store import handovers
from printstation.store.holders import Holder
from printstation.store.tables import OldCard, Receiver

router = APIRouter(prefix="/v1/cards", tags=["cards"])
NOUN = "u"
#: Ten years; more is a typing error.
MAX_DAYS = 3650
#: First days of the classes of the ageing list: this week, this month, this quarter, this year, and longer.
AGES = (0, 8, 31, 91, 366)


def _no_number_of_a_person(text: str) -> str:
    if re.search(r"[0-9]{12}", text):
        raise ValueError("a place, not the number of a person: it stands in the journal")
    return text


Shelf = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9 ./_-]{0,22}[A-Za-z0-9])?$"),
    AfterValidator(_no_number_of_a_person),
]


class CheckIn(Shape):
    """What a person saw; `cause` with a spoiled card, `number` scanned from the very card in his hand."""

    result: Literal["accepted", "spoiled"]
    cause: Note | None = None
    number: Word | None = None
    shelf: Shelf | None = None
    by: Person


class CheckedOut(CardOut):
    """The card, and the question that was asked because another card's number was scanned."""

    question: str | None


class ShelfIn(Shape):
    """Where the card waits for its holder."""

    shelf: Shelf
    by: Person


class HolderIn(Shape):
    """The person on a surrendered card; kept sealed until its destruction."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    nik: Resident
    address: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class SurrenderedIn(Shape):
    """The old card on the desk: by its id here, by its number, or as one that another office printed."""

    card: Word | None = None
    number: Word | None = None
    card_type: Word | None = None
    holder: HolderIn | None = None


class HandOverIn(Shape):
    """Who took the card, and what was given for it."""

    receiver: Literal["holder", "proxy"]
    proxy_letter: Word | None = None
    old_card: Literal["none", "surrendered", "police-letter"]
    surrendered: SurrenderedIn | None = None
    police_letter: Word | None = None
    by: Person


class HandedOverOut(CardOut):
    """The card, the number of its hand-over, and the row of the surrendered card."""

    handover: str
    surrendered: str | None


class AgeOut(BaseModel):
    """Accepted cards of one age, in whole days since they were printed; `to_days` null is open."""

    from_days: int
    to_days: int | None
    count: int


class WaitingOut(BaseModel):
    """A card that nobody has fetched; no personal data."""

    card: str
    card_type: str
    shelf: str | None
    job: str
    ticket: str | None
    printed_at: str
    days: int


class UncollectedOut(BaseModel):
    """The ageing list: all accepted cards by age, and those of at least `days` days one by one."""

    days: int
    total: int
    ages: list[AgeOut]
    items: list[WaitingOut]
    next: str | None


@router.get("/uncollected")
def list_uncollected(
    station: Here,
    days: Annotated[int, Query(ge=0, le=MAX_DAYS)] = 0,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> UncollectedOut:
    """Accepted cards that were not handed over, `days` or more days after they were printed."""
    bounds = [*AGES, days]
    with station.store.read() as conn:
        older = handovers.ages(conn, [_before(station, bound) for bound in bounds])
        found = handovers.uncollected(
            conn, _before(station, days), after=after(NOUN, cursor), limit=limit + 1
        )
    today = station.clock.now().astimezone(station.config.zone).date()
    items = [
        WaitingOut(
            card=card.id,
            card_type=card.card_type,
            shelf=card.shelf,
            job=card.job,
            ticket=card.ticket,
            printed_at=card.printed_at,
            days=(
                today
                - datetime.fromisoformat(card.printed_at).astimezone(station.config.zone).date()
            ).days,
        )
        for card in found[:limit]
    ]
    return UncollectedOut(
        days=days,
        total=older[-1],
        ages=_ages(older[:-1]),
        items=items,
        next=next_of(NOUN, [card.seq for card in found], limit),
    )


def _before(station: Station, days: int) -> str:
    """The moment before which a card was printed that is so many days old: days are the office's own."""
    zone = station.config.zone
    today = station.clock.now().astimezone(zone).date()
    return rfc3339(datetime.combine(today - timedelta(days=days - 1), time(), zone))


def _ages(older: list[int]) -> list[AgeOut]:
    return [
        AgeOut(
            from_days=first,
            to_days=None if after is None else after - 1,
            count=here - beyond,
        )
        for first, after, here, beyond in zip(
            AGES, (*AGES[1:], None), older, (*older[1:], 0), strict=True
        )
    ]


@router.post("/{card_id}/check", openapi_extra=body_of(CheckIn))
def check_card(card_id: str, station: Here, posted: PostedBody) -> CheckedOut:
    """Accept a printed card or spoil it. An accepted card's data is erased but for name, NIK and address."""
    done = posted.earlier
    if done is None:
        said = posted.fields(CheckIn)
        seen = quality.Checked(
            said.by, said.result == "accepted", said.cause, said.number, said.shelf
        )
        kinds = [kind.name for kind in station.config.card_types]
        done = quality.check(station.store, station.seal, kinds, card_id, seen, posted.request)
        station.wake()
    return CheckedOut(**dict(show_card(card_id, station)), question=done.answer["question"])


@router.post("/{card_id}/shelf", openapi_extra=body_of(ShelfIn))
def shelve_card(card_id: str, station: Here, posted: PostedBody) -> CardOut:
    """Say where an accepted card waits for its holder."""
    if posted.earlier is None:
        said = posted.fields(ShelfIn)
        quality.shelve(station.store, card_id, said.shelf, said.by, posted.request)
    return show_card(card_id, station)


@router.post("/{card_id}/hand-over", openapi_extra=body_of(HandOverIn))
def hand_over_card(card_id: str, station: Here, posted: PostedBody) -> HandedOverOut:
    """Give an accepted card to its holder or a proxy, against what its request's reason demands."""
    done = posted.earlier
    if done is None:
        said = posted.fields(HandOverIn)
        _check_type(station, said.surrendered)
        happened = handover.HandOver(
            said.by,
            Receiver(said.receiver),
            OldCard(said.old_card),
            said.proxy_letter,
            said.police_letter,
            _surrendered(said.surrendered),
            slip=station.config.receipt_printer is not None,
        )
        done = handover.hand_over(station.store, station.seal, card_id, happened, posted.request)
    shown = dict(show_card(card_id, station))
    told = {name: done.answer[name] for name in ("handover", "surrendered")}
    return HandedOverOut(**shown, **told)


def _check_type(station: Station, said: SurrenderedIn | None) -> None:
    if said is not None and said.card_type is not None:
        known = [kind.name for kind in station.config.card_types]
        if said.card_type not in known:
            raise card_type_refused(f"there is no such card type; there are: {', '.join(known)}")


def _surrendered(said: SurrenderedIn | None) -> handover.Surrendered | None:
    if said is None:
        return None
    who = said.holder
    holder = None if who is None else Holder(who.name, who.nik, who.address)
    return handover.Surrendered(said.card, said.number, said.card_type, holder)
