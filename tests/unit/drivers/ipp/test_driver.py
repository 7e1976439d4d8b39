"""The rules of ipp.md §9 up to a card's end, one by one, on a queue in memory."""

from __future__ import annotations

from typing import Any

import pytest

from drivers import (
    Condition,
    DeviceBusy,
    DeviceGone,
    DriverError,
    FeedBroken,
    WrongDevice,
)
from drivers.ipp.dialogue import Op
from drivers.ipp.jobs import NAME_PREFIX
from tests.unit.drivers.ipp.bench import BEFORE, Bench
from tests.unit.drivers.ipp.fake_queue import FakeJob


# ------------------------------------------------------------------------------- 1 and 2: laid
def test_a_card_is_laid_held_and_compared_before_anything_can_move(bench: Bench) -> None:
    bench.driver.lay(bench.staged)
    job = bench.job
    assert (job.state, job.run, job.documents) == (4, None, 1)
    assert job.name.startswith(NAME_PREFIX)
    made = [op for op in bench.queue.log if op in (Op.CREATE_JOB, Op.SEND_DOCUMENT, Op.RELEASE_JOB)]
    assert made == [Op.CREATE_JOB, Op.SEND_DOCUMENT]
    bench.driver.lift()
    assert bench.job.state == 7 and bench.job.run is None
    bench.driver.lift()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"documents": 2}, "2 documents"),
        ({"octets": 1}, "1 KiB"),
        ({"state": 3}, "pending"),
        ({"run": 5}, "not held"),
        ({"uuid": "urn:uuid:stranger"}, "gone"),
    ],
)
def test_what_did_not_arrive_as_it_was_sent_is_taken_back(
    bench: Bench, change: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = bench.queue._at_job

    def spoil(operation: Op, job: FakeJob, document: bytes) -> Any:
        answer = send(operation, job, document)
        if operation is Op.SEND_DOCUMENT:
            for name, value in change.items():
                setattr(job, name, value)
        return answer

    monkeypatch.setattr(bench.queue, "_at_job", spoil)
    with pytest.raises(DriverError, match=words):
        bench.driver.lay(bench.staged)
    assert Op.RELEASE_JOB not in bench.queue.log
    assert bench.job.state == 7 or change.get("uuid")


def test_a_card_that_is_given_up_is_taken_back_by_the_next_look(bench: Bench) -> None:
    bench.driver.lay(bench.staged)
    assert bench.driver.status().condition is Condition.READY
    assert bench.job.state == 7


def test_somebody_elses_job_between_is_no_feed(bench: Bench) -> None:
    bench.queue.jobs[50] = FakeJob(50, "urn:uuid:x", "letter", state=3, user="ani")
    with pytest.raises(DeviceBusy):
        bench.driver.lay(bench.staged)
    assert bench.queue.jobs[51].state == 7 and bench.queue.jobs[50].state == 3
    status = bench.driver.status()
    assert [reason.keyword for reason in status.reasons] == ["queue-not-ours"]


# ------------------------------------------------------------------------------- 3: released
def test_a_lost_answer_is_asked_after_and_what_began_proves_nothing(bench: Bench) -> None:
    bench.queue.lose[Op.RELEASE_JOB] = "answer"
    bench.fed()
    assert bench.queue.log.count(Op.RELEASE_JOB) == 1
    bench.run(10)
    bench.job.state = 9
    assert bench.why() == "queue-end-not-proved"


def test_a_lost_request_is_sent_again_to_a_job_that_never_ran(bench: Bench) -> None:
    bench.queue.lose[Op.RELEASE_JOB] = "request"
    bench.fed()
    assert bench.queue.log.count(Op.RELEASE_JOB) == 2
    bench.run(10)
    bench.job.state = 9
    assert bench.driver.status().condition is Condition.READY
    assert not bench.driver.observed().errors


def test_a_release_that_cannot_be_asked_after_leaves_the_card_in_doubt(bench: Bench) -> None:
    bench.driver.lay(bench.staged)
    bench.queue.lose[Op.RELEASE_JOB] = "answer"
    bench.queue.down = True
    with pytest.raises(DeviceGone):
        bench.driver.feed(bench.staged)
    seen = bench.driver.observed()
    assert (seen.sent, seen.acknowledged, seen.in_doubt) == (False, 0, bench.staged.size)
    assert bench.clock.now <= 2 * bench.model.reply_s


def test_a_refused_release_offered_nothing(bench: Bench) -> None:
    bench.driver.lay(bench.staged)
    bench.queue.refuse[Op.RELEASE_JOB] = 0x0401
    with pytest.raises(FeedBroken):
        bench.driver.feed(bench.staged)
    seen = bench.after_discard()
    assert (seen.sent, seen.acknowledged, seen.in_doubt) == (False, 0, 0)
    assert bench.job.state == 7


# ------------------------------------------------------------------------------- 4, 5, 8: watched
def test_printed_is_seen_processing_then_completed_once_and_long_enough(bench: Bench) -> None:
    bench.fed()
    bench.run(9)
    bench.job.state = 9
    assert bench.driver.status().condition is Condition.READY
    seen = bench.driver.outcome(BEFORE)
    assert seen.sent and seen.busy_since_sent and seen.ready_now and not seen.errors
    assert (seen.serial, seen.may_still_move) == ("urn:uuid:queue", False)


@pytest.mark.parametrize(
    ("change", "keyword"),
    [
        ({"run": 101}, "queue-ran-twice"),
        ({"run": None}, "queue-ran-twice"),
        ({"uuid": "urn:uuid:stranger", "state": 9}, "queue-lost-job"),
        ({"state": 3}, "queue-job-broken-off"),
        ({"state": 4, "reasons": "resources-are-not-ready"}, "queue-job-broken-off"),
        ({"state": 6}, "queue-job-broken-off"),
        ({"state": 7}, "queue-job-broken-off"),
        ({"state": 8}, "queue-job-broken-off"),
        ({"state": 9, "run": 104}, "queue-ran-twice"),
    ],
)
def test_whatever_else_is_seen_after_a_run_is_a_question(
    bench: Bench, change: dict[str, Any], keyword: str
) -> None:
    bench.fed()
    bench.run(9)
    for name, value in change.items():
        setattr(bench.job, name, value)
    assert bench.why() == keyword
    # What was odd once stays odd, whatever the queue says next.
    bench.job.state, bench.job.run, bench.job.uuid = 9, 100, "urn:uuid:job-1"
    assert bench.driver.status().condition is Condition.STOPPED
    seen = bench.after_discard()
    assert seen.acknowledged == bench.staged.size and seen.errors


def test_not_found_is_not_not_printed(bench: Bench) -> None:
    bench.fed()
    bench.run(2)
    bench.queue.jobs.clear()
    assert bench.why() == "queue-lost-job"
    seen = bench.after_discard()
    assert seen.acknowledged == bench.staged.size
    assert bench.queue.log.count(Op.CREATE_JOB) == 1


def test_completed_too_soon_or_never_seen_processing_proves_nothing(bench: Bench) -> None:
    bench.fed()
    bench.run(7)
    bench.job.state = 9
    assert bench.why() == "queue-end-not-proved"
    bench = Bench()
    bench.fed()
    bench.job.state = 9
    assert bench.why() == "queue-end-not-proved"


def test_a_queue_that_was_not_calibrated_proves_nothing(bench: Bench) -> None:
    bench = Bench(backend_waits=False)
    bench.fed()
    bench.run(60)
    bench.job.state = 9
    assert bench.why() == "queue-end-not-proved"


def test_an_error_of_the_printer_counts_and_a_warning_does_not(bench: Bench) -> None:
    bench.fed()
    bench.queue.reasons = ("marker-supply-low-warning", "media-empty-warning")
    bench.run(9)
    bench.queue.reasons = ("media-jam-error",)
    bench.job.state = 9
    assert bench.why() == "media-jam"


def test_a_lost_connection_ends_the_watch(bench: Bench) -> None:
    """§9.9: the queue that answers over a new connection may have started anew."""
    bench.fed()
    bench.run(2)
    bench.queue.restart()
    with pytest.raises(DeviceGone):
        bench.driver.status()
    assert bench.queue.connections == 1


def test_another_queue_over_a_new_connection_is_refused(bench: Bench) -> None:
    """It was made anew under the same name: what is due at the old one is not due at this one."""
    bench.queue.restart()
    bench.queue.uuid = "urn:uuid:another"
    with pytest.raises(WrongDevice, match="another"):
        bench.driver.status()
    with pytest.raises(WrongDevice, match="another"):
        bench.driver.lay(bench.staged)
    assert not bench.queue.jobs
