"""Steps on real rows: what they move, what they refuse, and that none ever leaves the allowed pairs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from printstation.lifecycle.card import CARD_TABLE, CardState
from printstation.lifecycle.job import JOB_TABLE, JobEvent, JobState
from printstation.lifecycle.pairs import ALLOWED_PAIRS
from printstation.lifecycle.steps import STEPS, Step
from printstation.refusals import Refusal
from printstation.store.engine import Store, Tx
from printstation.store.steps import take, take_many
from printstation.store.tables import card as card_table
from printstation.store.tables import job as job_table
from tests.unit.printstation.store.kit import add_card, add_job, journal_of, rows

LIVE = {state for _, state in ALLOWED_PAIRS if state is not None}
PAIRS = sorted(ALLOWED_PAIRS, key=str)


class Undo(Exception):
    """Ends a transaction without a trace."""


def pair_of(tx: Tx, job: str) -> tuple[JobState, tuple[CardState, ...]]:
    state = tx.conn.execute(select(job_table.c.state).where(job_table.c.id == job)).scalar_one()
    held = tx.conn.execute(
        select(card_table.c.state).where(
            card_table.c.job == job, card_table.c.state.in_(sorted(LIVE))
        )
    )
    return JobState(state), tuple(CardState(found) for found in held.scalars())


def allowed(pair: tuple[JobState, tuple[CardState, ...]]) -> bool:
    job, held = pair
    return len(held) < 2 and (job, held[0] if held else None) in ALLOWED_PAIRS


#: What the row of a card must say beside its state.
WANTED: dict[Step, dict[str, Any]] = {
    Step.ENCODE: {"bound_to": b"resident"},
    Step.LEND: {"loan": "L-0001"},
    Step.DESTROY: {"destruction": "D-0001"},
}


def attempt(store: Store, step: Step, job: str | None, card: str | None) -> bool:
    """Take a step and undo it; False when it was refused. What it leads to must be allowed."""
    cause = {"cause": "other", **WANTED.get(step, {})} if card else {}
    calls = {"job": job} if card and step in (Step.START, Step.START_ENCODED) else {}
    try:
        with store.write() as tx:
            take(tx, step, job=job, card=card, set_card={**cause, **calls})
            assert allowed(pair_of(tx, "J")), f"job={job} card={card}: taken"
            raise Undo
    except Undo:
        return True
    except (Refusal, IntegrityError):
        return False
    except AssertionError as error:
        known = (str(step), "job J has 2 live cards", "card")
        assert str(error).startswith(known), error
        return False


@pytest.mark.slow  # half a second: some 500 transactions a pair
@pytest.mark.parametrize(("job", "live"), PAIRS)
def test_no_step_leaves_the_allowed_pairs(
    store: Store, job: JobState, live: CardState | None
) -> None:
    """Whichever of its two rows a caller names, and however wrong it is to take it here."""
    add_job(store, "J", job, printer="tango" if job is JobState.PROCESSING else None)
    if live is not None:
        add_card(store, "LIVE", live, job="J", printer="tango")
    for state in (CardState.SPOILED, CardState.MISSING):
        add_card(store, f"OLD-{state}", state, job="J")
    for state in (CardState.STORED, CardState.LOADED, CardState.ENCODED):
        add_card(store, f"FREE-{state}", state)
    cards = [row[0] for row in rows(store, "SELECT id FROM card ORDER BY seq")]
    taken = 0
    for step in Step:
        for name in [None, *cards]:
            taken += attempt(store, step, "J", name)
            if name is not None:
                taken += attempt(store, step, None, name)
    assert taken > 0


def test_a_move_writes_both_rows_and_one_entry(store: Store) -> None:
    add_job(store, "J")
    add_card(store, "C", "loaded")
    with store.write() as tx:
        take(tx, Step.START, job="J", card="C", printer="tango", set_card={"job": "J"}, by="ani")
    assert rows(store, "SELECT state FROM job") == [("processing",)]
    assert rows(store, "SELECT state, job FROM card") == [("reserved", "J")]
    ((entry,),) = rows(store, "SELECT entry FROM journal")
    written = json.loads(entry)
    assert written["kind"] == "card-reserved" and written["by"] == "ani"
    assert written["data"]["job"] == ["pending", "processing"]
    assert written["data"]["card"] == ["loaded", "reserved"]


@pytest.mark.parametrize(
    ("state", "event"),
    [(s, e) for s in JobState for e in JobEvent if (s, e) not in JOB_TABLE],
)
def test_an_event_that_the_jobs_table_does_not_have_is_refused(
    store: Store, state: JobState, event: JobEvent
) -> None:
    add_job(store, "J", state)
    step = next(step for step, move in STEPS.items() if move.job is event)
    with pytest.raises(Refusal) as refused, store.write() as tx:
        take(tx, step, job="J", card="any" if STEPS[step].card else None)
    assert refused.value.code == "job-state"
    assert "job J" in refused.value.detail and state in refused.value.detail
    assert rows(store, "SELECT state FROM job") == [(state,)]
    assert journal_of(store) == []


def test_an_event_that_the_cards_table_does_not_have_is_refused(store: Store) -> None:
    add_card(store, "C", "spoiled")
    with pytest.raises(Refusal, match="card C is spoiled") as refused, store.write() as tx:
        take(tx, Step.LOAD, card="C")
    assert refused.value.code == "card-state"
    assert journal_of(store) == []


def test_a_refused_card_takes_its_job_back_with_it(store: Store) -> None:
    add_job(store, "J", "processing", printer="tango")
    add_card(store, "C", "spoiled", job="J")
    with pytest.raises(Refusal), store.write() as tx:
        take(tx, Step.FINISH, job="J", card="C")
    assert rows(store, "SELECT state FROM job") == [("processing",)]


@pytest.mark.parametrize(
    ("step", "job", "card"), [(Step.CANCEL, "nobody", None), (Step.UNLOAD, None, "nothing")]
)
def test_what_is_not_there_is_not_found(
    store: Store, step: Step, job: str | None, card: str | None
) -> None:
    with pytest.raises(Refusal) as refused, store.write() as tx:
        take(tx, step, job=job, card=card)
    assert refused.value.code == "not-found"


@pytest.mark.parametrize(
    ("step", "job", "card"), [(Step.START, "J", None), (Step.UNTOUCHED, None, "C")]
)
def test_a_step_names_every_row_that_it_moves(
    store: Store, step: Step, job: str | None, card: str | None
) -> None:
    with pytest.raises(AssertionError, match="not named"), store.write() as tx:
        take(tx, step, job=job, card=card)


def test_a_card_of_another_job_is_our_own_mistake(store: Store) -> None:
    add_job(store, "J", "processing-stopped")
    add_job(store, "K", "processing-stopped")
    add_card(store, "C", "fed", job="K", printer="tango")
    with pytest.raises(AssertionError, match="not of job J"), store.write() as tx:
        take(tx, Step.FINISH, job="J", card="C")
    assert rows(store, "SELECT DISTINCT state FROM job") == [("processing-stopped",)]


def test_an_end_has_its_time_and_a_correction_takes_it_back(store: Store) -> None:
    add_job(store, "J", "processing-stopped")
    add_card(store, "C", "fed", job="J", printer="tango")
    with store.write() as tx:
        take(tx, Step.MISSING_CANCEL, job="J", card="C", set_card={"cause": "lost"})
    assert rows(store, "SELECT ended_at IS NOT NULL FROM job") == [(1,)]
    with store.write() as tx:
        take(tx, Step.RECLAIM, job="J", card="C", set_card={"cause": None})
    assert rows(store, "SELECT state, ended_at IS NOT NULL FROM job") == [("completed", 1)]
    assert rows(store, "SELECT state, cause FROM card") == [("printed", None)]


@pytest.mark.parametrize("step", [Step.UNTOUCHED_ENCODED, Step.UNTOUCHED_ENCODED_CANCEL])
def test_an_untouched_encoded_card_goes_back_to_its_resident_and_not_to_stock(
    store: Store, step: Step
) -> None:
    add_job(store, "J", "processing-stopped")
    add_card(store, "C", "fed", job="J", printer="tango", bound_to=b"resident")
    with store.write() as tx:
        take(tx, step, job="J", card="C")
    assert rows(store, "SELECT state, job, printer, bound_to FROM card") == [
        ("encoded", None, None, b"resident")
    ]


def test_a_called_encoded_card_is_given_back_without_its_job(store: Store) -> None:
    add_job(store, "J")
    add_card(store, "C", "encoded", bound_to=b"resident")
    with store.write() as tx:
        take(tx, Step.START_ENCODED, job="J", card="C", set_card={"job": "J"})
    assert rows(store, "SELECT job FROM card") == [("J",)]
    with store.write() as tx:
        take(tx, Step.GIVE_BACK_ENCODED, job="J", card="C")
    assert rows(store, "SELECT state, job FROM card") == [("encoded", None)]


# ------------------------------------------------------------------------------- many at once
def loaded(store: Store, count: int) -> list[tuple[int, str]]:
    for number in range(count):
        add_card(store, f"C{number}", "loaded")
    return [(seq, name) for seq, name in rows(store, "SELECT seq, id FROM card ORDER BY seq")]


def test_many_cards_move_with_one_entry(store: Store) -> None:
    found = loaded(store, 3)
    with store.write() as tx:
        take_many(
            tx,
            Step.LOSE,
            found[:2],
            CardState.LOADED,
            printer="tango",
            by="ani",
            set_card={"cause": "count"},
        )
    states = rows(store, "SELECT state, cause FROM card ORDER BY seq")
    assert states == [("missing", "count"), ("missing", "count"), ("loaded", None)]
    ((entry,),) = rows(store, "SELECT entry FROM journal")
    data = json.loads(entry)["data"]
    assert data == {"cause": "count", "card": ["loaded", "missing"], "cards": ["C0", "C1"]}


def test_no_card_is_no_entry(store: Store) -> None:
    with store.write() as tx:
        take_many(tx, Step.LOAD, [], CardState.STORED)
    assert journal_of(store) == []


def test_a_card_that_is_elsewhere_by_now_moves_nobody(store: Store) -> None:
    found = loaded(store, 2)
    with store.write() as tx:
        take(tx, Step.UNLOAD, card="C1")
    with pytest.raises(AssertionError), store.write() as tx:
        take_many(tx, Step.UNLOAD, found, CardState.LOADED)
    assert rows(store, "SELECT state FROM card ORDER BY seq") == [("loaded",), ("stored",)]


def test_more_cards_than_one_statement_takes(store: Store) -> None:
    with store.write() as tx:
        tx.conn.execute(
            card_table.insert(),
            [
                {"id": f"C{n}", "card_type": "t", "version": "1", "batch": "b", "state": "stored"}
                for n in range(1201)
            ],
        )
    found = [(seq, name) for seq, name in rows(store, "SELECT seq, id FROM card")]
    with store.write() as tx:
        take_many(
            tx, Step.LOAD, found, CardState.STORED, printer="tango", set_card={"printer": "tango"}
        )
    assert rows(store, "SELECT state, count(*) FROM card GROUP BY state") == [("loaded", 1201)]


def test_only_blanks_move_by_the_dozen() -> None:
    together = {Step.LOAD, Step.UNLOAD, Step.SPOIL, Step.LOSE}
    for step in together:
        assert STEPS[step].job is None
        assert any(source in (CardState.STORED, CardState.LOADED) for source, _ in CARD_TABLE)
