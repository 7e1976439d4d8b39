"""The running sum of explained movements: what grows it, what takes back, and what alone resets it (§6)."""

from __future__ import annotations

from tests.unit.printstation.acts.kit import SERIAL, Office
from tests.unit.printstation.acts.test_answers import asked


def test_what_a_verdict_explains_is_at_most_one(counting: Office) -> None:
    counting.submit()
    counting.settle(counting.feed(), 1, busy_then_ready=True)
    assert counting.unit().expected == 101
    assert counting.compare()


def test_an_answer_takes_back_what_it_does_not_explain(counting: Office) -> None:
    """The counter moved by one, and the card never left: it was somebody's test print."""
    asked(counting, delta=1, same_session=False, errors=("media-jam",))
    assert counting.unit().expected == 101
    counting.answer("untouched", "again")
    assert counting.unit().expected == 100
    assert not counting.compare()
    assert counting.question().difference == 1


def test_an_answer_may_explain_more_than_the_verdict_did(counting: Office) -> None:
    asked(counting, delta=2)
    assert counting.unit().expected == 101
    counting.answer("printed", extra=1)
    assert counting.unit().expected == 102
    assert counting.compare()


def test_no_reading_overwrites_the_sum(counting: Office) -> None:
    assert counting.reading is not None
    counting.reading += 4
    assert not counting.compare()
    assert (counting.unit().expected, counting.unit().seen) == (100, 104)
    assert counting.question().difference == 4
    counting.reading += 1
    assert not counting.compare()
    assert counting.question().difference == 5, "one question, kept up to date"


def test_a_counter_that_was_reset_asks_too(counting: Office) -> None:
    counting.reading = 3
    assert not counting.compare()
    assert counting.question().difference == -97
    counting.answer(counted=5)
    assert counting.unit().expected == 3
    assert counting.compare()


def test_only_an_answered_count_of_that_question_resets_the_sum(counting: Office) -> None:
    assert counting.reading is not None
    counting.reading += 1
    counting.compare()
    counting.count(5)
    assert [q.reason for q in counting.asked()] == ["unexplained-cards"]
    assert counting.unit().expected == 100
    counting.answer(counted=5, spoiled=0)
    assert counting.unit().expected == 101


def test_unexplained_cards_wait_for_the_card_fate_questions(counting: Office) -> None:
    job = counting.submit("A")
    counting.stop(counting.feed())
    assert counting.reading is not None
    counting.reading += 2
    assert not counting.compare()
    assert [q.reason for q in counting.asked()] == ["card-fate"]
    counting.answer("printed", device_serial=SERIAL)
    assert counting.job(job).state == "completed"
    assert not counting.compare()
    question = counting.question()
    assert (question.reason, question.difference) == ("unexplained-cards", 1)


def test_an_answer_given_unread_may_explain_a_later_reading(counting: Office) -> None:
    """Answered on a statement; the counter is read only when the unit comes back."""
    counting.submit()
    counting.stop(counting.feed())
    counting.answer("printed", device_serial=SERIAL)
    assert (counting.unit().expected, counting.unit().allowance) == (100, 1)
    assert counting.reading is not None
    counting.reading += 1
    assert counting.compare()
    assert (counting.unit().expected, counting.unit().allowance) == (101, 0)


def test_an_allowance_is_used_once_and_is_no_gift(counting: Office) -> None:
    counting.submit()
    counting.stop(counting.feed())
    counting.answer("untouched", "cancel", device_serial=SERIAL)
    assert counting.unit().allowance == 0
    counting.submit()
    counting.stop(counting.feed())
    counting.answer("printed", device_serial=SERIAL)
    assert counting.compare(), "it need not have moved"
    assert counting.unit().allowance == 0
    assert counting.reading is not None
    counting.reading += 1
    assert not counting.compare()
