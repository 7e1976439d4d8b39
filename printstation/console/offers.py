"""What an open form offers: read only while somebody has it open, so that the page that nobody touches stays cheap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from printstation.api.needs import Station
from printstation.config import PrinterConfig
from printstation.console.acts import Choice, encoded_types, hopper_types
from printstation.console.words import masked
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import JobState
from printstation.store import cards, jobs, scans
from printstation.store.cards import Card
from printstation.store.jobs import Job

#: A screen of them; the next ones come when these are done.
NEXT = 12
#: Encoded cards that are looked at for it: some hours of an encoder.
ENCODED = 50
Stock = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Wanted:
    """A waiting job, and the card that was encoded for it if it is to get a certain one."""

    job: Job
    card: Card | None = None


@dataclass(frozen=True)
class Offer:
    """What stands in a form besides its own table: choices by field, first values, the cards that are asked for."""

    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    wanted: Sequence[Wanted] = ()


def offer(
    conn: Connection, station: Station, act: str, printer: PrinterConfig, stock: Stock
) -> Offer:
    """Of this form of this printer."""
    if act == "load":
        return _load(conn, station, printer, stock)
    if act == "scan":
        return Offer(wanted=encoded(conn, printer, encoded_types(station, printer)))
    if act == "outside":
        wanted = _outside(conn, station, printer)
        return Offer({"job": [_choice(each) for each in wanted]}, wanted=wanted)
    return Offer()


def _load(conn: Connection, station: Station, printer: PrinterConfig, stock: Stock) -> Offer:
    """The types of this hopper; at first the one that lies in it, or that there is to load."""
    types = hopper_types(station, printer)
    left = {kind: stock.get(kind, {}).get(CardState.STORED, 0) for kind in types}
    inside = {kind for kind, _, _ in cards.hopper_batches(conn, printer.name)} & set(types)
    stored = {kind for kind in types if left[kind]}
    likely = next((few.pop() for few in (inside, set(types), stored) if len(few) == 1), "")
    choices = [Choice(kind, "stored-of", {"type": kind, "count": left[kind]}) for kind in types]
    return Offer({"card_type": choices}, {"card_type": likely})


def encoded(conn: Connection, printer: PrinterConfig, types: Sequence[str]) -> list[Wanted]:
    """The encoded cards whose jobs wait for this printer, in the order of the queue."""
    found = []
    for kind in types:
        for _, identity in cards.pick(conn, CardState.ENCODED, ENCODED, card_type=kind):
            card = cards.get(conn, identity)
            resident = scans.bound_to(conn, identity)
            job = jobs.of_resident(conn, resident) if resident is not None else None
            if card is None or card.job is not None or job is None:
                continue
            if (job.state, job.card_type) == (JobState.PENDING, kind) and _goes(job, printer):
                found.append(Wanted(job, card))
    return sorted(found, key=lambda each: _order(each.job))[:NEXT]


def _outside(conn: Connection, station: Station, printer: PrinterConfig) -> list[Wanted]:
    """The next jobs whose card this printer can make: from its blanks, or from a card that was encoded."""
    types = hopper_types(station, printer)
    waiting = jobs.queue_head(conn, types, NEXT, printers=[printer.name])
    found = [Wanted(job) for job in waiting]
    found += encoded(conn, printer, encoded_types(station, printer))
    return sorted(found, key=lambda each: _order(each.job))[:NEXT]


def _choice(wanted: Wanted) -> Choice:
    job = wanted.job
    told = [job.reference, job.ticket, job.card_type, wanted.card and wanted.card.number]
    return Choice(job.id, text=" · ".join(masked(word) for word in told if word))


def _goes(job: Job, printer: PrinterConfig) -> bool:
    return job.only_printer in (None, printer.name)


def _order(job: Job) -> tuple[int, str, int]:
    return (-job.priority, job.requested_on, job.seq)
