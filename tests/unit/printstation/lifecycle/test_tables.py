"""The two tables and the steps: everything can be reached, everything is used, and no way leads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import pytest

from printstation.lifecycle.answers import CardFate, pairs_for
from printstation.lifecycle.card import CARD_TABLE, IN_HOPPER, OF_A_JOB, CardEvent, CardState
from printstation.lifecycle.job import ENDED_STATES, JOB_TABLE, OPEN_STATES, JobEvent, JobState
from printstation.lifecycle.steps import ANSWER_STEPS, ENCODED_STEPS, STEPS, Step

S = TypeVar("S")
E = TypeVar("E")
BLANKS = {CardState.STORED, CardState.LOADED, CardState.RESERVED, CardState.ENCODED}


def reachable(table: Mapping[tuple[S, E], S], start: set[S]) -> set[S]:
    """Every state that some row of events leads to, the start included."""
    found = set(start)
    while True:
        more = {target for (source, _), target in table.items() if source in found} - found
        if not more:
            return found
        found |= more


def test_every_state_can_be_reached() -> None:
    assert reachable(JOB_TABLE, {JobState.PENDING}) == set(JobState)
    assert reachable(CARD_TABLE, {CardState.STORED}) == set(CardState)


def test_every_event_is_in_its_table_and_in_a_step() -> None:
    assert {event for _, event in JOB_TABLE} == set(JobEvent)
    assert {event for _, event in CARD_TABLE} == set(CardEvent)
    assert {move.job for move in STEPS.values()} - {None} == set(JobEvent)
    assert {move.card for move in STEPS.values()} - {None} == set(CardEvent)


@pytest.mark.parametrize("step", Step)
def test_a_step_moves_something_from_somewhere(step: Step) -> None:
    move = STEPS[step]
    assert move.job or move.card
    assert move.job is None or any(event is move.job for _, event in JOB_TABLE)
    assert move.card is None or any(event is move.card for _, event in CARD_TABLE)


def test_a_job_that_ended_goes_on_by_a_correction_only() -> None:
    assert set(JobState) == OPEN_STATES | ENDED_STATES
    assert {(s, e) for s, e in JOB_TABLE if s in ENDED_STATES} == {
        (JobState.COMPLETED, JobEvent.DISOWN),
        (JobState.CANCELED, JobEvent.FINISH),
        (JobState.ABORTED, JobEvent.FINISH),
    }


def test_a_card_that_ended_goes_on_by_a_correction_only() -> None:
    def ways_on(state: CardState) -> set[CardEvent]:
        return {event for source, event in CARD_TABLE if source is state}

    assert ways_on(CardState.DESTROYED) == ways_on(CardState.RETURNED) == set()
    assert ways_on(CardState.SPOILED) == {
        CardEvent.DESTROY,
        CardEvent.FIND_PRINTED,
        CardEvent.LOSE,
    }
    assert ways_on(CardState.MISSING) == {CardEvent.FIND_SPOILED, CardEvent.FIND_PRINTED}
    assert ways_on(CardState.HANDED_OVER) == {CardEvent.SURRENDER}


@pytest.mark.parametrize("state", [CardState.PRINTED, CardState.SPOILED, CardState.MISSING])
def test_what_was_no_blank_once_is_never_a_blank_again(state: CardState) -> None:
    assert reachable(CARD_TABLE, {state}) & (BLANKS | {CardState.FED}) == set()


def test_an_encoded_card_belongs_to_its_resident_for_ever() -> None:
    targets = {target for (s, _), target in CARD_TABLE.items() if s is CardState.ENCODED}
    assert targets == {CardState.FED, CardState.SPOILED, CardState.MISSING}
    to_stock = {s for s in ANSWER_STEPS.values() if STEPS[s].card is CardEvent.UNTOUCHED}
    assert to_stock <= set(ENCODED_STEPS), "an answer would send an encoded card to stock"
    for plain, bound in ENCODED_STEPS.items():
        assert STEPS[plain].job is STEPS[bound].job
        assert STEPS[bound].card in (None, CardEvent.UNTOUCHED_ENCODED)


def test_a_fed_card_leaves_by_a_fate_only() -> None:
    assert {event for source, event in CARD_TABLE if source is CardState.FED} == {
        CardEvent.PRINT,
        CardEvent.TEST,
        CardEvent.UNTOUCHED,
        CardEvent.UNTOUCHED_ENCODED,
        CardEvent.SPOIL,
        CardEvent.LOSE,
    }


def test_every_answer_about_a_fed_card_is_a_step() -> None:
    offered = {(pair.card, pair.job) for pair in pairs_for(frozenset(CardFate))}
    assert set(ANSWER_STEPS) == offered


@pytest.mark.parametrize(("answer", "step"), ANSWER_STEPS.items())
def test_an_answer_does_to_job_and_card_what_it_says(
    answer: tuple[str, str | None], step: Step
) -> None:
    fate, future = answer
    move = STEPS[step]
    assert move.job is not None and move.card is not None
    assert CARD_TABLE[CardState.FED, move.card] == {
        "printed": CardState.PRINTED,
        "spoiled": CardState.SPOILED,
        "untouched": CardState.LOADED,
        "missing": CardState.MISSING,
    }.get(fate)
    assert JOB_TABLE[JobState.STOPPED, move.job] == {
        None: JobState.COMPLETED,
        "again": JobState.PENDING,
        "cancel": JobState.CANCELED,
    }.get(future)


def test_a_hopper_and_a_job_have_no_other_cards() -> None:
    assert frozenset({CardState.LOADED, CardState.RESERVED}) == IN_HOPPER
    assert {CardState.RESERVED} == BLANKS & OF_A_JOB
