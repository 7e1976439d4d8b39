"""The rules of ipp.md §9, one by one, on a queue in memory."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from drivers import (
    Before,
    Condition,
    DeviceBusy,
    DeviceGone,
    DiscardFailed,
    DriverError,
    Face,
    FeedBroken,
    NotUnderstood,
    Outcome,
    Staged,
    WrongDevice,
)
from drivers.ipp.clearing import START_MARK
from drivers.ipp.dialogue import Op
from drivers.ipp.driver import IppDriver, attach
from drivers.ipp.jobs import NAME_PREFIX
from drivers.ipp.wire import Attribute, Tag
from tests.unit.drivers.ipp.fake_queue import FakeJob, FakeQueue
from tests.unit.drivers.ipp.kit import queue_model
from tests.unit.drivers.magicard_kit import Time

BEFORE = Before("urn:uuid:queue", None, None)


class Bench:
    """One driver at one queue, with a card ready to be sent."""

    def __init__(self, **model: Any) -> None:
        self.clock = Time()
        self.queue = FakeQueue()
        self.model = queue_model(width_px=30, height_px=20, least_s=8.0, **model)
        self.driver = self.attach()
        face = Face(Image.new("RGB", (30, 20), "red"), Image.new("L", (30, 20), 0))
        self.staged: Staged = self.driver.stage([face])

    def attach(self, busy_wait_s: float = 0) -> IppDriver:
        return attach(self.queue, self.model, self.clock, busy_wait_s)  # type: ignore[arg-type]

    @property
    def job(self) -> FakeJob:
        return self.queue.jobs[max(self.queue.jobs)]

    def fed(self) -> None:
        self.driver.lay(self.staged)
        self.driver.feed(self.staged)

    def run(self, seconds: float) -> None:
        """It is seen processing for so long."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            assert self.driver.status().condition is Condition.BUSY
            self.clock.sleep(0.5)

    def why(self) -> str:
        """The driver sees an end that is none; the first error on record."""
        assert self.driver.status().condition is Condition.STOPPED
        return self.driver.observed().errors[0].keyword

    def after_discard(self) -> Outcome:
        self.driver.discard()
        return self.driver.outcome(BEFORE)


def wait_in_line(job: FakeJob) -> None:
    """Released, and its run has not begun."""
    job.state, job.run = 3, None


@pytest.fixture(autouse=True)
def no_page_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny card fits no queue; sizes are checked in test_check.py."""
    monkeypatch.setattr("drivers.ipp.check._page", lambda printer, model: iter(()))


@pytest.fixture
def bench() -> Bench:
    return Bench()


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


def test_a_queue_that_was_not_calibrated_proves_nothing() -> None:
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


# ------------------------------------------------------------------------------- 5 and 7: cleared
def test_untouched_is_a_job_that_was_canceled_and_never_ran(bench: Bench) -> None:
    bench.queue.on_release = wait_in_line
    bench.fed()
    bench.job.reasons = "printer-stopped"
    assert bench.why() == "queue-job-broken-off"
    seen = bench.after_discard()
    assert (seen.acknowledged, seen.in_doubt, seen.may_still_move) == (0, 0, False)


def test_never_ran_counts_only_over_the_connection_that_laid_the_job(bench: Bench) -> None:
    bench.queue.on_release = wait_in_line
    bench.fed()
    bench.queue.restart()
    assert bench.after_discard().acknowledged == bench.staged.size


def test_discard_waits_until_the_queue_rests(bench: Bench) -> None:
    bench.fed()
    bench.queue.state = 4
    bench.queue.on_cancel = lambda job: None
    start = bench.clock.now
    with pytest.raises(DiscardFailed, match="processing after a cancel"):
        bench.driver.discard()
    assert bench.clock.now - start >= bench.model.discard_s
    bench.queue.state = 3
    bench.driver.discard()


def test_discard_ends_at_once_where_only_a_person_can_help(bench: Bench) -> None:
    bench.fed()
    bench.queue.state, bench.queue.message = 5, "Paused"
    with pytest.raises(DiscardFailed, match="Paused"):
        bench.driver.discard()
    assert bench.clock.now < 1 and Op.RESUME_PRINTER not in bench.queue.log


def test_only_the_stop_of_the_start_hook_is_lifted_and_only_when_nothing_waits(
    bench: Bench,
) -> None:
    bench.fed()
    bench.job.state = 3
    bench.queue.state, bench.queue.message = 5, START_MARK
    bench.driver.discard()
    log = bench.queue.log
    assert bench.queue.state == 3
    assert log.index(Op.CANCEL_JOB) < log.index(Op.RESUME_PRINTER)
    bench.queue.state = 5
    bench.queue.refuse[Op.RESUME_PRINTER] = 0x0401
    again = bench.attach()
    assert [r.keyword for r in again.status().reasons] == ["queue-stopped"]
    bench.queue.jobs[9] = FakeJob(9, "urn:uuid:x", "letter", state=3)
    del bench.queue.refuse[Op.RESUME_PRINTER]
    bench.attach()
    assert bench.queue.state == 5


def test_a_cancel_that_is_refused_is_no_discard(bench: Bench) -> None:
    bench.fed()
    bench.queue.refuse[Op.CANCEL_JOB] = 0x0403
    with pytest.raises(DiscardFailed):
        bench.driver.discard()


# ------------------------------------------------------------------------------- opening
def test_an_opening_cancels_what_waits_at_once_and_what_moves_at_its_end(bench: Bench) -> None:
    mine = f"{NAME_PREFIX}old"
    bench.queue.jobs = {
        1: FakeJob(1, "a", mine, state=5, run=1),
        2: FakeJob(2, "b", mine, state=3, run=1),
        3: FakeJob(3, "c", "letter", state=4),
    }
    bench.queue.state = 4
    bench.attach(busy_wait_s=5)
    assert [job.state for job in bench.queue.jobs.values()] == [7, 7, 4]
    assert 5 <= bench.clock.now < 6


def test_another_model_behind_the_queue_is_refused_with_both_names() -> None:
    with pytest.raises(
        WrongDevice, match=r"configured is ipp-card, the queue cards is of 'DTC1500'"
    ):
        Bench(mdl="HDP.*")
    Bench(mdl="DTC.*")


def test_an_idle_connection_may_end_and_another_answers(bench: Bench) -> None:
    bench.queue.restart()
    assert bench.driver.status().condition is Condition.READY
    bench.queue.restart()
    assert bench.driver.identify().serial == "urn:uuid:queue"
    bench.queue.restart()
    bench.driver.lay(bench.staged)


def test_a_queue_that_became_another_one_says_so(bench: Bench) -> None:
    bench.queue.uuid = "urn:uuid:other"
    assert bench.driver.outcome(BEFORE).serial == "urn:uuid:other"


# ------------------------------------------------------------------------------- bad answers
@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:-5],
        lambda body: body + body,
        lambda body: body + bytes(1 << 20),
        lambda body: b"<html>printer</html>",
        lambda body: body[:4] + b"\x7f\xff\xff\xff" + body[8:],
        lambda body: b"",
    ],
    ids=["cut", "doubled", "1 MB", "other language", "other request", "empty"],
)
def test_an_answer_that_is_none_is_said_so_and_nothing_more_is_read_from_there(
    bench: Bench, spoil: Any
) -> None:
    bench.fed()
    bench.queue.rewrite = spoil
    with pytest.raises(NotUnderstood):
        bench.driver.status()
    with pytest.raises(DeviceGone):
        bench.driver.status()
    assert bench.driver.observed().sent


def test_names_in_any_writing_reach_nobody_unprintable(bench: Bench) -> None:
    device = "MFG:Kartu\u202e\x07;MDL:プリンタ\x1b[31m;SN:\u0661"
    bench.queue.settings["printer-device-id"] = Attribute(Tag.TEXT, "printer-device-id", (device,))
    bench.queue.settings["printer-info"] = Attribute(Tag.TEXT, "printer-info", ("Loket 1\n✓" * 40,))
    found = bench.attach().identify()
    assert found.model == "プリンタ\ufffd[31m"
    assert found.manufacturer == "Kartu\ufffd\ufffd"
    assert len(found.description) == 127 and found.description.isprintable()


def test_the_rest_of_the_contract(bench: Bench) -> None:
    for act in (bench.driver.eject, bench.driver.reject, bench.driver.clean):
        with pytest.raises(DriverError):
            act()
    assert bench.driver.counters().cards is None
    bench.queue.settings["marker-names"] = Attribute(Tag.NAME, "marker-names", ("ribbon", "film"))
    bench.queue.settings["marker-levels"] = Attribute(Tag.INTEGER, "marker-levels", (40, -3))
    bench.driver.status()
    told = [(s.name, s.remaining, s.capacity) for s in bench.driver.supplies()]
    assert told == [("ribbon", 40, 100), ("film", None, 100)]
    bench.driver.close()
    bench.driver.close()


# ------------------------------------------------------------------------------- without a hold (§10)
def test_where_nothing_is_held_the_document_is_the_feed_and_is_sent_once(bench: Bench) -> None:
    bench.queue.holds = False
    driver = bench.attach()
    driver.lay(bench.staged)
    assert Op.SEND_DOCUMENT not in bench.queue.log
    bench.queue.lose[Op.SEND_DOCUMENT] = "answer"
    with pytest.raises(FeedBroken):
        driver.feed(bench.staged)
    seen = driver.observed()
    assert (seen.sent, seen.in_doubt) == (False, bench.staged.size)
    driver.discard()
    assert driver.outcome(BEFORE).in_doubt == bench.staged.size
    assert bench.queue.log.count(Op.SEND_DOCUMENT) == 1
