"""Printed cards that wait for the check by eye, as the page lists them. No resident's name or NIK is ever read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from printstation.acts.jobs import WITHHOLDING
from printstation.lifecycle.card import CardState
from printstation.store import cards, jobs, questions, scans
from printstation.store.cards import Card
from printstation.store.jobs import Job

#: The oldest few; any other one is found by what is read from it.
OLDEST = 8
#: A job and its reprints have one reference.
REPRINTS = 20


@dataclass(frozen=True)
class Check:
    """A card, its job, and the question that withholds it."""

    card: Card
    job: Job | None
    question: str | None


@dataclass(frozen=True)
class Checks:
    """The open list. `chosen` is the card whose form is open; `lost`: what was looked for is not there."""

    items: Sequence[Check] = ()
    chosen: str | None = None
    lost: bool = False


def checks(conn: Connection, wanted: str | None, find: str, card_types: Sequence[str]) -> Checks:
    """The oldest cards that wait, the chosen one before them; `find` is read from a card in somebody's hand."""
    found = _found(conn, find, card_types) if find else cards.get(conn, wanted or "")
    chosen = found if found is not None and found.state is CardState.PRINTED else None
    ids = [identity for _, identity in cards.pick(conn, CardState.PRINTED, OLDEST)]
    if chosen is not None:
        ids = [chosen.id, *(identity for identity in ids if identity != chosen.id)]
    withheld = {
        question.card: question.id
        for question in questions.open_ones(conn)
        if question.reason in WITHHOLDING
    }
    items = [
        Check(card, jobs.get(conn, card.job) if card.job else None, withheld.get(card.id))
        for identity in ids
        if (card := cards.get(conn, identity)) is not None
    ]
    return Checks(items, chosen.id if chosen else None, bool(find) and chosen is None)


def _found(conn: Connection, text: str, card_types: Sequence[str]) -> Card | None:
    """The printed card with this id, number or reference (which is the whole text of its QR code)."""
    known = [cards.get(conn, text), *scans.numbered(conn, text, card_types)]
    for job in jobs.page(conn, reference=text, limit=REPRINTS):
        known.append(cards.get(conn, job.card) if job.card else None)
    return next((c for c in known if c is not None and c.state is CardState.PRINTED), None)
