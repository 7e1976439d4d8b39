"""What is offered to a person, what each answer explains, and which one needs a second person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printstation.lifecycle.answers import (
    HAND_OVER_PAIRS,
    NEEDS_CAUSE,
    CardFate,
    JobFuture,
    Pair,
    QuestionReason,
    explained,
    needs_supervisor,
    offered,
    pairs_for,
)
from printstation.lifecycle.evidence import Facts, Fate, judge
from printstation.lifecycle.sentences import UNKNOWN, sentence
from tests.unit.printstation.lifecycle.test_evidence import BLIND, FACTS, counted

ALL = pairs_for(frozenset(CardFate))
SPOILED_ONLY = (
    Pair(CardFate.SPOILED, JobFuture.AGAIN),
    Pair(CardFate.SPOILED, JobFuture.CANCEL),
)


def fates(pairs: tuple[Pair, ...]) -> set[CardFate]:
    return {pair.card for pair in pairs}


def offers(facts: Facts) -> set[CardFate]:
    return fates(offered(facts, judge(facts)))


def test_there_is_no_bare_retry() -> None:
    assert len(ALL) == 7
    for pair in ALL:
        assert (pair.job is None) == (pair.card is CardFate.PRINTED)


def test_before_the_table_could_be_read_everything_is_offered() -> None:
    assert offered(None, None) == ALL


def test_a_pick_counter_that_stood_still_excludes_printed_and_spoiled() -> None:
    """Only the serial or the path can make such a card unknown; it cannot have been printed."""
    facts = replace(BLIND, serial_now=None, **counted("pick", 0))  # type: ignore[arg-type]
    assert offers(facts) == {CardFate.UNTOUCHED, CardFate.MISSING}
    before_discard = replace(facts, discarded=False)
    assert fates(offered(before_discard, None)) == set(CardFate)


def test_another_counter_excludes_nothing() -> None:
    assert offers(replace(BLIND, **counted("eject", 0))) == set(CardFate)  # type: ignore[arg-type]
    assert offers(replace(BLIND, **counted("pick", 1))) == set(CardFate)  # type: ignore[arg-type]


def test_a_card_in_the_path_may_be_somebody_elses() -> None:
    """A self-test begins between `discard` and the look: our card is untouched, and one lies in the path."""
    assert offers(replace(BLIND, path_now=True)) == set(CardFate)


def test_a_path_without_a_sensor_tells_nothing() -> None:
    facts = replace(BLIND, path_sensor=False, path_now=True)
    assert offers(facts) == set(CardFate)


def test_a_card_that_the_device_spoiled_leaves_only_the_job_to_decide() -> None:
    facts = replace(BLIND, rejected=True, errors=("card-rejected",))
    assert offered(facts, judge(facts)) == SPOILED_ONLY


@given(FACTS)
def test_missing_is_always_offered_and_nothing_but_one_fact_takes_an_answer_away(
    facts: Facts,
) -> None:
    facts = replace(facts, discarded=True)
    verdict = judge(facts)
    assert verdict is not None
    if verdict.fate is not Fate.UNKNOWN:
        return
    found = fates(offered(facts, verdict))
    assert CardFate.MISSING in found
    still = facts.counter == "pick" and facts.delta == 0
    assert (CardFate.PRINTED in found) == (CardFate.SPOILED in found) == (not still)
    assert CardFate.UNTOUCHED in found


def test_only_a_new_card_after_a_missing_one_needs_a_supervisor() -> None:
    needing = [pair for pair in ALL + HAND_OVER_PAIRS if needs_supervisor(pair)]
    assert needing == [Pair(CardFate.MISSING, JobFuture.AGAIN)]
    assert {CardFate.SPOILED, CardFate.MISSING} == NEEDS_CAUSE


@pytest.mark.parametrize(
    ("delta", "fate", "extra", "accounts_for"),
    [
        (1, CardFate.PRINTED, 0, 1),
        (1, CardFate.SPOILED, 0, 1),
        (1, CardFate.MISSING, 0, 1),
        (1, CardFate.UNTOUCHED, 0, 0),  # somebody's test print: it stays unexplained
        (1, Fate.UNTOUCHED, 0, 0),
        (1, Fate.UNKNOWN, 0, 1),  # until the answer, which takes it back or not
        (0, CardFate.SPOILED, 0, 0),  # thrown out at power-on: an eject counter did not move
        (2, CardFate.PRINTED, 0, 1),  # at most one a feed
        (2, CardFate.PRINTED, 1, 2),  # two at once, and a person says so
        (1, CardFate.PRINTED, 1, 1),  # never more than the counter moved
        (3, CardFate.UNTOUCHED, 2, 2),
        (-100, CardFate.PRINTED, 0, 0),  # a reset is no movement of ours
        (None, CardFate.PRINTED, 0, 0),
    ],
)
def test_what_an_answer_explains(
    delta: int | None, fate: CardFate | Fate, extra: int, accounts_for: int
) -> None:
    assert explained(delta, fate, extra) == accounts_for


@given(st.integers(-5, 20), st.sampled_from(list(CardFate)), st.integers(0, 5))
def test_an_answer_never_explains_more_than_was_counted(
    delta: int, fate: CardFate, extra: int
) -> None:
    assert 0 <= explained(delta, fate, extra) <= max(0, delta)
    assert explained(delta, fate, extra) <= 1 + extra


@pytest.mark.parametrize("reason", QuestionReason)
def test_every_question_has_both_sentences(reason: QuestionReason) -> None:
    named = sentence(reason, printer="tango", card="B-000001", serial="S1", count=2)
    blank = sentence(reason)
    for text, without in ((named.id, blank.id), (named.en, blank.en)):
        assert "tango" in text and "{" not in text
        assert UNKNOWN in without and text.endswith(".")
    assert named.id != named.en


def test_nobody_says_that_a_printer_stopped_which_the_station_did_not_watch() -> None:
    unseen = sentence(QuestionReason.CARD_FATE, printer="ministry", card="B-000001")
    for text in (unseen.id, unseen.en):
        assert "ministry" in text and "B-000001" in text and UNKNOWN not in text
    assert "berhenti" not in unseen.id and "stopped" not in unseen.en
