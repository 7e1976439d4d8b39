"""A cleaning run asked for by a person: done between two cards or not at all, and recorded only if it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import DeviceGone, DriverError
from printstation.acts.request import Request
from printstation.spool.duty import Duty
from printstation.spool.errands import PATIENCE_S, Errand, Errands, cleaning
from printstation.store import upkeep
from printstation.store.tables import UpkeepKind
from tests.unit.printstation.acts.kit import TANGO
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import READY, Scripted, Story, stands
from tests.unit.printstation.store.kit import journal_of

EVERY_TWO = Duty(clean_every_cards=2, exercise_after_s=3600.0)


@pytest.fixture
def kept(rig: Rig) -> Rig:
    rig.desk = replace(rig.desk, duty=EVERY_TWO)
    return rig


def ask(rig: Rig, key: str = "k") -> bool:
    errand = cleaning(rig.store, TANGO, Request(key, "test", b"h"), "ani")
    return rig.desk.errands.ask(errand, rig.clock.monotonic())


def cleanings(rig: Rig) -> int:
    return rig.device.log.count("clean")


def recorded(rig: Rig) -> upkeep.Upkeep | None:
    with rig.store.read() as conn:
        return upkeep.last(conn, TANGO, UpkeepKind.CLEANING)


def told(rig: Rig, kind: str) -> list[str]:
    with rig.store.read() as conn:
        rows = conn.exec_driver_sql("SELECT entry FROM journal WHERE kind = ?", (kind,)).all()
    return [json.loads(row[0])["data"]["why"] for row in rows]


def test_cleaning_is_due_after_so_many_cards_and_stops_nothing(kept: Rig) -> None:
    jobs = [kept.office.submit() for _ in range(3)]
    kept.run(kept.ended(*jobs))
    assert kept.office.states(jobs[2]) == ("completed", "printed")
    kept.run(kept.after(2))
    assert kept.reasons() == ["cleaning-due"]
    assert ask(kept)
    kept.run(kept.after(3))
    assert cleanings(kept) == 1 and kept.reasons() == []
    found = recorded(kept)
    assert found is not None and (found.by, found.after_feed) == ("ani", 3)


def test_what_stops_nothing_is_no_stop_in_the_journal(kept: Rig) -> None:
    jobs = [kept.office.submit() for _ in range(2)]
    kept.run(kept.ended(*jobs))
    kept.run(kept.after(2))
    assert kept.reasons() == ["cleaning-due"]
    with kept.store.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT entry FROM journal WHERE kind IN ('printer-ready', 'printer-stopped')"
        ).all()
    last = json.loads(rows[-1][0])
    assert (last["kind"], last["data"]["reasons"]) == ("printer-ready", ["cleaning-due"])


def test_a_device_that_says_it_too_is_not_told_twice(kept: Rig) -> None:
    jobs = [kept.office.submit() for _ in range(2)]
    kept.run(kept.ended(*jobs))
    kept.device.idle = replace(READY, errors=("cleaning-due",))
    kept.run(kept.after(2))
    assert kept.reasons() == ["cleaning-due"]


def test_it_waits_for_the_card_that_moves(kept: Rig) -> None:
    job = kept.office.submit()
    kept.device.stories.append(Story(during=lambda: ask(kept)))
    kept.run(kept.ended(job))
    kept.run(kept.after(3))
    log = kept.device.log
    assert cleanings(kept) == 1 and log.index("clean") > log.index("feed")
    assert kept.office.states(job) == ("completed", "printed")


def test_one_errand_at_a_time_and_a_repeated_request_is_the_same(kept: Rig) -> None:
    assert ask(kept, "a") and ask(kept, "a") and not ask(kept, "b")
    kept.run(kept.after(3))
    assert cleanings(kept) == 1
    assert ask(kept, "b")


def test_a_printer_that_stands_is_not_cleaned_minutes_later(kept: Rig) -> None:
    """Nobody stands there with the cleaning card any more."""
    kept.device.idle = stands("cover-open")
    ask(kept)
    kept.run(lambda: kept.clock.passed > PATIENCE_S + 2, waits=200)
    kept.device.idle = READY
    kept.run(kept.after(3))
    assert cleanings(kept) == 0 and recorded(kept) is None
    assert told(kept, "cleaning-failed") == ["not-ready"]


def test_a_printer_that_wants_nothing_but_cleaning_gets_it(kept: Rig) -> None:
    kept.device.idle = stands("cleaning-overdue")
    ask(kept)
    kept.run(kept.after(3))
    assert cleanings(kept) == 1


@pytest.mark.parametrize(
    ("error", "why", "opened"),
    [
        (DriverError("no known command"), "no known command", 1),
        (DeviceGone("unplugged"), "DeviceGone", 2),
    ],
)
def test_a_run_that_did_not_start_counts_for_nothing(
    kept: Rig, error: DriverError, why: str, opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Scripted) -> None:
        raise error

    monkeypatch.setattr(Scripted, "clean", broken)
    ask(kept)
    kept.run(kept.after(8))
    assert recorded(kept) is None
    assert told(kept, "cleaning-failed") == [why]
    assert kept.device.log.count("close") == opened, "only a lost one is let go and opened anew"
    job = kept.office.submit()
    kept.run(kept.ended(job))
    assert kept.office.states(job) == ("completed", "printed"), "and the printer goes on"


def test_a_printer_unused_for_long_asks_for_exercise_and_a_cleaning_is_some(kept: Rig) -> None:
    kept.run(kept.after(2))
    assert "exercise-due" not in kept.reasons(), "a new one was never used"
    job = kept.office.submit()
    kept.run(kept.ended(job))
    kept.clock.passed += 3601
    kept.run(kept.after(2))
    assert kept.reasons() == ["exercise-due"]
    ask(kept)
    kept.run(kept.after(3))
    assert kept.reasons() == []
    assert "printer-cleaned" in journal_of(kept.store)


def test_an_errand_is_taken_once() -> None:
    box = Errands()
    errand = Errand(None, lambda _driver: None, lambda _why: None)
    assert box.take(0.0, ready=True) is None
    assert box.ask(errand, 0.0)
    assert not box.ask(errand, 0.0), "without a key nobody knows whether it is the same"
    assert box.take(1.0, ready=False) is None
    assert box.take(1.0, ready=True) is errand
    assert box.take(1.0, ready=True) is None


def test_no_rule_reads_no_more_rows_than_it_needs(tmp_path: Path) -> None:
    """A count ends at the rule's number, however many cards a printer has made."""
    rig = Rig(tmp_path)
    with rig.store.write() as tx:
        for number in range(50):
            tx.conn.exec_driver_sql(
                "INSERT INTO feed (job, card, printer, session, counter_kind, fed_at, settled_at)"
                " VALUES (?, ?, ?, 's', 'none', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z')",
                (f"J{number}", f"B{number}", TANGO),
            )
    with rig.store.read() as conn:
        assert upkeep.fed_since(conn, TANGO, 0, 20) == 20
        assert upkeep.fed_since(conn, TANGO, 45, 20) == 5
        plan = conn.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM feed WHERE printer = 'x' AND id > 0 LIMIT 20"
        ).all()
    assert "ix_feed_of_printer" in str(plan)
