"""What the driver remembers of a card, history by history (exactly-once.md §3)."""

from __future__ import annotations

import pytest

from drivers import Condition, Reason, Status
from drivers.memory import MAX_ERRORS, FeedMemory, Seen

READY = Seen(Status(Condition.READY))
BUSY = Seen(Status(Condition.BUSY))
EMPTY = Reason("media-empty", "11:01")
JAM = Reason("media-jam", "12:01")
PORT = Reason("other", "port 10")
REJECTED = Reason("card-rejected", "16:01")


def stopped(reason: Reason, **says: bool) -> Seen:
    return Seen(Status(Condition.STOPPED, (reason,)), **says)


DREW_NONE = stopped(EMPTY, drew_no_card=True)


def fed(sent: bool = True) -> FeedMemory:
    memory = FeedMemory()
    memory.begin()
    memory.acknowledge(100)
    if sent:
        memory.finish()
    return memory


def test_a_new_driver_knows_nothing_and_promises_nothing() -> None:
    memory = FeedMemory()
    memory.look(BUSY)
    memory.look(READY)
    seen = memory.observed()
    assert (seen.sent, seen.acknowledged, seen.in_doubt, seen.errors) == (False, None, None, ())
    assert seen.may_still_move
    assert not seen.busy_since_sent


def test_busy_then_ready_after_sent_is_the_end() -> None:
    memory = fed()
    assert memory.observed().may_still_move
    memory.look(READY)
    assert memory.observed().may_still_move  # ready just after the last byte proves nothing
    memory.look(BUSY)
    assert memory.observed().may_still_move
    memory.look(READY)
    seen = memory.observed()
    assert (seen.busy_since_sent, seen.ready_now, seen.may_still_move) == (True, True, False)


def test_busy_while_sending_is_no_busy() -> None:
    memory = fed(sent=False)
    memory.look(BUSY)
    memory.finish()
    memory.look(READY)
    assert not memory.observed().busy_since_sent
    assert memory.observed().may_still_move


def test_an_error_that_went_away_stays_on_record_and_the_card_may_move() -> None:
    memory = fed()
    for seen in (BUSY, stopped(JAM), BUSY, READY):
        memory.look(seen)
    assert memory.observed().errors == (JAM,)
    assert memory.observed().may_still_move


def test_errors_keep_their_order_and_are_bounded() -> None:
    memory = fed()
    memory.look(stopped(JAM))
    memory.look(stopped(REJECTED, rejected=True))
    memory.look(stopped(JAM))
    assert memory.observed().errors == (JAM, REJECTED)
    assert memory.observed().rejected
    for number in range(2 * MAX_ERRORS):
        memory.look(stopped(Reason("other", str(number))))
    assert len(memory.observed().errors) == MAX_ERRORS
    assert memory.observed().errors[0] == JAM


def test_an_error_in_mid_stream_gets_its_name_later() -> None:
    memory = fed(sent=False)
    memory.look(Seen(Status(Condition.STOPPED, (PORT,)), named=False))
    assert memory.observed().errors == (PORT,)
    memory.discarding()
    memory.look(DREW_NONE)
    assert memory.observed().errors == (EMPTY,)
    assert memory.observed().drew_no_card


def test_an_error_in_mid_stream_that_vanished_stays_without_a_name() -> None:
    memory = fed(sent=False)
    memory.look(Seen(Status(Condition.STOPPED, (PORT,)), named=False))
    memory.look(READY)
    memory.look(DREW_NONE)
    assert memory.observed().errors == (PORT, EMPTY)
    assert not memory.observed().drew_no_card


@pytest.mark.parametrize("between", [BUSY, READY, stopped(JAM)])
def test_drew_no_card_holds_only_until_the_device_goes_on(between: Seen) -> None:
    memory = fed()
    memory.look(DREW_NONE)
    assert memory.observed().drew_no_card
    memory.look(between)
    assert not memory.observed().drew_no_card
    memory.look(DREW_NONE)  # the next card it could not draw may be a second one
    assert not memory.observed().drew_no_card


def test_drew_no_card_after_another_error_is_not_said_of_this_card() -> None:
    memory = fed()
    memory.look(stopped(JAM))
    memory.look(DREW_NONE)
    assert not memory.observed().drew_no_card


def test_ready_after_the_cancel_takes_nothing_back_but_busy_does() -> None:
    for after, still in ((READY, True), (BUSY, False)):
        memory = fed()
        memory.look(DREW_NONE)
        memory.discarding()
        memory.look(DREW_NONE)
        memory.cancelled()
        memory.look(after)
        memory.look(READY)
        memory.settle()
        assert memory.observed().drew_no_card is still
        assert not memory.observed().may_still_move


def test_being_cleared_is_not_being_printed() -> None:
    memory = fed()
    memory.look(READY)
    memory.discarding()
    memory.cancelled()
    memory.look(BUSY)  # the card is thrown out
    memory.look(READY)
    memory.settle()
    assert not memory.observed().busy_since_sent


def test_after_discard_the_story_is_closed() -> None:
    memory = fed()
    memory.look(BUSY)
    memory.discarding()
    memory.settle()
    memory.look(stopped(JAM))
    assert memory.observed().errors == ()
    assert not memory.observed().ready_now
    memory.look(READY)
    assert memory.observed().ready_now


def test_nothing_offered_cannot_move() -> None:
    memory = FeedMemory()
    memory.begin()
    assert not memory.observed().may_still_move
    memory.doubt(5)
    assert memory.observed().may_still_move
    assert (memory.observed().acknowledged, memory.observed().in_doubt) == (0, 5)


def test_a_new_card_begins_without_the_old_ones_story() -> None:
    memory = fed()
    memory.look(stopped(REJECTED, rejected=True))
    memory.settle()
    memory.begin()
    seen = memory.observed()
    assert (seen.errors, seen.rejected, seen.sent, seen.acknowledged) == ((), False, False, 0)
