"""Mending a wrong answer: two persons, a reason, and the journal keeps both (`exactly-once.md` §7).

A missing card that is found becomes spoiled, or the printed card of its job; never a blank again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import IntegrityError

from printstation.acts.jobs import close_hand_over
from printstation.acts.questions import cause_of, supervised
from printstation.acts.request import Done, Request, once
from printstation.lifecycle.answers import CardFate
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.job import JobState
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.store import cards, jobs
from printstation.store.cards import Card
from printstation.store.engine import Store, Tx
from printstation.store.steps import take

#: (where the card is by the rows, what it really is) -> the step that mends it. *printed* also needs its job.
MENDS: dict[tuple[CardState, CardFate], Step] = {
    (CardState.MISSING, CardFate.SPOILED): Step.FIND_SPOILED,
    (CardState.PRINTED, CardFate.SPOILED): Step.DISOWN_SPOILED,
    (CardState.ACCEPTED, CardFate.SPOILED): Step.DISOWN_SPOILED,
    (CardState.PRINTED, CardFate.MISSING): Step.DISOWN_MISSING,
    (CardState.ACCEPTED, CardFate.MISSING): Step.DISOWN_MISSING,
    (CardState.MISSING, CardFate.PRINTED): Step.RECLAIM,
    (CardState.SPOILED, CardFate.PRINTED): Step.RECLAIM,
}


def correct(
    store: Store,
    identity: str,
    request: Request,
    *,
    card: CardFate,
    cause: str | None,
    by: str,
    supervisor: str | None,
    reason: str | None = None,
) -> Done:
    """Say what a card really is, against an earlier answer.

    Refuses one person alone, no reason, a move that is no correction, a card in a session for destruction,
    and a *printed* whose job or resident has another card by now. Nothing is changed then.
    """

    def act(tx: Tx) -> dict[str, Any]:
        supervised(by, supervisor, "a correction")
        found = cards.get(tx.conn, identity)
        if found is None:
            raise Refusal("not-found", f"there is no card {identity}")
        step = MENDS.get((found.state, card))
        if step is None:
            raise Refusal(
                "card-state", f"card {identity} is {found.state}; it cannot be corrected to {card}"
            )
        if found.state is CardState.SPOILED and cards.bound_up(tx.conn, [identity]):
            raise Refusal(
                "in-another-session",
                f"card {identity} lies in a session for destruction; take it out there first",
            )
        if not reason:
            detail = "say why this is corrected; the journal keeps it beside the first answer"
            raise Refusal("invalid", detail, (FieldError("/reason", "missing", detail),))
        note = {"correction": True, "supervisor": supervisor, "why": reason}
        _mend(tx, found, card, step, cause, by, note)
        return {"id": identity}

    return once(store, request, act)


def disown(tx: Tx, card: Card, by: str, note: dict[str, Any]) -> None:
    """A card of the shelf that a count does not find: missing, and its job's resident may have another."""
    close_hand_over(tx, card.id, CardFate.MISSING, by)
    cause = {"cause": Cause.COUNT}
    take(tx, Step.DISOWN_MISSING, job=card.job, card=card.id, by=by, data=note, set_card=cause)


def _mend(
    tx: Tx,
    found: Card,
    card: CardFate,
    step: Step,
    cause: str | None,
    by: str,
    note: dict[str, Any],
) -> None:
    job = found.job
    if card is CardFate.PRINTED:
        step, job = _reclaim(tx, found)
    elif step in (Step.DISOWN_SPOILED, Step.DISOWN_MISSING):
        close_hand_over(tx, found.id, card, by)
    else:
        job = None
    # Why the card is spoiled or missing; a printed card has no cause.
    why = None if card is CardFate.PRINTED else cause_of(cause, Cause.OTHER)
    try:
        take(
            tx,
            step,
            job=job,
            card=found.id,
            by=by,
            data=note,
            set_card={"cause": why},
        )
    except IntegrityError:
        raise Refusal(
            "resident-has-job",
            f"the resident of card {found.id} has another job or card by now; settle that one first",
        ) from None


def _reclaim(tx: Tx, found: Card) -> tuple[Step, str]:
    """The job whose printed card this is, and the step that gives it back."""
    job = jobs.get(tx.conn, found.job) if found.job else None
    if job is None:
        raise Refusal(
            "card-state",
            f"card {found.id} was never fed for a job; it can only be spoiled",
            (FieldError("/card", "no-job", "this card has no job"),),
        )
    if job.replaced or job.test:
        raise Refusal(
            "job-state", f"job {job.id} was replaced or is a test; its card stays spoiled"
        )
    if job.state is JobState.COMPLETED:
        return Step.FIND_PRINTED, job.id
    if job.state not in (JobState.CANCELED, JobState.ABORTED):
        raise Refusal(
            "job-state", f"job {job.id} is {job.state}, so it makes another card; cancel it first"
        )
    return Step.RECLAIM, job.id
