"""Acts on jobs: submit, hold, release, cancel, reprint, expire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from printstation.acts.closing import close_question
from printstation.acts.request import Done, Request, once
from printstation.ids import uuid7
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.job import ENDED_STATES, JobState
from printstation.lifecycle.request_reasons import request_reason
from printstation.lifecycle.steps import ENCODED_STEPS, Step
from printstation.refusals import Refusal
from printstation.seal import Seal
from printstation.store import cards, jobs, journal, questions, scans
from printstation.store.engine import Store, Tx
from printstation.store.jobs import Job
from printstation.store.steps import take


@dataclass(frozen=True)
class Order:
    """A checked job, ready to be written down. `payload` is the whole body as it will be sealed."""

    layout: str
    layout_version: str
    card_type: str
    one_per_resident: bool
    resident: bytes | None
    reference: str
    priority: int
    payload: bytes
    sides: int = 1
    hold: bool = False
    expires_at: str | None = None
    requested_on: str | None = None
    reason: str | None = None
    ticket: str | None = None
    replaces: str | None = None
    #: The only printer that may take it; None leaves that to the queue.
    only_printer: str | None = None


#: `reason: "test"` makes an ordinary job whose card ends spoiled, cause *test* (§12).
TEST_REASON = "test"


#: Questions about a printed card that keep it from being handed over.
WITHHOLDING = frozenset({QuestionReason.HAND_OVER, QuestionReason.OTHER_CARD})


def submit(store: Store, seal: Seal, order: Order, request: Request, by: str) -> Done:
    """Write a job down: job, sealed payload and journal entry in one transaction, on disk at return.

    Refuses a used reference, a resident who has a job or a card, a job that cannot be replaced. The
    answer holds the job's id.
    """
    return once(store, request, lambda tx: write_down(tx, store, seal, order, request, by))


def write_down(
    tx: Tx, store: Store, seal: Seal, order: Order, request: Request, by: str
) -> dict[str, Any]:
    """`submit` inside a transaction of the caller's."""
    owner = jobs.by_reference(tx.conn, order.reference)
    if owner is not None:
        raise Refusal(
            "reference-used",
            f"reference {order.reference} belongs to job {owner.id}; use a reference of its own",
            extra={"job": owner.id},
        )
    if order.replaces is not None:
        reason = request_reason(order.reason)
        _same_resident(tx, order.replaces, order.resident)
        _let_go(tx, order.replaces, reason.step, reason.cause, by)
    _check_resident(tx, order.resident if order.one_per_resident else None)
    identity = uuid7(store.clock.now())
    values = {
        "id": identity,
        "state": JobState.HELD if order.hold else JobState.PENDING,
        "card_type": order.card_type,
        "layout": order.layout,
        "layout_version": order.layout_version,
        "reference": order.reference,
        "priority": order.priority,
        "sides": order.sides,
        "requested_on": order.requested_on or tx.at[:10],
        "expires_at": order.expires_at,
        "reason": order.reason,
        "ticket": order.ticket,
        "only_printer": order.only_printer,
        "waits_because": "held" if order.hold else None,
        "resident": order.resident,
        "one_per_resident": int(order.one_per_resident),
        "test": int(order.reason == TEST_REASON),
        "body": request.body,
        "replaces": order.replaces,
        "created_at": tx.at,
    }
    jobs.add(tx, values, seal.key_id, seal.close(order.payload, identity))
    _note_submitted(tx, values, by)
    return {"id": identity}


#: What the journal keeps of a new job.
SUBMITTED = ("card_type", "layout", "layout_version", "reference", "priority", "replaces", "reason")


def _note_submitted(tx: Tx, values: dict[str, Any], by: str) -> None:
    shown = [*SUBMITTED, *(["only_printer"] if values.get("only_printer") else [])]
    journal.append(
        tx,
        "job-submitted",
        job=values["id"],
        by=by,
        data={"job": [None, values["state"]], **{name: values[name] for name in shown}},
    )


def _check_resident(tx: Tx, resident: bytes | None) -> None:
    """§8: a resident has one job or one card, whoever posts it and under whatever key."""
    other = jobs.of_resident(tx.conn, resident) if resident is not None else None
    if other is None:
        return
    if other.state is JobState.COMPLETED:
        raise Refusal(
            "resident-has-card",
            f"this resident's card was made by job {other.id}; reprint that job to replace it",
            extra={"job": other.id},
        )
    raise Refusal(
        "resident-has-job",
        f"this resident's job {other.id} is {other.state}; wait for it or cancel it",
        extra={"job": other.id},
    )


def _same_resident(tx: Tx, identity: str, resident: bytes | None) -> None:
    """Nobody's card is given up for somebody else's job."""
    old = _known(tx, identity)
    if jobs.secret_columns(tx.conn, old.id)["resident"] != resident:
        raise Refusal(
            "not-replaceable", f"job {old.id} is of another resident; name that resident's own job"
        )


def _let_go(tx: Tx, identity: str, step: Step, cause: Cause, by: str) -> Job:
    """The replaced job's good card gets its fate, and its resident is free for the successor."""
    old = _known(tx, identity)
    if old.state not in ENDED_STATES:
        raise Refusal(
            "not-replaceable", f"job {old.id} is {old.state}; it has not ended, so cancel it first"
        )
    if old.replaced:
        later = jobs.successor(tx.conn, old.id)
        raise Refusal(
            "already-replaced", f"job {old.id} was replaced by {later}", extra={"job": later}
        )
    card = cards.get(tx.conn, old.card) if old.card else None
    # `old.card` is the last card that was fed; untouched, it may have become another resident's since.
    ours = card is not None and card.job == old.id
    if card is not None and ours and card.state in (CardState.PRINTED, CardState.ACCEPTED):
        take(tx, step, job=old.id, card=card.id, by=by, set_card={"cause": cause})
        close_hand_over(tx, card.id, "missing" if step is Step.LOSE else "spoiled", by)
    jobs.mark_replaced(tx, old.id)
    return old


def close_hand_over(tx: Tx, card: str, fate: str, by: str) -> None:
    """A withheld card that got its fate elsewhere needs no answer any more."""
    for question in questions.open_ones(tx.conn):
        if question.card == card and question.reason in WITHHOLDING:
            close_question(tx, question, {"card": fate, "job": None, "by": by}, by)


def reprint(
    store: Store, seal: Seal, identity: str, request: Request, *, card: str, cause: str, by: str
) -> Done:
    """Make the successor of an ended job from its sealed payload; a second click finds the first one.

    `card` is what became of the replaced job's card, if that one is still good: `spoiled` or `missing`.
    """

    def act(tx: Tx) -> dict[str, Any]:
        old = _known(tx, identity)
        if old.replaced:
            return {"id": jobs.successor(tx.conn, old.id), "made": False}
        _let_go(tx, identity, Step.LOSE if card == "missing" else Step.SPOIL, Cause(cause), by)
        sealed = jobs.sealed_payload(tx.conn, identity)
        if sealed is None:
            raise Refusal(
                "payload-erased",
                f"the data of job {identity} is erased; post the resident's record again",
            )
        return {"id": _successor(tx, store, seal, old, sealed[1], by), "made": True}

    return once(store, request, act)


def _successor(tx: Tx, store: Store, seal: Seal, old: Job, sealed: bytes, by: str) -> str:
    secret = jobs.secret_columns(tx.conn, old.id)
    _check_resident(tx, secret["resident"] if secret["one_per_resident"] else None)
    fresh = uuid7(store.clock.now())
    values = {
        "id": fresh,
        "state": JobState.PENDING,
        **{
            name: getattr(old, name)
            for name in (
                "card_type",
                "layout",
                "layout_version",
                "reference",
                "priority",
                "sides",
                "requested_on",
                "reason",
                "ticket",
                "only_printer",
            )
        },
        **secret,
        "test": int(old.test),
        "by_reprint": 1,
        "replaces": old.id,
        "created_at": tx.at,
    }
    jobs.add(tx, values, seal.key_id, seal.close(seal.open(sealed, old.id), fresh))
    _note_submitted(tx, values, by)
    return fresh


def _known(tx: Tx, identity: str) -> Job:
    job = jobs.get(tx.conn, identity)
    if job is None:
        raise Refusal("not-found", "there is no job with this id")
    return job


def hold(store: Store, identity: str, request: Request, by: str) -> Done:
    """Keep a pending job from starting."""

    def act(tx: Tx) -> dict[str, Any]:
        scans.drop(tx, identity)
        take(tx, Step.HOLD, job=identity, by=by, set_job={"waits_because": "held"})
        return {"id": identity}

    return once(store, request, act)


def release(store: Store, identity: str, request: Request, by: str) -> Done:
    """Let a held job queue again, at its old place."""

    def act(tx: Tx) -> dict[str, Any]:
        take(tx, Step.RELEASE, job=identity, by=by)
        return {"id": identity}

    return once(store, request, act)


def cancel(store: Store, identity: str, request: Request, by: str) -> Done:
    """Cancel at once what has not been fed; ask for it what has (§11). Repeating it changes nothing.

    Refuses a job that has ended.
    """

    def act(tx: Tx) -> dict[str, Any]:
        job = _known(tx, identity)
        live = jobs.live_card(tx.conn, identity)
        card = cards.get(tx.conn, live) if live else None
        if job.state in ENDED_STATES:
            raise Refusal("job-state", f"job {identity} is {job.state}; it cannot be canceled")
        if job.state in (JobState.PENDING, JobState.HELD):
            scans.drop(tx, identity)
            take(tx, Step.CANCEL, job=identity, by=by)
        elif job.state is JobState.PROCESSING and card and card.state is CardState.RESERVED:
            take(tx, Step.CANCEL_RESERVED, job=identity, card=card.id, by=by)
        elif job.state is JobState.PROCESSING and card and card.state is CardState.ENCODED:
            give_back(tx, identity, card.id, True, "canceled")
            take(tx, Step.CANCEL, job=identity, by=by)
        elif job.state is JobState.STOPPED and card is None:
            _end_stopped(tx, job, by)
        elif not job.cancel_requested:
            jobs.request_cancel(tx, identity)
            journal.append(tx, "cancel-requested", job=identity, printer=job.printer, by=by)
        return {"id": identity}

    return once(store, request, act)


def _end_stopped(tx: Tx, job: Job, by: str) -> None:
    """The device had spoiled the card itself; only the job's future was asked, and this is the answer."""
    take(tx, Step.END, job=job.id, card=job.card, printer=job.printer, by=by)
    for question in questions.open_ones(tx.conn, job=job.id):
        close_question(tx, question, {"card": "spoiled", "job": "cancel", "by": by}, by)


def expire(store: Store, now: str, limit: int = 100) -> int:
    """Abort waiting jobs whose time is over; returns how many."""
    with store.read() as conn:
        due = jobs.expired(conn, now, limit)
    for job in due:
        with store.write() as tx:
            current = _known(tx, job.id)
            if current.state in (JobState.PENDING, JobState.HELD):
                take(tx, Step.EXPIRE, job=job.id)
    return len(due)


def give_back(tx: Tx, job: str, card: str, bound: bool, why: str) -> None:
    """An unfed card returns to where it was, and its job to the queue."""
    step = ENCODED_STEPS[Step.GIVE_BACK] if bound else Step.GIVE_BACK
    take(tx, step, job=job, card=card, data={"why": why})
