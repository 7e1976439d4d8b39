"""Blanks: received once, loaded as rows, and counted by a person when they differ."""

from __future__ import annotations

import pytest

from printstation.acts import stock
from printstation.refusals import Refusal
from tests.unit.printstation.acts.kit import ANEW, KTP, TANGO, Office
from tests.unit.printstation.acts.test_jobs import refused
from tests.unit.printstation.store.kit import journal_of, rows


def causes(office: Office, state: str) -> set[str]:
    return {c for (c,) in rows(office.store, f"SELECT cause FROM card WHERE state = '{state}'")}


# ------------------------------------------------------------------------------- receive, load, unload
def test_a_delivery_counts_once(office: Office) -> None:
    with refused("delivery-counted"):
        office.receive(7, "B2", "SJ-B1")
    assert office.balance() == {"loaded": 5}


def test_a_batch_is_of_one_type_and_version(office: Office) -> None:
    with pytest.raises(Refusal) as error:
        stock.receive(
            office.store,
            ANEW,
            delivery="SJ-9",
            card_type="kia",
            version="V1",
            batch="B1",
            count=1,
            by="ani",
        )
    assert [e.pointer for e in error.value.errors] == ["/batch"]
    office.receive(2, "B1", "SJ-10")
    assert office.balance() == {"loaded": 5, "stored": 2}


def test_no_more_is_loaded_than_is_stored(office: Office) -> None:
    office.receive(2, "B2")
    with refused("not-enough-blanks"):
        office.load(3)
    with refused("not-enough-blanks"):
        office.load(1, "B3")
    assert office.balance() == {"loaded": 5, "stored": 2}
    assert office.load(2, "B2").answer["count"] == 2


def test_unload_takes_the_newest_back_and_never_the_reserved_one(office: Office) -> None:
    office.submit()
    _, reserved = office.claim()
    done = stock.unload(
        office.store, ANEW, printer=TANGO, card_type=KTP, batch=None, count=4, by="ani"
    )
    assert reserved not in done.answer["cards"]
    assert office.balance() == {"stored": 4, "reserved": 1}
    with refused("not-enough-blanks"):
        stock.unload(
            office.store, ANEW, printer=TANGO, card_type=KTP, batch=None, count=1, by="ani"
        )


def test_a_load_is_compared_with_no_device_and_asks_nothing(office: Office) -> None:
    office.receive(3, "B2")
    office.load(3)
    assert office.asked() == []


# ------------------------------------------------------------------------------- hopper counts
def test_a_count_that_agrees_changes_nothing(office: Office) -> None:
    answer = office.count(5)
    assert (answer["expected"], answer["counted"], answer["missing"], answer["loaded"]) == (
        5,
        5,
        0,
        0,
    )
    assert office.balance() == {"loaded": 5}
    assert journal_of(office.store)[-1] == "hopper-counted"


def test_too_few_are_missing(office: Office) -> None:
    assert office.count(3)["missing"] == 2
    assert office.balance() == {"loaded": 3, "missing": 2}
    assert causes(office, "missing") == {"count"}
    assert office.count(3)["expected"] == 3


def test_the_reserved_one_counts_as_there(office: Office) -> None:
    office.submit()
    office.claim()
    answer = office.count(5)
    assert (answer["expected"], answer["missing"]) == (5, 0)
    assert office.count(2)["missing"] == 3
    assert office.balance() == {"loaded": 1, "reserved": 1, "missing": 3}


def test_too_many_come_from_the_store_if_they_can(office: Office) -> None:
    office.receive(4, "B1", "SJ-2")
    answer = office.count(7)
    assert (answer["expected"], answer["loaded"]) == (5, 2)
    assert office.balance() == {"loaded": 7, "stored": 2}


def test_a_surplus_of_another_batch_is_not_taken(office: Office) -> None:
    office.receive(4, "B2")
    with refused("surplus-unexplained"):
        office.count(6)
    assert office.balance() == {"loaded": 5, "stored": 4}


def test_a_surplus_beyond_the_store_needs_a_reason(office: Office) -> None:
    office.receive(1, "B1", "SJ-2")
    with refused("surplus-unexplained"):
        office.count(8)
    assert office.count(8, "found in a drawer")["loaded"] == 3
    assert office.balance() == {"loaded": 8}
    assert "surplus-received" in journal_of(office.store)


def test_a_surplus_in_a_hopper_that_never_had_a_card_cannot_be_booked(office: Office) -> None:
    with refused("surplus-unexplained"):
        stock.hopper_count(
            office.store, ANEW, printer="enduro", counted=1, reason="found", by="ani"
        )


@pytest.mark.parametrize("asked", [False, True])
def test_no_count_while_a_card_has_no_fate(office: Office, asked: bool) -> None:
    """Asked or not: its answer may still explain the difference."""
    office.submit()
    moving = office.feed()
    if asked:
        office.stop(moving)
    with refused("question-open"):
        office.count(4)
    assert office.balance() == {"loaded": 4, "fed": 1}


def test_a_count_closes_the_question_that_asked_for_it(office: Office) -> None:
    office.submit()
    moving = office.feed(sent=False)
    office.settle(moving, drew_no_card=True, errors=("media-empty",))
    question = office.question()
    assert question.reason == "hopper-count"
    office.count(5)
    assert office.asked() == []
    with refused("question-closed"):
        office.answer_to(question.id, counted=5)


def test_a_counted_answer_does_the_same_as_a_count(office: Office) -> None:
    office.submit()
    office.settle(office.feed(sent=False), drew_no_card=True, errors=("media-empty",))
    with refused("invalid"):
        office.answer()
    office.answer(counted=1)
    assert office.balance() == {"loaded": 1, "missing": 4}


def test_cards_found_outside_are_spoiled_and_the_rest_of_the_difference_is_missing(
    counting: Office,
) -> None:
    assert counting.reading is not None
    counting.reading += 3
    assert not counting.compare()
    counting.answer(counted=2, spoiled=2)
    assert counting.balance() == {"loaded": 2, "spoiled": 2, "missing": 1}
    assert causes(counting, "spoiled") == {"unexplained"}


def test_a_blank_that_a_count_lost_meanwhile_is_the_card_that_is_found(counting: Office) -> None:
    """Counted first and searched afterwards: it is one card, and it takes no row of the store."""
    assert counting.reading is not None
    counting.reading += 1
    counting.compare()
    counting.count(4)
    assert counting.balance() == {"loaded": 4, "missing": 1}
    counting.answer(counted=4, spoiled=1)
    assert counting.balance() == {"loaded": 4, "spoiled": 1}
    assert causes(counting, "spoiled") == {"unexplained"}


def test_a_blank_that_was_lost_before_is_not_the_card_that_is_found(counting: Office) -> None:
    """It may lie anywhere; only what was lost while the question was open is taken for it."""
    assert counting.reading is not None
    counting.receive(1, "B1", "SJ-2")
    counting.count(4)
    counting.reading += 1
    counting.compare()
    counting.answer(counted=4, spoiled=1)
    assert counting.balance() == {"loaded": 4, "missing": 1, "spoiled": 1}


def test_more_cards_found_than_there_were_blanks(counting: Office) -> None:
    """They must have come from somewhere: a reason, or nothing is booked."""
    assert counting.reading is not None
    counting.reading += 1
    counting.compare()
    with refused("surplus-unexplained"):
        counting.answer(counted=5, spoiled=1)
    counting.answer(counted=5, spoiled=1, reason="an old blank lay in the hopper")
    assert counting.balance() == {"loaded": 5, "spoiled": 1}
