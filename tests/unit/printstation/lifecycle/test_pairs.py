"""The allowed (job, card) pairs: the steps reach all of them and are all of use.

That no step leaves them is proved on the database itself, in `store/test_steps.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from printstation.lifecycle.card import CARD_TABLE, OF_A_JOB, CardEvent, CardState
from printstation.lifecycle.job import JOB_TABLE, JobState
from printstation.lifecycle.pairs import ALLOWED_PAIRS
from printstation.lifecycle.steps import STEPS, Step

Pair = tuple[JobState, CardState | None]
LIVE = OF_A_JOB | {CardState.ENCODED}
#: Card events after which the card carries no job's name (an encoded blank waits for its job).
LETS_GO = {
    CardEvent.ENCODE,
    CardEvent.RELEASE,
    CardEvent.UNTOUCHED,
    CardEvent.UNTOUCHED_ENCODED,
}


def results(step: Step, pair: Pair) -> Iterator[Pair]:
    """The pairs that a step can lead to from this one, by the two tables alone."""
    job, card = pair
    move = STEPS[step]
    if move.job is not None:
        if (job, move.job) not in JOB_TABLE:
            return
        job = JOB_TABLE[job, move.job]
    if step is Step.START_ENCODED and card is None:
        yield job, CardState.ENCODED
    elif step is Step.GIVE_BACK_ENCODED and card is CardState.ENCODED:
        yield job, None
    elif move.card is None:
        yield job, card
    else:
        # A job without a live card may have any other one, or be about to get one.
        for source in [card] if card else sorted(set(CardState) - LIVE):
            target = CARD_TABLE.get((source, move.card))
            if target is not None:
                yield job, target if target in LIVE and move.card not in LETS_GO else None


def test_live_cards_are_those_that_are_or_may_become_good() -> None:
    assert {card for _, card in ALLOWED_PAIRS} - {None} == LIVE


def test_the_steps_reach_every_allowed_pair() -> None:
    found: set[Pair] = {(JobState.PENDING, None)}
    while True:
        more = {r for pair in found for step in Step for r in results(step, pair)} & ALLOWED_PAIRS
        if more <= found:
            break
        found |= more
    assert found == ALLOWED_PAIRS


@pytest.mark.parametrize("step", Step)
def test_a_step_is_of_use_in_some_allowed_pair(step: Step) -> None:
    assert any(r in ALLOWED_PAIRS for pair in ALLOWED_PAIRS for r in results(step, pair))


def test_every_state_of_a_job_is_in_some_pair() -> None:
    assert {job for job, _ in ALLOWED_PAIRS} == set(JobState)
