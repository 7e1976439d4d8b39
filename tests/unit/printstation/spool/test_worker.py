"""The loop of one printer: what stops it, what lets it go on, and that it ends when it is told to."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import (
    Condition,
    DeviceBusy,
    DeviceGone,
    DriverError,
    NotUnderstood,
    Staged,
    Status,
    WrongDevice,
)
from printstation.acts import fates
from printstation.acts.printers import set_paused, write_off
from printstation.refusals import Refusal
from printstation.spool import watch, worker
from printstation.spool.view import PrinterState, SeenReason
from printstation.store import feeds, units
from tests.unit.printstation.acts.kit import ANEW, SERIAL, TANGO
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import (
    BUSY,
    READY,
    Device,
    Look,
    Scripted,
    Story,
    stands,
)
from tests.unit.printstation.store.kit import journal_of


def idle_is(device: Device, look: Look) -> None:
    device.idle = look


def test_an_idle_printer_waits_and_writes_nothing(rig: Rig) -> None:
    """No job: one look a second, no transaction, no spinning."""
    entries = len(journal_of(rig.store))
    rig.run(waits=20)
    assert rig.worker.view.state is PrinterState.IDLE
    assert len(journal_of(rig.store)) == entries
    assert rig.clock.passed >= 15


def test_an_idle_printer_with_a_counter_waits_too(counting: Rig) -> None:
    counting.run(waits=20)
    assert counting.clock.passed >= 15


def test_no_recorded_blank_no_feed(tmp_path: Path) -> None:
    rig = Rig(tmp_path, blanks=0)
    rig.office.submit()
    rig.run(waits=5)
    assert rig.device.fed == 0
    assert rig.reasons() == ["no-blanks"]
    assert rig.office.asked() == []


@pytest.mark.parametrize("keyword", ["cover-open", "media-jam", "marker-supply-empty", "other"])
def test_a_printer_stops_with_its_reason_and_goes_on_by_itself(rig: Rig, keyword: str) -> None:
    rig.device.idle = stands(keyword)
    job = rig.office.submit()
    said: list[str] = []
    rig.when(rig.after(3), lambda: said.extend(rig.reasons()))
    rig.when(rig.after(3), lambda: idle_is(rig.device, READY))
    rig.run(rig.ended(job))
    assert said == [keyword]
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.clock.passed < 10
    kinds = journal_of(rig.store)
    assert kinds.index("printer-stopped") < kinds.index("printer-ready") < kinds.index("card-fed")


def test_a_stop_that_the_device_does_not_explain_is_a_stop_all_the_same() -> None:
    reasons = watch.device_reasons(Status(Condition.STOPPED, (), "17:04"))
    assert [(r.keyword, r.raw) for r in reasons] == [("other", "17:04")]
    assert watch.stops(reasons)
    assert watch.stops([SeenReason("never-heard-of")]), "an unknown word fails closed"
    assert not watch.stops([SeenReason("marker-supply-low")])


def test_a_warning_alone_stops_nothing(rig: Rig) -> None:
    rig.device.idle = Look(Condition.READY, ("marker-supply-low",))
    job = rig.office.submit()
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")


def test_empty_while_rows_remain_asks_for_a_count_and_goes_on_after_a_refill(rig: Rig) -> None:
    job = rig.office.submit()
    set_paused(rig.store, TANGO, True, ANEW, "ani")
    rig.when(rig.after(2), lambda: idle_is(rig.device, stands("media-empty")))
    rig.run(rig.after(5))
    assert [q.reason for q in rig.office.asked()] == ["hopper-count"]
    rig.device.idle = READY
    set_paused(rig.store, TANGO, False, ANEW, "ani")
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed"), (
        "a count may be given while it goes on"
    )


def test_a_hopper_that_was_empty_from_the_start_asks_nothing(rig: Rig) -> None:
    """Rows may be loaded before the human act or after it."""
    rig.device.idle = stands("media-empty")
    rig.run(waits=5)
    assert rig.office.asked() == []


def test_power_lost_with_the_cover_open_asks_for_a_count(rig: Rig) -> None:
    rig.device.idle = stands("cover-open")
    rig.when(rig.after(2), lambda: setattr(rig.device, "gone", True))
    rig.when(rig.after(4), lambda: setattr(rig.device, "gone", False))
    rig.run(lambda: bool(rig.office.asked()))
    assert rig.office.question().reason == "hopper-count"


def test_a_device_that_draws_no_card_and_says_ready_is_asked_ever_more_seldom(rig: Rig) -> None:
    for _ in range(50):
        rig.device.stories.append(Story([BUSY, stands("media-empty")]))
    rig.office.submit()
    rig.run(waits=200)
    assert 2 < rig.device.fed < 12
    assert [q.reason for q in rig.office.asked()] == ["hopper-count"]


class TakesNothing(Scripted):
    """A queue that says ready and refuses every card before it is fed."""

    def lay(self, staged: Staged) -> None:
        self._device.log.append("lay")
        raise DriverError("refused")

    def lift(self) -> None:
        pass


def test_a_queue_that_says_ready_and_takes_no_card_is_asked_ever_more_seldom(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try reserves a card and gives it back, which wakes the worker: not at once again, nor every second."""
    monkeypatch.setattr(rig.device, "open", lambda model, busy_wait_s: TakesNothing(rig.device))
    rig.desk = replace(rig.desk, open_driver=rig.device.open)
    job = rig.office.submit()
    rig.run(waits=200)
    assert 2 < rig.device.log.count("lay") < 12
    assert rig.device.fed == 0 and rig.office.states(job) == ("pending", None)


# ------------------------------------------------------------------------------- house reasons
def test_a_unit_whose_discard_is_due_is_blocked_even_if_nobody_cleared_it(rig: Rig) -> None:
    """A second lock on the same door: recovery clears first, and this holds if it ever should not."""
    with rig.store.write() as tx:
        units.change(tx, SERIAL, discard_due=1)
    found = watch.house_reasons(rig.desk, SERIAL)
    assert [reason.keyword for reason in found] == ["discard-due"]
    assert watch.blocks(found)
    assert not watch.blocks(watch.house_reasons(rig.desk, "3C0002"))


def test_pause_keeps_the_next_card_back_and_resume_lets_it_go(rig: Rig) -> None:
    set_paused(rig.store, TANGO, True, ANEW, "ani")
    job = rig.office.submit()
    rig.run(waits=4)
    assert rig.reasons() == ["paused"] and rig.device.fed == 0
    set_paused(rig.store, TANGO, False, ANEW, "ani")
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")


def test_a_pause_does_not_disturb_the_card_that_moves(rig: Rig) -> None:
    first, second = rig.office.submit(), rig.office.submit()
    rig.device.stories.append(Story(during=lambda: set_paused(rig.store, TANGO, True, ANEW, "ani")))
    rig.run(waits=8)
    assert rig.office.states(first) == ("completed", "printed")
    assert rig.office.job(second).state == "pending"


def test_nothing_starts_on_a_disk_that_is_nearly_full(rig: Rig) -> None:
    rig.free_mb = 199
    job = rig.office.submit()
    rig.run(waits=3)
    assert rig.reasons() == ["disk-low"] and rig.device.fed == 0
    rig.free_mb = 200
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")


def test_a_counter_that_moved_behind_our_back_stops_the_printer(counting: Rig) -> None:
    counting.run(waits=2)
    counting.device.counter = 103
    counting.office.submit()
    counting.run(lambda: "unexplained-cards" in counting.reasons())
    question = counting.office.question()
    assert (question.reason, question.difference, question.serial) == (
        "unexplained-cards",
        3,
        SERIAL,
    )
    assert counting.device.fed == 0
    counting.office.answer(counted=2, spoiled=3)
    counting.run(lambda: counting.device.fed == 1)
    assert counting.office.balance()["spoiled"] == 3


def test_a_unit_that_was_written_off_is_never_fed_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path, holds_job=True)
    rig.device.stories.append(Story(broken=DeviceGone("gone")))
    rig.office.submit()
    rig.run(lambda: bool(rig.office.asked()))
    write_off(rig.store, TANGO, SERIAL, ANEW, by="ani", supervisor="budi")
    rig.office.answer("missing", "cancel", "lost", device_serial=SERIAL)
    rig.office.submit()
    rig.device.gone = False
    rig.run(waits=6)
    assert "written-off" in rig.reasons()
    assert rig.device.fed == 1


def test_a_unit_that_is_said_to_keep_its_job_keeps_it_though_it_was_not_met_since(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path)
    rig.device.stories.append(Story(broken=DeviceGone("gone")))
    rig.office.submit()
    rig.run(lambda: bool(rig.office.asked()))
    # Somebody saw it print at power-on: `holds_job = true`, and the station is started anew. It is still off.
    rig.desk.model = replace(rig.model, holds_job=True)
    rig.run(waits=3)
    with pytest.raises(Refusal) as refused:
        rig.office.answer("missing", "cancel", "lost", device_serial=SERIAL)
    assert refused.value.code == "may-still-move"
    assert "prints it later" in refused.value.detail


def test_a_stray_card_in_the_path_holds_the_printer_and_moves_no_row(tmp_path: Path) -> None:
    rig = Rig(tmp_path, path_sensor=True)
    rig.device.path = True
    job = rig.office.submit()
    entries = len(journal_of(rig.store))
    rig.run(waits=10)
    assert rig.device.fed == 0 and rig.office.job(job).state == "pending"
    assert len(journal_of(rig.store)) - entries < 3
    rig.device.path = False
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")


@pytest.mark.parametrize("condition", [Condition.STOPPED, Condition.READY])
def test_a_new_ribbon_is_seen_before_the_next_card(rig: Rig, condition: Condition) -> None:
    rig.device.ribbon, rig.device.idle = 0, Look(condition, ("marker-supply-empty",))
    rig.run(waits=2)
    assert rig.worker.view.supplies == (("ribbon", 0, 500),)
    rig.device.ribbon, rig.device.idle = 500, READY
    rig.run(waits=2)
    assert rig.device.fed == 0
    assert rig.worker.view.supplies == (("ribbon", 500, 500),)


# ------------------------------------------------------------------------------- presence
@pytest.mark.parametrize(
    ("error", "keyword"),
    [
        (DeviceBusy("held"), "busy-elsewhere"),
        (WrongDevice("an Alto"), "wrong-device"),
        (NotUnderstood("garbled"), "not-understood"),
    ],
)
def test_a_device_that_cannot_be_held_says_why(rig: Rig, error: Exception, keyword: str) -> None:
    rig.device.opens.extend([error] * 3)  # type: ignore[list-item]
    job = rig.office.submit()
    said: list[str] = []
    rig.when(rig.after(2), lambda: said.extend(rig.reasons()))
    rig.run(rig.ended(job))
    assert said == [keyword]
    assert rig.office.states(job) == ("completed", "printed")


def test_absence_is_debounced_and_then_a_stop_of_its_own(rig: Rig) -> None:
    said: list[list[str]] = []

    def look() -> bool:
        said.append(rig.reasons())
        return False

    rig.device.gone = True
    rig.when(look, lambda: None)
    rig.run(waits=5)
    assert said[0] == ["connecting"] and said[-1] == ["disconnected"]
    assert journal_of(rig.store).count("printer-stopped") == 1


def test_it_goes_on_within_five_seconds_of_a_replug(rig: Rig) -> None:
    rig.device.gone = True
    rig.office.submit()
    rig.run(waits=10)
    replugged = rig.clock.passed
    rig.device.gone = False
    rig.run(lambda: rig.device.fed == 1)
    assert rig.clock.passed - replugged < 5


# ------------------------------------------------------------------------------- ending
def test_a_stop_waits_for_the_card_that_moves_and_starts_no_other(rig: Rig) -> None:
    first, second = rig.office.submit(), rig.office.submit()

    def stop() -> None:
        rig.stopping = True

    rig.device.stories.append(Story([BUSY, Look(BUSY.condition, act=stop), *Story().looks]))
    rig.run()
    assert rig.office.states(first) == ("completed", "printed")
    assert rig.office.job(second).state == "pending"
    assert rig.device.fed == 1 and rig.device.log[-1] == "close"


def test_a_stop_between_claim_and_feed_gives_the_blank_back(rig: Rig) -> None:
    job = rig.office.submit()

    def stop() -> None:
        rig.stopping = True

    rig.while_drawn[job] = stop
    rig.run()
    assert rig.office.states(job) == ("pending", None)
    assert rig.office.balance() == {"loaded": 5}
    assert rig.device.fed == 0


def test_leaving_at_once_leaves_the_rows_to_recovery(rig: Rig) -> None:
    def leave() -> None:
        rig.leaving = True

    rig.device.stories.append(Story([BUSY, Look(BUSY.condition, act=leave), *Story().looks]))
    job = rig.office.submit()
    rig.run()
    assert rig.office.states(job) == ("processing", "fed")
    with rig.store.read() as conn:
        assert len(feeds.unsettled(conn)) == 1
        unit = units.get(conn, SERIAL)
        assert unit is not None and unit.discard_due
    rig.run(lambda: bool(rig.office.asked()))
    assert rig.office.states(job) == ("processing-stopped", "fed")


def test_a_stop_with_an_absent_printer_ends_at_the_next_turn(rig: Rig) -> None:
    rig.device.gone = True
    rig.run(rig.after(2))
    assert rig.waits == 2


def test_our_own_mistake_stops_this_worker_alone_and_leaves_its_rows(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise AssertionError("a mistake of ours")

    monkeypatch.setattr(fates, "sent", wrong)
    # Another test of this process may have configured logging; this one is about what is said.
    monkeypatch.setattr(worker.log, "disabled", False)
    monkeypatch.setattr(worker.log, "propagate", True)
    caplog.set_level(logging.ERROR, logger=worker.log.name)
    job = rig.office.submit()
    rig.run()
    assert rig.reasons() == ["worker-stopped"]
    assert rig.worker.view.state is PrinterState.STOPPED
    assert rig.office.states(job) == ("processing", "fed"), "its rows stay as they are"
    assert rig.device.log[-1] == "close"
    assert "AssertionError" in caplog.text
    monkeypatch.undo()
    rig.run(lambda: bool(rig.office.asked()))
    assert rig.office.states(job) == ("processing-stopped", "fed"), "the next start settles"


def test_a_printer_that_waits_for_a_count_waits(counting: Rig) -> None:
    counting.run(waits=2)
    counting.device.counter = 103
    counting.run(lambda: "unexplained-cards" in counting.reasons())
    before, looks = counting.clock.passed, counting.device.looks
    counting.run(waits=20)
    assert counting.clock.passed - before >= 15
    assert counting.device.looks - looks < 30
