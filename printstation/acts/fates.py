"""What a worker writes down while a card moves, and how the card gets its fate.

Each function is called inside one write transaction and may be repeated: recovery calls the same ones.
The rules are `exactly-once.md` §3, §5, §6; the verdicts come from `lifecycle/evidence.py` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from printstation.acts.closing import close_question, note_question
from printstation.lifecycle.answers import (
    HAND_OVER_PAIRS,
    QuestionReason,
    explained,
    offered,
)
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.evidence import Facts, Fate, Verdict
from printstation.lifecycle.job import JobState
from printstation.lifecycle.steps import ENCODED_STEPS, Step
from printstation.store import cards, feeds, filed, jobs, journal, questions, units
from printstation.store.cards import Card
from printstation.store.engine import Tx
from printstation.store.feeds import Feed
from printstation.store.jobs import Job
from printstation.store.questions import Question
from printstation.store.steps import take

#: Row 7 of the table: the device drew no card.
DREW_NONE_ROW = 7


@dataclass(frozen=True)
class Witness:
    """What step *feed* writes down about the device before the card can move."""

    serial: str | None
    session: str
    counter_kind: str
    counter: int | None
    path: bool | None
    #: Panels of the ribbon that a print of this card takes; None where nothing is known of them.
    panels: int | None = None


def feed(tx: Tx, job: Job, card: str, printer: str, witness: Witness) -> int:
    """Step *feed*: the intent and the witnesses, before the first byte. Returns the feed's number."""
    take(
        tx,
        Step.FEED,
        job=job.id,
        card=card,
        printer=printer,
        data={"serial": witness.serial, "counter": witness.counter, "session": witness.session},
        set_job={"card": card},
        set_card={"printer": printer},
    )
    if witness.serial is not None:
        units.change(tx, witness.serial, discard_due=1)
    return feeds.add(
        tx,
        job=job.id,
        card=card,
        printer=printer,
        serial=witness.serial,
        session=witness.session,
        counter_kind=witness.counter_kind,
        counter_before=witness.counter,
        path=None if witness.path is None else int(witness.path),
        panels=witness.panels,
    )


def sent(tx: Tx, moving: Feed) -> None:
    """Step *sent*: the last byte was acknowledged."""
    feeds.change(tx, moving.id, sent_at=tx.at)
    journal.append(tx, "card-sent", job=moving.job, card=moving.card, printer=moving.printer)


def error_seen(tx: Tx, moving: Feed, errors: tuple[str, ...]) -> None:
    """An error seen since *feed* stays on record, even if it goes away and we with it."""
    if errors == moving.errors:
        return
    # A person may have settled it meanwhile; then its evidence is closed, and only the journal goes on.
    if feeds.get(tx.conn, moving.id).settled_at is None:
        feeds.change(tx, moving.id, errors=",".join(errors))
    journal.append(
        tx,
        "printer-error",
        job=moving.job,
        card=moving.card,
        printer=moving.printer,
        data={"errors": list(errors)},
    )


def stop(tx: Tx, moving: Feed, why: str) -> None:
    """The walk of this card ended without a verdict: its job stops and a question is asked."""
    job = jobs.get(tx.conn, moving.job)
    assert job is not None
    if job.state is JobState.PROCESSING:
        take(
            tx,
            Step.STOP,
            job=job.id,
            card=moving.card,
            printer=moving.printer,
            data={"why": why},
        )
        feeds.change(tx, moving.id, stopped_at=tx.at)
    _ask_fate(tx, moving, None, None)


def _ask_fate(tx: Tx, moving: Feed, facts: Facts | None, verdict: Verdict | None) -> None:
    offers = offered(facts, verdict)
    asked = questions.of_feed(tx.conn, moving.id)
    if asked is None:
        identity = questions.add(
            tx,
            QuestionReason.CARD_FATE,
            offers,
            printer=moving.printer,
            job=moving.job,
            card=moving.card,
            feed=moving.id,
            serial=moving.serial,
        )
        note_asked(tx, identity, QuestionReason.CARD_FATE, moving.printer, moving.job, moving.card)
    elif asked.closed_at is None and asked.offers != offers:
        questions.set_offers(tx, asked.id, offers)
        _note_changed(tx, asked)


def _note_changed(tx: Tx, asked: Question) -> None:
    """What is offered, or how many cards are unexplained, is not what it was when the question was asked."""
    note_question(tx, "question-changed", asked.id, asked.printer, asked.job, asked.card)


def note_asked(
    tx: Tx,
    identity: str,
    reason: QuestionReason,
    printer: str | None,
    job: str | None = None,
    card: str | None = None,
    *,
    by: str = journal.STATION,
) -> None:
    """The entry of a question that was asked just now; `by` is the person whose act raised it."""
    note_question(
        tx, "question-asked", identity, printer, job, card, by=by, told={"reason": reason}
    )


def settle(tx: Tx, moving: Feed, facts: Facts, verdict: Verdict) -> None:
    """Write the verdict of the table down and move job and card by it. Settling twice changes nothing.

    *unknown* leaves the card fed and its question open; only a person closes it.
    """
    if moving.settled_at is not None:
        return
    _book_counter(tx, moving, facts, verdict.fate)
    settled = verdict.fate is not Fate.UNKNOWN
    feeds.change(
        tx,
        moving.id,
        counter_after=facts.counter_now,
        path=None if facts.path_now is None else int(facts.path_now),
        errors=",".join(facts.errors),
        discarded=int(facts.discarded),
        verdict=verdict.fate,
        rule=verdict.rule,
        settled_at=tx.at if settled else None,
    )
    if settled:
        filed.finish(tx, "feed", moving.id)
    job = jobs.get(tx.conn, moving.job)
    card = cards.get(tx.conn, moving.card)
    assert job is not None and card is not None
    if verdict.fate is Fate.PRINTED:
        printed(tx, job, card, {"rule": verdict.rule})
        _close_fate(tx, moving, verdict)
    elif verdict.fate is Fate.UNTOUCHED:
        _untouched(tx, job, card, verdict)
        _close_fate(tx, moving, verdict)
    elif verdict.fate is Fate.SPOILED:
        _spoiled(tx, moving, job, card, facts, verdict)
    else:
        stop(tx, moving, "unknown")
        _ask_fate(tx, moving, facts, verdict)


def _book_counter(tx: Tx, moving: Feed, facts: Facts, fate: Fate) -> None:
    """§6: the running sum grows by what this feed explains, at most one; a reading never overwrites it."""
    if moving.serial is None or facts.serial_now != moving.serial:
        return
    accounts_for = explained(facts.delta, fate)
    units.explain(tx, moving.serial, accounts_for - moving.explained)
    feeds.change(tx, moving.id, explained=accounts_for)
    if facts.counter_now is not None:
        units.change(tx, moving.serial, seen=facts.counter_now)


def printed(
    tx: Tx,
    job: Job,
    card: Card,
    data: journal.Data,
    by: str = journal.STATION,
    scanned: dict[str, Any] | None = None,
) -> None:
    """The card exists: the job is completed. Withheld from hand-over if a cancel came too late (§11).

    `scanned` is the number that a person read from it, if he did.
    """
    step = Step.FINISH_TEST if job.test else Step.FINISH
    held = card.printer
    take(tx, step, job=job.id, card=card.id, printer=held, by=by, data=data, set_card=scanned)
    if job.cancel_requested and not job.test:
        identity = questions.add(
            tx,
            QuestionReason.HAND_OVER,
            HAND_OVER_PAIRS,
            printer=card.printer,
            job=job.id,
            card=card.id,
        )
        note_asked(tx, identity, QuestionReason.HAND_OVER, card.printer, job.id, card.id)


def _untouched(tx: Tx, job: Job, card: Card, verdict: Verdict) -> None:
    step = Step.UNTOUCHED_CANCEL if job.cancel_requested else Step.UNTOUCHED
    if card.bound:
        step = ENCODED_STEPS[step]
    take(tx, step, job=job.id, card=card.id, printer=card.printer, data={"rule": verdict.rule})
    # A card that nobody pushed in tells nothing of the hopper.
    if verdict.rule == DREW_NONE_ROW and card.printer is not None and not card.bound:
        ask_count(tx, card.printer)


def _spoiled(tx: Tx, moving: Feed, job: Job, card: Card, facts: Facts, verdict: Verdict) -> None:
    """The device itself rejected the card. What becomes of the job is a person's to say."""
    if job.cancel_requested:
        step = Step.SPOILED_CANCEL
    elif job.state is JobState.PROCESSING:
        step = Step.SPOILED_STOP
    else:
        step = Step.SPOILED
    take(
        tx,
        step,
        job=job.id,
        card=card.id,
        printer=moving.printer,
        data={"rule": verdict.rule},
        set_card={"cause": Cause.TEST if job.test else Cause.PRINT_FAILED},
    )
    if job.cancel_requested:
        _close_fate(tx, moving, verdict)
    else:
        _ask_fate(tx, moving, facts, verdict)


def _close_fate(tx: Tx, moving: Feed, verdict: Verdict) -> None:
    """The device gave the answer itself; the question that was open meanwhile needs nobody any more."""
    asked = questions.of_feed(tx.conn, moving.id)
    if asked is None or asked.closed_at is not None:
        return
    answer = {"card": verdict.fate, "job": None, "by": journal.STATION, "rule": verdict.rule}
    close_question(tx, asked, answer, journal.STATION)


def ask_count(tx: Tx, printer: str, *, always: bool = False) -> bool:
    """§10: *empty* while rows remain (or a restored copy: `always`) asks for a count, once."""
    empty = cards.in_hopper(tx.conn, printer) == 0
    if (empty and not always) or questions.open_ones(
        tx.conn, printer=printer, reason=QuestionReason.HOPPER_COUNT
    ):
        return False
    identity = questions.add(tx, QuestionReason.HOPPER_COUNT, (), printer=printer)
    note_asked(tx, identity, QuestionReason.HOPPER_COUNT, printer)
    return True


def counter_as_expected(conn: Connection, serial: str, reading: int | None) -> bool:
    """Whether `compare_counter` would find nothing to write and nothing to ask."""
    known = units.get(conn, serial)
    return (
        known is not None and reading == known.expected == known.seen and known.allowance == 0
    ) or reading is None


def compare_counter(tx: Tx, printer: str, serial: str, reading: int | None) -> bool:
    """§6: whether this unit's counter shows what is explained; a difference asks, and stops the printer.

    The first reading of a unit is where its sum starts. The question waits for this printer's card-fate
    questions, since their answers may explain the difference.
    """
    known = units.get(tx.conn, serial)
    assert known is not None, "a unit is met before it is compared"
    if reading is None:
        return True
    if known.expected is None:
        units.change(tx, serial, expected=reading, seen=reading, allowance=0)
        return True
    late = min(max(reading - known.expected, 0), known.allowance)
    if reading != known.seen or known.allowance:
        units.change(tx, serial, seen=reading, allowance=0, expected=known.expected + late)
    difference = reading - known.expected - late
    if difference == 0:
        return True
    if not feeds.unsettled(tx.conn, printer=printer):
        _ask_unexplained(tx, printer, serial, difference)
    return False


def _ask_unexplained(tx: Tx, printer: str, serial: str, difference: int) -> None:
    asked = questions.open_ones(tx.conn, printer=printer, reason=QuestionReason.UNEXPLAINED)
    if asked:
        if asked[0].difference != difference or asked[0].serial != serial:
            questions.set_difference(tx, asked[0].id, difference, serial)
            _note_changed(tx, asked[0])
        return
    identity = questions.add(
        tx,
        QuestionReason.UNEXPLAINED,
        (),
        printer=printer,
        serial=serial,
        difference=difference,
    )
    note_asked(tx, identity, QuestionReason.UNEXPLAINED, printer)


def spoil_extra(tx: Tx, printer: str, extra: int, by: str) -> int:
    """Further cards of one feed come out of the recorded blanks of its hopper; returns how many there were."""
    rows = cards.pick(tx.conn, CardState.LOADED, extra, printer=printer)
    for _, identity in rows:
        take(
            tx,
            Step.SPOIL,
            card=identity,
            printer=printer,
            by=by,
            data={"extra": True},
            set_card={"cause": Cause.PRINT_FAILED},
        )
    return len(rows)
