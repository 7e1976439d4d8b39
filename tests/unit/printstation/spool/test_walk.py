"""One card's walk: what is written before what is done, and what becomes of the card when it goes wrong."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from drivers import DeviceGone, DiscardFailed, FeedBroken
from printstation.refusals import Refusal
from printstation.store import feeds
from tests.unit.printstation.acts.kit import fates_of
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import BUSY, OUT, READY, Look, Story, stands
from tests.unit.printstation.store.kit import journal_of, rows


def evidence(rig: Rig, job: str) -> feeds.Feed:
    with rig.store.read() as conn:
        found = feeds.last_of_job(conn, job)
    assert found is not None
    return found


def waiting(rig: Rig) -> bool:
    """A question is open and nothing moves."""
    return bool(rig.office.asked())


# ------------------------------------------------------------------------------- cards that come out
def test_one_card_is_printed(rig: Rig) -> None:
    job = rig.office.submit()
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert evidence(rig, job).rule == 3
    assert "discard" not in rig.device.log, "a card that came out before our eyes needs none"
    assert not rig.office.unit().discard_due
    assert journal_of(rig.store)[2:] == [
        "job-submitted",
        "card-reserved",
        "card-fed",
        "card-sent",
        "card-printed",
    ]


def test_the_intent_is_on_disk_before_the_first_byte(rig: Rig) -> None:
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        seen.extend(rows(rig.store, "SELECT serial, sent_at, settled_at FROM feed"))
        seen.extend(rows(rig.store, "SELECT state FROM card WHERE job IS NOT NULL"))
        seen.extend(rows(rig.store, "SELECT discard_due FROM unit"))

    rig.device.stories.append(Story(during=look))
    job = rig.office.submit()
    rig.run(rig.ended(job))
    assert seen == [("3C0001", None, None), ("fed",), (1,)]


def test_cards_follow_each_other_and_each_has_its_own_blank(rig: Rig) -> None:
    jobs = [rig.office.submit() for _ in range(3)]
    rig.run(rig.ended(*jobs))
    assert [rig.office.states(job) for job in jobs] == [("completed", "printed")] * 3
    assert len({rig.office.job(job).card for job in jobs}) == 3
    assert rig.device.fed == 3


def test_a_model_that_never_shows_busy_is_ready_for_the_whole_of_its_print_time(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, shows_busy=False, print_s=7.0)
    rig.device.stories.append(Story([READY]))
    job = rig.office.submit()
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.clock.passed >= 7.0


def test_a_model_that_shows_busy_and_did_not_is_a_question(rig: Rig) -> None:
    """Ready just after the last byte proves nothing."""
    rig.device.stories.append(Story([READY]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig), waits=400)
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert evidence(rig, job).rule == 8
    assert rig.clock.passed >= rig.model.print_s, "a sent card gets the whole of its print time"


def test_busy_that_never_ends_is_cut_at_the_deadline(rig: Rig) -> None:
    rig.device.stories.append(Story([BUSY]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig), waits=400)
    assert "discard" in rig.device.log
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert rig.clock.passed < rig.model.print_s + 2


def test_a_device_is_polled_at_least_once_a_second_while_a_card_moves(rig: Rig) -> None:
    rig.device.stories.append(Story([BUSY] * 10 + [OUT]))
    job = rig.office.submit()
    looked: list[float] = []

    def look() -> bool:
        looked.append(rig.clock.passed)
        return False

    rig.when(look, lambda: None)
    rig.run(rig.ended(job))
    assert max(b - a for a, b in pairwise(looked)) <= 1.0


def test_a_counter_that_agrees_makes_printed(counting: Rig) -> None:
    job = counting.office.submit()
    counting.run(counting.ended(job))
    assert counting.office.states(job) == ("completed", "printed")
    assert evidence(counting, job).counter_after == 101
    assert counting.office.unit().expected == 101


# ------------------------------------------------------------------------------- errors
def test_an_error_that_went_away_forbids_printed(rig: Rig) -> None:
    """A jam, cleared by hand; the printer is busy again and then ready, and the card may be in the bin."""
    rig.device.stories.append(Story([BUSY, stands("media-jam"), BUSY, READY]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    found = evidence(rig, job)
    assert (found.errors, found.rule) == (("media-jam",), 8)
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert fates_of(rig.office.question().offers) == {"printed", "spoiled", "untouched", "missing"}


def test_an_error_is_written_down_when_it_is_seen(rig: Rig) -> None:
    """The host may die before the verdict; the error must outlive it."""
    rig.device.stories.append(Story([BUSY, stands("cover-open")]))
    rig.device.discards.append(DiscardFailed("cover open"))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    assert evidence(rig, job).errors == ("cover-open",)
    assert "printer-error" in journal_of(rig.store)


def test_a_stream_that_broke_with_nothing_offered_left_the_card_untouched(rig: Rig) -> None:
    rig.device.stories.append(Story(broken=FeedBroken("refused"), offered=0))
    job = rig.office.submit()
    rig.run(rig.after(1))
    kinds = journal_of(rig.store)
    assert kinds[kinds.index("card-fed") + 1] == "card-untouched"
    assert kinds.count("card-printed") <= 1
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed"), "the job went on by itself"


def test_bytes_in_doubt_may_have_moved_the_card(rig: Rig) -> None:
    """A lost transfer was not acknowledged; how much of it was taken, no cable tells."""
    rig.device.stories.append(Story(broken=FeedBroken("stalled"), offered=0, in_doubt=64))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert evidence(rig, job).rule == 8


def test_a_stream_that_broke_half_way_is_a_question(rig: Rig) -> None:
    rig.device.stories.append(Story(broken=FeedBroken("jam"), before_break=[stands("media-jam")]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert rig.device.log[rig.device.log.index("feed") + 1] == "discard"
    assert evidence(rig, job).discarded


def test_an_empty_hopper_is_untouched_and_asks_for_a_count(rig: Rig) -> None:
    rig.device.stories.append(
        Story(broken=FeedBroken("no card"), before_break=[stands("media-empty")])
    )
    rig.device.idle = stands("media-empty")
    job = rig.office.submit()

    def now_stands() -> None:
        rig.device.idle = stands("media-empty")

    rig.device.idle = READY
    rig.device.stories[0].during = now_stands
    rig.run(lambda: waiting(rig))
    assert rig.office.job(job).state == "pending"
    assert rig.office.question().reason == "hopper-count"
    assert evidence(rig, job).rule == 7


def test_a_rejected_card_is_spoiled_and_only_the_jobs_future_is_asked(rig: Rig) -> None:
    rig.device.stories.append(Story([BUSY, stands("card-rejected")]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    assert rig.office.states(job) == ("processing-stopped", "spoiled")
    assert fates_of(rig.office.question().offers) == {"spoiled"}
    rig.office.answer("spoiled", "again", "print-failed")
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.office.balance() == {"printed": 1, "spoiled": 1, "loaded": 3}


def test_a_counter_that_moved_by_two_is_unknown_and_stays_to_be_explained(counting: Rig) -> None:
    """Two cards at once, or a self-test in the middle."""
    counting.device.stories.append(Story([BUSY, BUSY, Look(counts=2)]))
    job = counting.office.submit()
    counting.run(lambda: waiting(counting))
    assert evidence(counting, job).rule == 1
    counting.office.answer("printed", extra=1)
    counting.run(counting.after(3))
    assert counting.office.asked() == [], "two cards explain a movement of two"
    assert counting.office.balance() == {"printed": 1, "spoiled": 1, "loaded": 3}


def test_a_movement_that_the_answer_does_not_explain_asks_again(counting: Rig) -> None:
    counting.device.stories.append(Story([BUSY, BUSY, Look(counts=2)]))
    counting.office.submit()
    counting.run(lambda: waiting(counting))
    counting.office.answer("printed")
    counting.office.submit()
    counting.run(lambda: "unexplained-cards" in counting.reasons())
    question = counting.office.question()
    assert (question.reason, question.difference) == ("unexplained-cards", 1)
    assert counting.device.fed == 1, "nothing is fed before a person counted"


# ------------------------------------------------------------------------------- the cable
def test_a_device_that_went_in_mid_card_stops_the_job_with_a_question(rig: Rig) -> None:
    rig.device.stories.append(Story(broken=DeviceGone("unplugged")))
    job = rig.office.submit()
    second = rig.office.submit()
    rig.run(lambda: waiting(rig))
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert not evidence(rig, job).discarded, "it may still move"
    with pytest.raises(Refusal) as refused:
        rig.office.answer("printed")
    assert refused.value.code == "may-still-move"
    assert rig.office.job(second).state == "pending"
    assert rig.device.fed == 1


def test_after_a_replug_the_device_is_cleared_before_anything_is_fed(rig: Rig) -> None:
    rig.device.stories.append(Story(broken=DeviceGone("unplugged")))
    job = rig.office.submit()
    rig.office.submit()
    rig.when(lambda: waiting(rig), lambda: setattr(rig.device, "gone", False))
    rig.run(lambda: evidence(rig, job).discarded)
    after = rig.device.log[rig.device.log.index("feed") + 1 :]
    assert after.index("discard") < len(after)
    assert "feed" not in after
    assert evidence(rig, job).rule == 8
    assert "card-fate-open" in rig.reasons(), (
        "without a sensor only a person knows the path is empty"
    )


def test_the_watch_loses_the_device(rig: Rig) -> None:
    def pull() -> None:
        rig.device.gone = True

    rig.device.stories.append(Story([BUSY, Look(BUSY.condition, act=pull), BUSY]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert evidence(rig, job).sent_at is not None


def test_another_unit_on_the_port_does_not_settle_our_card(rig: Rig) -> None:
    """§5: `discard` on another unit promises nothing about the one that was fed."""

    def swap() -> None:
        rig.device.serial = "3C0002"

    rig.device.stories.append(Story([BUSY, Look(BUSY.condition, act=swap), READY]))
    job = rig.office.submit()
    rig.run(lambda: waiting(rig))
    found = evidence(rig, job)
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert not found.discarded
    assert rig.office.unit().discard_due, "unit 3C0001 may still print it"
    with pytest.raises(Refusal, match="3C0001"):
        rig.office.answer("printed")


def test_a_cable_pulled_later_does_not_touch_an_earlier_question(tmp_path: Path) -> None:
    rig = Rig(tmp_path, path_sensor=True)
    jam = Look(stands("media-jam").condition, ("media-jam",), path=True)
    rig.device.stories.append(Story([BUSY, jam]))
    rig.device.stories.append(Story(broken=DeviceGone("unplugged")))
    rig.office.submit()
    rig.run(lambda: waiting(rig))
    first = rig.office.question()
    # A card in the path takes *untouched* not away: a self-test may have begun after `discard`.
    assert fates_of(first.offers) == {"printed", "spoiled", "untouched", "missing"}
    rig.device.path = False
    rig.office.submit()
    rig.run(lambda: len(rig.office.asked()) == 2)
    assert rig.office.asked()[0] == first
    assert rig.device.fed == 2, "a question blocks its job, not a printer that can see its path"


# ------------------------------------------------------------------------------- discard
def test_nothing_is_fed_while_discard_fails(rig: Rig) -> None:
    rig.device.stories.append(Story(broken=FeedBroken("jam")))
    rig.device.discards.extend([DiscardFailed("cover open")] * 3)
    job = rig.office.submit()
    rig.office.submit()
    rig.run(rig.after(2))
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert "discard-due" in rig.reasons()
    assert rig.device.fed == 1
    with pytest.raises(Refusal) as refused:
        rig.office.answer("untouched", "again")
    assert refused.value.code == "may-still-move"
    rig.run(lambda: evidence(rig, job).discarded)
    assert rig.device.log.count("discard") == 4
    rig.office.answer("untouched", "again")
    assert rig.office.job(job).state == "pending"
