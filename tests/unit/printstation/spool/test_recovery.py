"""Start and reconnect: whatever was cut where, the same steps put it right, once or five times."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from drivers import DiscardFailed
from printstation.spool import recovery
from printstation.spool.walk import lost
from printstation.store import feeds, units
from printstation.store.feeds import Feed
from tests.unit.printstation.acts.kit import SERIAL
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import READY
from tests.unit.printstation.store.kit import journal_of, rows


def feed_of(rig: Rig) -> Feed:
    with rig.store.read() as conn:
        (found,) = feeds.unsettled(conn)
    return found


def everything(rig: Rig) -> list[object]:
    return [
        rows(rig.store, f"SELECT * FROM {table} ORDER BY 1")
        for table in ("job", "card", "feed", "question", "unit")
    ]


def test_a_reserved_blank_goes_back_and_its_job_queues_again(rig: Rig) -> None:
    rig.office.submit()
    job, card = rig.office.claim()
    rig.run(waits=1)
    assert rig.office.card(card).state in ("loaded", "printed")
    kinds = journal_of(rig.store)
    assert kinds.index("card-given-back") == kinds.index("card-reserved") + 1
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.device.fed == 1


@pytest.mark.parametrize("sent", [False, True], ids=["fed", "sent"])
def test_a_card_that_was_fed_before_the_cut_is_a_question(rig: Rig, sent: bool) -> None:
    job = rig.office.submit()
    rig.office.feed(sent=sent)
    rig.office.submit()
    rig.run(waits=4)
    found = feed_of(rig)
    assert (found.discarded, found.rule) == (True, 8)
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert rig.office.question().job == job
    assert rig.device.fed == 0, "without a path sensor the open question blocks the printer"
    assert rig.device.log.index("discard") > rig.device.log.index("identify")


def test_a_pick_counter_that_stood_still_settles_it_without_a_person(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "pick")
    rig.office = type(rig.office)(rig.store, "pick")
    job = rig.office.submit()
    rig.office.feed()
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")
    assert "card-untouched" in journal_of(rig.store)
    assert rig.office.asked() == [] and rig.device.fed == 1


def test_an_eject_counter_in_another_session_proves_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "eject")
    rig.office = type(rig.office)(rig.store, "eject")
    job = rig.office.submit()
    rig.office.feed()
    rig.device.counter = 101
    rig.run(waits=3)
    assert rig.office.states(job) == ("processing-stopped", "fed")
    rig.office.answer("printed")
    assert rig.office.unit().expected == 101
    rig.run(waits=3)
    assert rig.office.asked() == []


def test_the_rows_are_right_before_the_device_is_there(rig: Rig) -> None:
    job = rig.office.submit()
    rig.office.feed()
    rig.device.gone = True
    rig.run(waits=2)
    assert rig.office.states(job) == ("processing-stopped", "fed")
    assert not feed_of(rig).discarded
    assert rig.office.question().job == job


def test_recovery_may_be_cut_and_repeated(rig: Rig) -> None:
    rig.office.submit()
    rig.office.feed()
    rig.device.discards.extend([DiscardFailed("not now")] * 2)
    rig.run(waits=1)
    once = everything(rig)[:2]
    for _ in range(3):
        rig.run(waits=1)
    assert everything(rig)[:2] == once
    settled = everything(rig)
    for _ in range(3):
        rig.run(waits=2)
    assert everything(rig) == settled
    assert journal_of(rig.store).count("question-asked") == 1
    assert journal_of(rig.store).count("job-stopped") == 1


def test_what_is_lost_twice_is_lost_once(rig: Rig) -> None:
    rig.office.submit()
    rig.office.feed()
    lost(rig.desk, "DeviceGone")
    before = everything(rig), journal_of(rig.store)
    lost(rig.desk, "not-held")
    assert (everything(rig), journal_of(rig.store)) == before


def test_a_unit_with_a_discard_due_is_cleared_though_no_card_is_open(rig: Rig) -> None:
    """A person stated that it was off, and answered; it is fed again only after `discard`."""
    job = rig.office.submit()
    rig.office.stop(rig.office.feed())
    rig.office.answer("untouched", "again", device_serial=SERIAL)
    assert rig.office.unit().discard_due
    rig.run(rig.ended(job))
    assert rig.device.log.index("discard") < rig.device.log.index("feed")
    assert rig.office.states(job) == ("completed", "printed")


def test_another_unit_on_the_port_is_not_held_up_by_the_first_ones_card(rig: Rig) -> None:
    """§5: `discard` due on one unit does not block another."""
    first = rig.office.submit()
    rig.office.stop(rig.office.feed())
    rig.device.serial = "3C0002"
    second = rig.office.submit()
    rig.run(rig.ended(second))
    assert rig.office.states(second) == ("completed", "printed")
    assert rig.office.states(first) == ("processing-stopped", "fed")
    assert "discard" not in rig.device.log
    with rig.store.read() as conn:
        unit = units.get(conn, SERIAL)
        assert unit is not None and unit.discard_due
    rig.device.serial = SERIAL
    rig.run(lambda: feed_of(rig).discarded)
    assert rig.office.question().job == first


# ------------------------------------------------------------------------------- how long a busy device is left alone
def test_a_sent_card_gets_the_rest_of_its_print_time(rig: Rig) -> None:
    rig.office.submit()
    rig.office.feed()
    rig.clock.passed += 5
    assert recovery.busy_wait(rig.desk) == pytest.approx(15.0)
    rig.clock.passed += 100
    assert recovery.busy_wait(rig.desk) == 0.0


def test_a_card_that_was_never_sent_is_given_no_time(rig: Rig) -> None:
    rig.office.submit()
    rig.office.feed(sent=False)
    assert recovery.busy_wait(rig.desk) == 0.0


def test_somebody_elses_card_gets_a_whole_print_time(rig: Rig) -> None:
    assert recovery.busy_wait(rig.desk) == rig.model.print_s
    rig.run(waits=1)
    assert rig.device.busy_waits == [rig.model.print_s]


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=1)])
def test_a_clock_that_was_set_is_bounded(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    rig.office.submit()
    rig.office.feed()
    now = rig.clock.now() + jump
    monkeypatch.setattr(rig.clock, "now", lambda: now)
    assert 0.0 <= recovery.busy_wait(rig.desk) <= rig.model.print_s


def test_a_device_that_fails_while_it_is_asked_is_let_go(rig: Rig) -> None:
    rig.device.idle = READY
    opened = rig.device.open

    def open_and_pull(*args: object) -> object:
        driver = opened(*args)  # type: ignore[arg-type]
        rig.device.gone = True
        return driver

    rig.desk.open_driver = open_and_pull  # type: ignore[assignment]
    rig.run(waits=1)
    assert rig.device.log == ["open", "identify", "close"]
