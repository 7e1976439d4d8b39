"""A card that the ministry's own application prints, on a printer that this station does not drive.

Nobody here sees the device, so nothing is ever concluded: step *feed* is written, and the card's fate is asked at
once (`exactly-once.md` §7). From the answer on the card is one like all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from printstation.acts import fates
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import JobState
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, feeds, jobs, questions, scans, units
from printstation.store.cards import Card
from printstation.store.engine import Store, Tx
from printstation.store.jobs import Job
from printstation.store.steps import take

#: There is no device, no unit and no session: what is on record is a person's word.
NO_WITNESS = fates.Witness(None, "outside", "none", None, None)


def record(
    store: Store,
    request: Request,
    *,
    printer: str,
    card_types: Sequence[str],
    encode_first: frozenset[str],
    job: str,
    number: str | None,
    by: str,
) -> Done:
    """Note that this job's card goes into the printer outside, and ask what becomes of it.

    The card is the one that was encoded for the job, else the next loaded blank of that printer, to which
    `number` is bound. Refuses a paused printer, a job that does not wait, a type that is not printed there, a
    number that is on another card. The answer names the card and the question; a restart keeps both.
    """

    def act(tx: Tx) -> dict[str, Any]:
        _refuse_stopped(tx, printer)
        wanted = _waiting(tx, job, printer, card_types)
        card, step, bind = _card(tx, wanted, printer, wanted.card_type in encode_first, number)
        scans.drop(tx, wanted.id)
        take(
            tx,
            step,
            job=wanted.id,
            card=card.id,
            printer=printer,
            by=by,
            set_job={"printer": printer},
            set_card={"job": wanted.id, **bind},
        )
        feed = fates.feed(tx, wanted, card.id, printer, NO_WITNESS)
        # Nothing of ours waits in that device: the answer need not.
        feeds.change(tx, feed, discarded=1)
        moving = feeds.get(tx.conn, feed)
        fates.stop(tx, moving, "outside")
        asked = questions.of_feed(tx.conn, feed)
        assert asked is not None
        return {"printer": printer, "job": wanted.id, "card": card.id, "question": asked.id}

    return once(store, request, act)


def _refuse_stopped(tx: Tx, printer: str) -> None:
    paused, count_due = units.holds(tx.conn, printer)
    if paused:
        raise Refusal("printer-stopped", f"printer {printer} is paused; resume it first")
    if count_due:
        raise Refusal(
            "printer-stopped",
            f"printer {printer} waits for a count of its blanks since a backup was restored; count them",
        )


def _waiting(tx: Tx, identity: str, printer: str, card_types: Sequence[str]) -> Job:
    job = jobs.get(tx.conn, identity)
    if job is None:
        raise Refusal("not-found", "there is no job with this id")
    if job.card_type not in card_types:
        detail = (
            f"job {job.id} makes a {job.card_type}; printer {printer} takes {', '.join(card_types)}"
        )
        raise Refusal("card-type-refused", detail, (FieldError("/job", "refused", detail),))
    if job.only_printer not in (None, printer):
        raise Refusal(
            "wrong-printer", f"job {job.id} is asked for at printer {job.only_printer} alone"
        )
    if job.state is not JobState.PENDING:
        raise Refusal("job-state", f"job {job.id} is {job.state}; it takes no card now")
    return job


def _card(
    tx: Tx, job: Job, printer: str, encoded: bool, number: str | None
) -> tuple[Card, Step, dict[str, Any]]:
    """The card that goes in, the step that takes it, and what is bound to it."""
    if encoded:
        return _encoded(tx, job, number), Step.START_ENCODED, {}
    known = scans.numbered(tx.conn, number, (job.card_type,)) if number else []
    if known and known[0].state is CardState.LOADED and known[0].printer == printer:
        return known[0], Step.START, {}
    found = cards.pick(tx.conn, CardState.LOADED, 1, printer=printer, card_type=job.card_type)
    bind = {"number": scans.unused(tx.conn, job.card_type, number)} if number else {}
    blank = cards.get(tx.conn, found[0][1]) if found else None
    if blank is None:
        raise Refusal(
            "not-enough-blanks",
            f"no {job.card_type} blank is recorded at printer {printer}; load some first",
        )
    if bind and blank.number is not None:
        raise _another(blank.id, f"the next blank of printer {printer} bears another number")
    return blank, Step.START, bind


def _encoded(tx: Tx, job: Job, number: str | None) -> Card:
    resident = jobs.secret_columns(tx.conn, job.id)["resident"]
    card = (
        scans.of_resident(tx.conn, resident, (CardState.ENCODED,), job.card_type)
        if resident is not None
        else None
    )
    if card is None:
        raise Refusal(
            "not-enough-blanks", f"no card is encoded for job {job.id}; record its encoding first"
        )
    if number not in (None, card.number):
        raise _another(
            card.id, f"this is not the number of card {card.id}, encoded for job {job.id}"
        )
    return card


def _another(card: str, detail: str) -> Refusal:
    error = FieldError("/number", "other-card", detail)
    return Refusal("wrong-card", detail, (error,), extra={"card": card})
