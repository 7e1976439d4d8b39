"""cupsd is killed or restarted while a card is on its way: never a second card by itself, never a second job.

Slow: print servers start, twice for each test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import Before, Condition
from tests.contract.cupsd_kit import Cupsd, needs_cupsd
from tests.contract.ipp_kit import (
    Paced,
    QueueRig,
    left_behind,
    noise,
    opened,
    opens_gate,
    queue_model,
    unfinished,
    until_not_busy,
    until_processing,
)

pytestmark = [pytest.mark.slow, needs_cupsd]


@pytest.fixture
def rig(tmp_path: Path, server: Cupsd) -> QueueRig:
    return QueueRig(tmp_path, server)


def restart(server: Cupsd, how: str, *, hook: bool) -> None:
    """The service manager's work; the orphan of a killed cupsd prints on meanwhile."""
    server.kill() if how == "kill" else server.stop()
    if hook:
        server.run_hook()
    server.start()


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_with_the_hook_a_restart_in_mid_card_runs_nothing_again(rig: QueueRig, how: str) -> None:
    server = rig.server
    rig.when(server.waits, lambda: restart(server, how, hook=True))
    first, second = rig.office.submit(), rig.office.submit()
    rig.run(rig.settled, waits=4000)
    assert rig.office.job(first).state == "processing-stopped"
    assert unfinished(server) == []
    assert len(server.starts()) == 1
    # The queue was let go on by the driver; the next card waits only for the answer.
    server.end_orphans()
    rig.office.answer("spoiled", "cancel", "print-failed")
    opens_gate(rig, run=2)
    rig.run(rig.ended(second), waits=4000)
    assert rig.office.states(second) == ("completed", "printed")
    assert len(server.starts()) == 2


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_without_the_hook_the_second_run_is_ended_and_asked_about(rig: QueueRig, how: str) -> None:
    """What the hook is for: cupsd starts the job again at once, before anybody can cancel it."""
    server = rig.server
    rig.when(server.waits, lambda: restart(server, how, hook=False))
    job = rig.office.submit()
    rig.when(lambda: len(server.starts()) == 2 and server.waits(), lambda: server.open_gate(0))
    rig.run(rig.settled, waits=4000)
    assert rig.office.job(job).state == "processing-stopped"
    assert len(server.starts()) == 2  # no driver can prevent that
    assert unfinished(server) == []


def test_a_job_that_cupsd_forgot_is_never_sent_again(rig: QueueRig) -> None:
    """With the default DirtyCleanInterval a crash loses young jobs, and gives their numbers out anew."""
    server = rig.server
    server.stop()
    server.edit("cupsd.conf", "DirtyCleanInterval 0", "DirtyCleanInterval 30")
    server.start()
    rig.when(server.waits, lambda: restart(server, "kill", hook=True))
    job = rig.office.submit()
    rig.run(rig.settled, waits=4000)
    assert rig.office.job(job).state == "processing-stopped"
    assert len(server.starts()) == 1
    rig.run(rig.after(20), waits=20)
    assert len(server.starts()) == 1 and unfinished(server) == []


def test_a_restart_before_the_feed_is_no_question(rig: QueueRig) -> None:
    """The server dies while the card is drawn: it is laid over a new connection, and was never in doubt."""
    server = rig.server
    done: list[str] = []

    def once() -> None:
        if not done:
            done.append("killed")
            restart(server, "kill", hook=False)

    job = rig.office.submit()
    rig.while_drawn[job] = once
    opens_gate(rig)
    rig.run(rig.ended(job), waits=4000)
    assert rig.office.states(job) == ("completed", "printed")
    assert len(server.starts()) == 1


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_restart_between_laying_and_release_lets_the_job_go_once(server: Cupsd, how: str) -> None:
    """The release meets a dead connection; the job is asked after, is still held, and runs once."""
    model, clock = queue_model(), Paced()
    with opened(server.uri, model, clock) as driver:
        staged = driver.stage([noise(model)])
        driver.lay(staged)
        restart(server, how, hook=False)
        driver.feed(staged)
        until_processing(driver, clock, server)
        for _ in range(10):
            clock.sleep(0.5)
            driver.status()
        server.open_gate(0)
        assert until_not_busy(driver, clock).condition is Condition.READY
        assert driver.observed().errors == ()
    assert server.printed() == staged.payload[0] and len(server.starts()) == 1


def test_a_job_that_was_lost_before_its_release_is_not_sent_again(server: Cupsd) -> None:
    server.stop()
    server.edit("cupsd.conf", "DirtyCleanInterval 0", "DirtyCleanInterval 30")
    server.start()
    model, clock = queue_model(), Paced()
    with opened(server.uri, model, clock) as driver:
        staged = driver.stage([noise(model)])
        driver.lay(staged)
        restart(server, "kill", hook=False)
        driver.feed(staged)  # nobody knows: it may have been let go before it was lost
        assert driver.status().condition is Condition.STOPPED
        driver.discard()
        assert driver.outcome(Before(None, None, None)).acknowledged
    assert server.starts() == []


def test_the_station_dies_in_mid_card_and_lets_it_come_out(rig: QueueRig) -> None:
    """Its new life waits for the end of the run, asks about the card, and sends nothing again."""
    server = rig.server

    def die() -> None:
        rig.leaving = True

    rig.when(server.waits, die)
    job = rig.office.submit()
    rig.run(rig.ended(job), waits=4000)
    assert unfinished(server) != []
    opens_gate(rig)
    rig.run(rig.settled, waits=4000)
    assert server.ends() == ["0"]
    assert rig.office.job(job).state == "processing-stopped"
    assert len(server.starts()) == 1 and unfinished(server) == []


def test_a_start_with_a_job_of_an_earlier_life_cancels_it_whatever_the_rows_say(
    rig: QueueRig,
) -> None:
    """A station that died between laying and feeding left a held job with somebody's picture in it."""
    left_behind(rig.server)
    assert len(unfinished(rig.server)) == 1
    job = rig.office.submit()
    opens_gate(rig)
    rig.run(rig.ended(job), waits=4000)
    assert rig.office.states(job) == ("completed", "printed")
    assert unfinished(rig.server) == []
    assert len(rig.server.starts()) == 1


def test_the_hook_stops_only_what_is_named(server: Cupsd) -> None:
    server.stop()
    server.add_queue("cards.2", uuid="6dd5be82-3a72-3b8a-5a4b-000000000002", device="card:/nowhere")
    before = (server.folder / "etc/printers.conf").read_text()
    server.run_hook("cards.2", "nowhere", "; rm -rf x")
    text = (server.folder / "etc/printers.conf").read_text()
    first, second = text.split("<Printer cards.2>")
    assert "State Stopped" in second and "State Idle" not in second
    assert first == before.split("<Printer cards.2>")[0]
    server.run_hook("cards.2")
    assert (server.folder / "etc/printers.conf").read_text() == text
    server.start()
