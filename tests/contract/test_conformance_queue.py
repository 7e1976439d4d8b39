"""What of the contract a print queue can keep, at every model of a queue. The rest is `docs/ipp-queues.md`'s."""

from __future__ import annotations

import pytest

import drivers
from drivers import Condition, DeviceBusy, DiscardFailed, TransferTimeout
from drivers.ipp.dialogue import Op
from tests.contract.conformance_queue import QueueBench
from tests.contract.test_conformance import PROMISES
from tests.unit.drivers.ipp.fake_queue import FakeJob

MODELS = [model for model in drivers.models().values() if model.family == "ipp"]
KEPT = (
    "stage-has-no-effect",
    "feed-moves-one-card",
    "ready-means-out",
    "nothing-moves-afterwards",
    "a-card-bears-its-picture",
    "outcome-only-observes",
    "a-unit-tells-its-serial",
)
PROMISED = [promise for promise in PROMISES if promise.name in KEPT]


@pytest.fixture(autouse=True)
def any_page_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card of few dots fits no queue; sizes are tried in tests/unit/drivers/ipp/test_check.py."""
    monkeypatch.setattr("drivers.ipp.check._page", lambda printer, model: iter(()))


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def bench(request: pytest.FixtureRequest) -> QueueBench:
    return QueueBench(request.param)


@pytest.mark.parametrize("promise", PROMISED, ids=lambda promise: promise.name)
def test_a_queue_keeps_its_promises(bench: QueueBench, promise: object) -> None:
    promise.story(bench)  # type: ignore[attr-defined]


def test_the_list_names_promises_that_there_are() -> None:
    assert {promise.name for promise in PROMISED} == set(KEPT)


def test_opening_and_closing_move_nothing(bench: QueueBench) -> None:
    driver = bench.restart()
    driver.close()
    driver.close()
    bench.restart()
    bench.settle()
    assert bench.queue.runs == [] and Op.CREATE_JOB not in bench.queue.log


def test_after_a_restart_history_is_empty_and_what_was_laid_cannot_print(bench: QueueBench) -> None:
    bench.feed()
    bench.restart()
    bench.settle()
    seen = bench.outcome()
    assert (seen.serial, seen.sent, seen.acknowledged) == (bench.device.serial, False, None)
    assert seen.may_still_move
    assert all(job.state >= 7 for job in bench.queue.jobs.values())
    bench.driver.discard()
    runs = len(bench.queue.runs)
    bench.settle()
    assert len(bench.queue.runs) == runs == 1


def test_discard_leaves_nothing_that_could_run(bench: QueueBench) -> None:
    bench.feed()
    bench.clock.sleep(3)
    bench.driver.discard()
    bench.driver.discard()
    assert bench.inside == 0 and not bench.driver.observed().may_still_move
    bench.settle()
    assert len(bench.queue.runs) == 1


def test_discard_raises_while_the_queue_keeps_the_job(bench: QueueBench) -> None:
    bench.feed()
    bench.queue.refuse[Op.CANCEL_JOB] = 0x0500
    start = bench.clock.now
    with pytest.raises(DiscardFailed):
        bench.driver.discard()
    assert bench.clock.now - start <= bench.model.discard_s + bench.model.reply_s
    assert bench.driver.observed().may_still_move


def test_somebody_elses_job_is_noticed(bench: QueueBench) -> None:
    driver = bench.driver
    bench.queue.jobs[50] = FakeJob(50, "urn:uuid:x", "letter", state=3, user="ani")
    status = driver.status()
    assert [reason.keyword for reason in status.reasons] == ["queue-not-ours"]
    assert status.condition is Condition.STOPPED
    with pytest.raises(DeviceBusy):
        bench.feed()
    assert bench.queue.runs == []


def test_a_lost_answer_is_no_good_end(bench: QueueBench) -> None:
    bench.feed()
    bench.queue.lose[Op.GET_JOB] = "late"
    with pytest.raises(TransferTimeout):
        bench.driver.status()
    assert bench.driver.observed().may_still_move
