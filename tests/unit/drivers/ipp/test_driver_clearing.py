"""Opening, clearing and answers that are none: the rest of ipp.md §9, on a queue in memory."""

from __future__ import annotations

from typing import Any

import pytest

from drivers import (
    Condition,
    DeviceGone,
    DiscardFailed,
    DriverError,
    FeedBroken,
    NotUnderstood,
    WrongDevice,
)
from drivers.ipp.clearing import START_MARK
from drivers.ipp.dialogue import Op
from drivers.ipp.jobs import NAME_PREFIX
from drivers.ipp.wire import Attribute, Tag
from tests.unit.drivers.ipp.bench import BEFORE, Bench, wait_in_line
from tests.unit.drivers.ipp.fake_queue import FakeJob


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


@pytest.mark.parametrize("reasons", [("none",), ("paused",)])
def test_a_run_that_stopped_the_queue_says_so_while_the_queue_cannot_be_cleared(
    bench: Bench, reasons: tuple[str, ...]
) -> None:
    """A backend that ends with 4 (§5): what became of the card can be asked only when the queue goes on again."""
    bench.fed()
    bench.run(2)
    bench.job.state, bench.job.reasons = 3, "printer-stopped"
    bench.queue.state, bench.queue.reasons = 5, ("media-jam-error", *reasons)
    told = [reason.keyword for reason in bench.driver.status().reasons]
    assert told == ["queue-job-broken-off", "media-jam", "queue-stopped"]
    assert [error.keyword for error in bench.driver.observed().errors] == ["queue-job-broken-off"]
    with pytest.raises(DiscardFailed):
        bench.driver.discard()


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


def test_another_model_behind_the_queue_is_refused_with_both_names(bench: Bench) -> None:
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
