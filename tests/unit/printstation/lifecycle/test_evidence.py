"""The evidence table, a history a row, and what no row may ever do.

Each history is one in which a print system was seen, or can be shown, to lose or double a card.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printstation.lifecycle.evidence import TABLE, Facts, Fate, judge

#: A card that came out before our eyes, on a model with every witness but a counter.
CLEAN = Facts(
    counter="none",
    path_sensor=True,
    holds_job=False,
    serial_before="S1",
    serial_now="S1",
    counter_before=None,
    counter_now=None,
    path_now=False,
    same_session=True,
    sent=True,
    nothing_offered=False,
    busy_then_ready=True,
)
#: The same card, but its end was not seen; `discard` succeeded.
BLIND = replace(CLEAN, busy_then_ready=False, discarded=True)


def verdict(facts: Facts, **changes: object) -> tuple[Fate, int] | None:
    found = judge(replace(facts, **changes))  # type: ignore[arg-type]
    return (found.fate, found.rule) if found else None


def counted(kind: str, delta: int) -> dict[str, object]:
    return {"counter": kind, "counter_before": 100, "counter_now": 100 + delta}


# ------------------------------------------------------------------------------- row 1
def test_row_1_another_unit_on_the_port_says_nothing_of_our_card() -> None:
    assert verdict(CLEAN, serial_now="S2", discarded=True) == (Fate.UNKNOWN, 1)


def test_row_1_a_serial_that_cannot_be_read_is_not_ours() -> None:
    assert verdict(CLEAN, serial_now=None, discarded=True) == (Fate.UNKNOWN, 1)
    assert verdict(CLEAN, serial_before=None, serial_now=None, discarded=True) == (Fate.UNKNOWN, 1)


@pytest.mark.parametrize("delta", [-100, -1, 2, 7])
@pytest.mark.parametrize("kind", ["pick", "eject"])
def test_row_1_a_counter_that_moved_as_no_row_says(kind: str, delta: int) -> None:
    """Two cards at once, a self-test behind our back, a counter that was reset."""
    assert verdict(CLEAN, **counted(kind, delta), discarded=True) == (Fate.UNKNOWN, 1)


def test_row_1_a_counter_that_cannot_be_read_is_no_witness() -> None:
    facts = replace(CLEAN, counter="eject", counter_before=100, counter_now=None, discarded=True)
    assert verdict(facts) == (Fate.UNKNOWN, 1)


# ------------------------------------------------------------------------------- row 2
def test_row_2_the_device_rejected_the_card() -> None:
    facts = replace(BLIND, rejected=True, errors=("card-rejected",))
    assert verdict(facts) == (Fate.SPOILED, 2)


def test_row_2_not_of_a_device_that_prints_again_by_itself() -> None:
    """It rejects the first card and makes a second one: *spoiled* would hide that one."""
    facts = replace(BLIND, rejected=True, errors=("card-rejected",), holds_job=True)
    assert verdict(facts) == (Fate.UNKNOWN, 8)


def test_row_2_not_after_an_earlier_error() -> None:
    """A jam is cleared by hand, the device repeats, and what it rejects is the second card."""
    facts = replace(BLIND, rejected=True, errors=("media-jam", "card-rejected"))
    assert verdict(facts) == (Fate.UNKNOWN, 8)


def test_row_2_not_in_another_session() -> None:
    """The station was down while a cover was opened and closed: the device repeated, and rejects the second card."""
    facts = replace(BLIND, rejected=True, errors=("card-rejected",), same_session=False)
    assert verdict(facts) == (Fate.UNKNOWN, 8)


# ------------------------------------------------------------------------------- row 3
def test_row_3_the_card_came_out_before_our_eyes() -> None:
    assert verdict(CLEAN) == (Fate.PRINTED, 3)
    assert verdict(CLEAN, path_sensor=False, path_now=None) == (Fate.PRINTED, 3)


@pytest.mark.parametrize("kind", ["pick", "eject"])
def test_row_3_the_counter_agrees(kind: str) -> None:
    assert verdict(CLEAN, **counted(kind, 1)) == (Fate.PRINTED, 3)
    disagrees = verdict(CLEAN, **counted(kind, 0), discarded=True)
    assert disagrees is not None and disagrees[0] is not Fate.PRINTED


def test_row_3_busy_before_sent_proves_nothing() -> None:
    """The device is busy while it only receives, and may still say *ready* after the last byte."""
    assert verdict(CLEAN, busy_then_ready=False, discarded=True) == (Fate.UNKNOWN, 8)


def test_row_3_an_error_that_went_away_forbids_printed() -> None:
    """A jam was cleared by hand and the printer is ready again: the card may be in the bin."""
    assert verdict(CLEAN, errors=("media-jam",), discarded=True) == (Fate.UNKNOWN, 8)


def test_row_3_not_while_a_card_lies_in_the_path() -> None:
    assert verdict(CLEAN, path_now=True, discarded=True) == (Fate.UNKNOWN, 8)
    assert verdict(CLEAN, path_now=None, discarded=True) == (Fate.UNKNOWN, 8)


def test_row_3_not_of_a_card_that_was_never_sent() -> None:
    assert verdict(CLEAN, sent=False, discarded=True) == (Fate.UNKNOWN, 8)


# ------------------------------------------------------------------------------- row 4
def test_row_4_nothing_was_offered_to_the_device() -> None:
    """The cable was out before the first byte. No `discard` can be asked of a device that is gone."""
    facts = replace(BLIND, sent=False, nothing_offered=True, discarded=False)
    assert verdict(facts) == (Fate.UNTOUCHED, 4)


def test_row_4_one_byte_in_doubt_may_have_moved_the_card() -> None:
    facts = replace(BLIND, sent=False, nothing_offered=False)
    assert verdict(facts) == (Fate.UNKNOWN, 8)


def test_row_4_another_session_remembers_nothing() -> None:
    facts = replace(BLIND, sent=False, nothing_offered=True, same_session=False)
    assert verdict(facts) == (Fate.UNKNOWN, 8)


# ------------------------------------------------------------------------------- row 5
def test_row_5_a_pick_counter_that_stood_still() -> None:
    """The host died in mid-stream; after a power cut the printer had forgotten the bytes."""
    facts = replace(BLIND, same_session=False, sent=False, **counted("pick", 0))  # type: ignore[arg-type]
    assert verdict(facts) == (Fate.UNTOUCHED, 5)


def test_row_5_a_picked_card_may_be_ruined() -> None:
    """Delta 1 of a `pick` counter can be a card that jammed on its way."""
    assert verdict(BLIND, **counted("pick", 1)) == (Fate.UNKNOWN, 8)


def test_row_5_delta_0_of_an_eject_counter_is_no_untouched() -> None:
    """A half-printed card that is thrown out at power-on is not counted."""
    assert verdict(BLIND, **counted("eject", 0)) == (Fate.UNKNOWN, 8)
    assert verdict(BLIND, **counted("eject", 0), sent=False) == (Fate.UNKNOWN, 8)


# ------------------------------------------------------------------------------- row 6
def test_row_6_an_eject_counter_that_moved_by_one() -> None:
    """The end was too quick to be seen between two polls."""
    assert verdict(BLIND, **counted("eject", 1)) == (Fate.PRINTED, 6)


def test_row_6_in_another_session_it_can_be_somebodys_test_print() -> None:
    assert verdict(BLIND, **counted("eject", 1), same_session=False) == (Fate.UNKNOWN, 8)


def test_row_6_not_after_an_error_and_not_unsent() -> None:
    assert verdict(BLIND, **counted("eject", 1), errors=("media-jam",)) == (Fate.UNKNOWN, 8)
    assert verdict(BLIND, **counted("eject", 1), sent=False) == (Fate.UNKNOWN, 8)


# ------------------------------------------------------------------------------- row 7
EMPTY = replace(BLIND, sent=False, drew_no_card=True, errors=("media-empty",))


def test_row_7_the_hopper_was_empty() -> None:
    assert verdict(EMPTY) == (Fate.UNTOUCHED, 7)
    assert verdict(EMPTY, **counted("eject", 0)) == (Fate.UNTOUCHED, 7)


def test_row_7_not_after_an_earlier_error() -> None:
    """It jammed, was cleared, tried again by itself and found the hopper empty: one card is gone."""
    assert verdict(EMPTY, errors=("media-jam", "media-empty")) == (Fate.UNKNOWN, 8)


def test_row_7_not_against_another_witness() -> None:
    assert verdict(EMPTY, path_now=True) == (Fate.UNKNOWN, 8)
    assert verdict(EMPTY, rejected=True, holds_job=True) == (Fate.UNKNOWN, 8)
    assert verdict(EMPTY, **counted("pick", 1)) == (Fate.UNKNOWN, 8)


def test_row_7_another_session_cannot_tell_which_card_it_means() -> None:
    assert verdict(EMPTY, same_session=False) == (Fate.UNKNOWN, 8)


# ------------------------------------------------------------------------------- every row
READINGS = st.none() | st.integers(98, 103)
WORDS = st.lists(
    st.sampled_from(["media-jam", "cover-open", "media-empty", "card-rejected"]), max_size=3
)
FACTS = st.builds(
    Facts,
    counter=st.sampled_from(["none", "pick", "eject"]),
    path_sensor=st.booleans(),
    holds_job=st.booleans(),
    serial_before=st.sampled_from(["S1", None]),
    serial_now=st.sampled_from(["S1", "S1", "S2", None]),
    counter_before=READINGS,
    counter_now=READINGS,
    path_now=st.none() | st.booleans(),
    same_session=st.booleans(),
    sent=st.booleans(),
    nothing_offered=st.booleans(),
    busy_then_ready=st.booleans(),
    errors=WORDS.map(tuple),
    rejected=st.booleans(),
    drew_no_card=st.booleans(),
    discarded=st.booleans(),
)


@given(FACTS)
def test_the_first_row_that_matches_decides(facts: Facts) -> None:
    matching = [(row, fate) for row, matches, fate, _ in TABLE if matches(facts)]
    found = judge(replace(facts, discarded=True))
    assert found is not None
    assert (found.rule, found.fate) == matching[0]


@given(FACTS)
def test_unknown_only_where_the_table_says_so(facts: Facts) -> None:
    others = [row for row, matches, _, _ in TABLE if row not in (1, 8) and matches(facts)]
    found = judge(replace(facts, discarded=True))
    assert found is not None
    assert (found.fate is Fate.UNKNOWN) == (found.rule in (1, 8))
    assert (found.rule == 8) <= (others == [])


@given(FACTS)
def test_no_verdict_before_discard_except_rows_3_and_4(facts: Facts) -> None:
    found = judge(replace(facts, discarded=False))
    assert found is None or found.rule in (3, 4)


@given(FACTS)
def test_another_session_gives_no_printed_and_needs_a_counter_for_untouched(facts: Facts) -> None:
    found = judge(replace(facts, same_session=False, discarded=True))
    assert found is not None and found.rule not in (3, 4, 6, 7)


@given(FACTS, st.sampled_from(["media-jam", "cover-open"]))
def test_no_error_is_ever_forgotten(facts: Facts, word: str) -> None:
    found = judge(replace(facts, errors=(word,), discarded=True))
    assert found is not None and found.fate in (Fate.UNKNOWN, Fate.UNTOUCHED)


@given(FACTS)
def test_another_unit_never_tells(facts: Facts) -> None:
    found = judge(replace(facts, serial_before="S1", serial_now="S2", discarded=True))
    assert found is not None and found.rule == 1


def test_the_rows_are_numbered_as_on_the_page() -> None:
    assert [row for row, *_ in TABLE] == list(range(1, 9))
    assert [row for row, _, _, before_discard in TABLE if before_discard] == [3, 4]
