"""What the page shows, read in a handful of bounded queries. No resident's name or NIK is ever read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from printstation.api.needs import Station
from printstation.api.printers import PrinterOut, SeenReasonOut, list_printers
from printstation.api.questions import FateEvidence, QuestionOut, list_questions
from printstation.console.acts import CHECK, Opened, encoded_types
from printstation.console.care import Care, care
from printstation.console.checks import Checks, checks
from printstation.console.offers import Offer, Stock, offer
from printstation.lifecycle import waits
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import JobState
from printstation.lifecycle.waits import Place, Wait
from printstation.spool.view import PrinterState
from printstation.store import cards, jobs, journal, overview, scans, units
from printstation.store.jobs import Job
from printstation.store.journal import Entry

#: One screen of each; a person answers questions one after the other.
QUESTIONS = 20
NEXT_JOBS = 12
HELD_JOBS = 5
ENTRIES = 12
IN_HAND = (JobState.PROCESSING, JobState.STOPPED)
#: A printer has one job in hand, and a few stopped ones wait for their answers.
MAX_IN_HAND = 20


@dataclass(frozen=True)
class Asked:
    """An open question, the job it is about, and whether only `discard` opens its answer."""

    question: QuestionOut
    job: Job | None
    holds_job: bool


@dataclass(frozen=True)
class Line:
    """One job of the queue, its place and what it waits for."""

    job: Job
    place: int | None
    wait: Wait | None
    question: str | None


#: Reasons that a question itself is behind: whoever answers is told what to mend first.
OF_A_QUESTION = ("discard-due", "card-fate-open")


@dataclass(frozen=True)
class Look:
    """The whole page."""

    printers: list[PrinterOut]
    in_hand: dict[str, Job]
    questions: list[Asked]
    more_questions: bool
    care: Mapping[str, Care]
    #: How many encoded cards of its types wait, and the one that a person called to it, by printer.
    encoded: Mapping[str, int]
    called: Mapping[str, str]
    #: What the open form offers; of the check by eye the whole list.
    offer: Offer
    checks: Checks | None
    counts: dict[str, int]
    queue: list[Line]
    stock: dict[str, dict[str, int]]
    journal: list[Entry]

    def wrong_with(self, printer: str | None) -> list[SeenReasonOut]:
        """What somebody has to mend at this printer before a question about it can be answered."""
        said = [reason for each in self.printers if each.name == printer for reason in each.reasons]
        bad = [reason for reason in said if reason.severity == "error"]
        return [reason for reason in bad if reason.keyword not in OF_A_QUESTION]


def look(station: Station, opened: Opened | None = None, find: str = "") -> Look:
    """Everything, as it is now; what the open form offers is read for it alone."""
    printers = list_printers(station).items
    asked = list_questions(station, state="open", limit=QUESTIONS)
    with station.store.read() as conn:
        stock = cards.balance(conn)
        return Look(
            printers=printers,
            in_hand=_in_hand(conn, printers),
            questions=[_asked(conn, question) for question in asked.items],
            more_questions=asked.next is not None,
            care={each.name: care(conn, station, each) for each in station.config.printers},
            encoded=_encoded(station, stock),
            called=_called(conn, station),
            offer=_offer(conn, station, opened, stock),
            checks=_checks(conn, station, opened, find),
            counts=jobs.counts(conn),
            queue=_queue(conn, station, printers),
            stock=stock,
            journal=_entries(conn),
        )


def _encoded(station: Station, stock: Stock) -> dict[str, int]:
    return {
        each.name: sum(
            stock.get(kind, {}).get(CardState.ENCODED, 0) for kind in encoded_types(station, each)
        )
        for each in station.config.printers
    }


def _called(conn: Connection, station: Station) -> dict[str, str]:
    """{printer: the card that lies ready for it}, where cards are encoded first."""
    driven = [each for each in station.config.printers if encoded_types(station, each)]
    found = {each.name: scans.ready(conn, each.name) for each in driven}
    return {name: ready.card for name, ready in found.items() if ready is not None}


def _offer(conn: Connection, station: Station, opened: Opened | None, stock: Stock) -> Offer:
    printer = station.config.printer(opened.what) if opened else None
    if opened is None or printer is None:
        return Offer()
    return offer(conn, station, opened.act.name, printer, stock)


def _checks(conn: Connection, station: Station, opened: Opened | None, find: str) -> Checks | None:
    if opened is None or opened.act is not CHECK:
        return None
    return checks(conn, opened.what, find, [kind.name for kind in station.config.card_types])


def _in_hand(conn: Connection, printers: Iterable[PrinterOut]) -> dict[str, Job]:
    found = (jobs.get(conn, printer.job) for printer in printers if printer.job is not None)
    return {job.id: job for job in found if job is not None}


def _asked(conn: Connection, question: QuestionOut) -> Asked:
    job = jobs.get(conn, question.job) if question.job is not None else None
    known = question.evidence
    unit = units.get(conn, known.serial) if known is not None and known.serial else None
    holds = isinstance(known, FateEvidence) and unit is not None and unit.holds_job
    return Asked(question, job, holds and unit is not None and not unit.written_off)


def _queue(conn: Connection, station: Station, printers: Iterable[PrinterOut]) -> list[Line]:
    """Those in hand, then the next ones in the order in which they are claimed, then those held."""
    types = [kind.name for kind in station.config.card_types]
    rows = [
        *jobs.page(conn, states=IN_HAND, limit=MAX_IN_HAND),
        *jobs.queue_head(
            conn, types, NEXT_JOBS, printers=[p.name for p in station.config.printers]
        ),
        *jobs.page(conn, states=[JobState.HELD], limit=HELD_JOBS),
    ]
    contexts = overview.of_jobs(conn, [job.id for job in rows])
    stopped = {p.name for p in printers if p.state is PrinterState.STOPPED}
    blanks = overview.loaded_types(conn)
    wanted = scans.wanted(conn, [job.id for job in rows]) if station.config.encode_first else {}
    ahead: dict[str, int] = {}
    lines = []
    for job in rows:
        if job.state is JobState.PENDING:
            # The head of the queue holds the first ones of each type, so places need no counting in SQL.
            ahead[job.card_type] = ahead.get(job.card_type, 0) + 1
        question = contexts[job.id].question
        words = waits.reasons(
            job.state,
            because=job.waits_because,
            question_open=question is not None,
            cancel_requested=job.cancel_requested,
            places=_places(station, job, stopped, blanks),
            card_due=_card_due(station, job, wanted),
        )
        place = ahead[job.card_type] if job.state is JobState.PENDING else None
        lines.append(Line(job, place, waits.waits().get(words[0]) if words else None, question))
    return lines


def _card_due(station: Station, job: Job, wanted: dict[str, scans.Wanted]) -> str | None:
    """What is to be done with the card that this job is to get, if it is encoded first."""
    if job.card_type not in station.config.encode_first:
        return None
    takers = [p for p in station.config.printers if job.card_type in p.card_types]
    driven = any(not printer.outside for printer in takers)
    return scans.card_due(wanted.get(job.id), driven)


def _places(
    station: Station, job: Job, stopped: set[str], blanks: dict[str, set[str]]
) -> tuple[Place, ...]:
    """Where this job is, or could go."""
    encoded = station.config.encode_first
    return tuple(
        Place(
            printer.name in stopped,
            job.card_type in blanks.get(printer.name, ()) or job.card_type in encoded,
            printer.outside,
        )
        for printer in station.config.printers
        if printer.name == (job.printer or job.only_printer or printer.name)
        and (job.printer is not None or job.card_type in printer.card_types)
    )


def _entries(conn: Connection) -> list[Entry]:
    """The newest entries, the newest first."""
    head = journal.head(conn)
    if head is None:
        return []
    return journal.after(conn, max(0, head[0] - ENTRIES), ENTRIES)[::-1]
