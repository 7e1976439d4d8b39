"""Taking a step: the one place that moves a job's and a card's state, with its journal entry.

A move is `UPDATE … WHERE id = … AND state = …`; the caller's transaction is BEGIN IMMEDIATE, so what was
read is what is moved. An event that the table does not have is a refusal: somebody was first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, select, update

from printstation.lifecycle.card import CARD_TABLE, CardEvent, CardState
from printstation.lifecycle.job import ENDED_STATES, JOB_TABLE, JobEvent, JobState
from printstation.lifecycle.pairs import ALLOWED_PAIRS
from printstation.lifecycle.steps import STEPS, Step
from printstation.refusals import Refusal
from printstation.store import journal
from printstation.store.engine import Tx, change
from printstation.store.tables import card as card_table
from printstation.store.tables import job as job_table

_LIVE = frozenset(state for _, state in ALLOWED_PAIRS if state is not None)
_JOB_STATE = select(job_table.c.state, job_table.c.seq).where(job_table.c.id == bindparam("id"))
_CARD_STATE = select(card_table.c.state, card_table.c.job, card_table.c.seq).where(
    card_table.c.id == bindparam("id")
)
_PAIR = (
    select(job_table.c.state, card_table.c.state)
    .select_from(
        job_table.outerjoin(
            card_table,
            and_(card_table.c.job == job_table.c.id, card_table.c.state.in_(sorted(_LIVE))),
        )
    )
    .where(job_table.c.id == bindparam("id"))
)

#: Columns that an event always changes beside the state.
_JOB_EFFECTS: dict[JobEvent, dict[str, Any]] = {
    JobEvent.HOLD: {},
    JobEvent.RELEASE: {"waits_because": None},
    JobEvent.GIVE_BACK: {"printer": None},
    JobEvent.SET_ASIDE: {"printer": None},
    JobEvent.AGAIN: {"printer": None, "cancel_requested": 0},
}
#: A called card moves in no table, but it carries the job's name for as long as it is called.
_STEP_EFFECTS: dict[Step, dict[str, Any]] = {Step.GIVE_BACK_ENCODED: {"job": None}}
_CARD_EFFECTS: dict[CardEvent, dict[str, Any]] = {
    CardEvent.RELEASE: {"job": None},
    CardEvent.UNTOUCHED: {"job": None},
    CardEvent.UNTOUCHED_ENCODED: {"job": None, "printer": None},
    CardEvent.UNLOAD: {"printer": None},
    CardEvent.FIND_PRINTED: {"cause": None},
    CardEvent.TEST: {"cause": "test"},
}


#: Columns of a card beside its state that an entry says, so that `audit` can compare them.
VOUCHED = ("bound_to", "destruction", "loan", "number", "shelf")


def vouched(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Those of the columns that an entry says, as it says them. A keyed hash is said as a digest of itself."""
    return {name: _said(values[name]) for name in VOUCHED if name in values}


def _said(value: str | bytes | None) -> str | None:
    return hashlib.sha256(value).hexdigest()[:32] if isinstance(value, bytes) else value


def set_facts(tx: Tx, kind: str, card: str, by: str, values: Mapping[str, Any]) -> None:
    """Set vouched columns of a card that stays where it is (a shelf, a session), with its entry."""
    change(tx, card_table.c.id, card, values)
    journal.append(tx, kind, card=card, by=by, data={"set": vouched(values)})


def take(
    tx: Tx,
    step: Step,
    *,
    job: str | None = None,
    card: str | None = None,
    printer: str | None = None,
    by: str = journal.STATION,
    data: journal.Data | None = None,
    set_job: dict[str, Any] | None = None,
    set_card: dict[str, Any] | None = None,
) -> None:
    """Move the rows that this step moves and write its entry, all in the caller's transaction.

    Refuses `job-state` or `card-state` when the row is not where the table wants it. Nothing is left
    half-way: the transaction ends with the refusal. A pair of states that is not allowed is an assertion,
    whichever of the two rows the caller named.
    """
    move = STEPS[step]
    named = (move.job is None or job is not None) and (move.card is None or card is not None)
    assert named, f"{step} moves a row that was not named"
    moved: journal.Data = dict(data or {})
    owner = None
    if job is not None:
        _move_job(tx, move.job, job, moved, set_job or {})
    if card is not None:
        values = {**_STEP_EFFECTS.get(step, {}), **(set_card or {})}
        owner = _move_card(tx, move.card, card, job, moved, values)
    whose = job or owner
    if whose is not None and (pair := _pair(tx, whose)) not in ALLOWED_PAIRS:
        raise AssertionError(f"{step}: {pair[0]} with {pair[1]} is not an allowed pair")
    journal.append(tx, step, job=job, card=card, printer=printer, by=by, data=moved)


def _pair(tx: Tx, job: str) -> tuple[JobState, CardState | None]:
    """A job's state and that of its live card, as they are now."""
    found = tx.conn.execute(_PAIR, {"id": job}).all()
    if len(found) != 1:
        raise AssertionError(f"job {job} has {len(found)} live cards")
    return JobState(found[0][0]), CardState(found[0][1]) if found[0][1] else None


def _move_job(
    tx: Tx, event: JobEvent | None, job: str, moved: journal.Data, values: dict[str, Any]
) -> None:
    row = tx.conn.execute(_JOB_STATE, {"id": job}).one_or_none()
    if row is None:
        raise Refusal("not-found", f"there is no job {job}")
    source = target = JobState(row.state)
    if event is not None:
        try:
            target = JOB_TABLE[(source, event)]
        except KeyError:
            raise Refusal(
                "job-state", f"job {job} is {source}; it cannot be changed by '{event}'"
            ) from None
        values = {**_JOB_EFFECTS.get(event, {}), **values, "state": target}
        if (target in ENDED_STATES) != (source in ENDED_STATES):
            values["ended_at"] = tx.at if target in ENDED_STATES else None
        moved["job"] = [source, target]
    if values:
        change(tx, job_table.c.seq, row.seq, values)


def _move_card(
    tx: Tx,
    event: CardEvent | None,
    card: str,
    job: str | None,
    moved: journal.Data,
    values: dict[str, Any],
) -> str | None:
    """Whose card it is now."""
    row = tx.conn.execute(_CARD_STATE, {"id": card}).one_or_none()
    if row is None:
        raise Refusal("not-found", f"there is no card {card}")
    if job is not None and job not in (row.job, values.get("job")):
        raise AssertionError(f"card {card} is of job {row.job}, not of job {job}")
    source = target = CardState(row.state)
    if event is not None:
        try:
            target = CARD_TABLE[(source, event)]
        except KeyError:
            raise Refusal(
                "card-state", f"card {card} is {source}; it cannot be changed by '{event}'"
            ) from None
        values = {**_CARD_EFFECTS.get(event, {}), **values, "state": target}
        moved["card"] = [source, target]
        if "cause" in values and values["cause"] is not None:
            moved["cause"] = values["cause"]
    if values:
        change(tx, card_table.c.seq, row.seq, values)
    if said := vouched(values):
        moved["set"] = said
    held: str | None = values.get("job", row.job)
    return held


def take_many(
    tx: Tx,
    step: Step,
    cards: list[tuple[int, str]],
    source: CardState,
    *,
    printer: str | None = None,
    by: str = journal.STATION,
    data: journal.Data | None = None,
    set_card: dict[str, Any] | None = None,
) -> None:
    """A step that moves many blanks of one state at once (load, unload, lose), as one entry.

    `cards` are (seq, id) pairs read in this transaction.
    """
    if not cards:
        return
    event = STEPS[step].card
    assert event is not None and STEPS[step].job is None
    target = CARD_TABLE[(source, event)]
    values = {**_CARD_EFFECTS.get(event, {}), **(set_card or {}), "state": target}
    for start in range(0, len(cards), 500):
        part = [seq for seq, _ in cards[start : start + 500]]
        done = tx.conn.execute(
            update(card_table)
            .where(card_table.c.seq.in_(part), card_table.c.state == source)
            .values(**values)
        )
        assert done.rowcount == len(part), "cards moved inside one transaction"
    extra = {"cause": values["cause"]} if values.get("cause") else {}
    if said := vouched(values):
        extra["set"] = said
    journal.append(
        tx,
        step,
        printer=printer,
        by=by,
        data={
            **(data or {}),
            **extra,
            "card": [source, target],
            "cards": [identity for _, identity in cards],
        },
    )
