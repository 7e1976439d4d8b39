"""Rests, cleaning, exercise and transfer temperature: from the rows, over restarts, at any speed of the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import drivers
from printstation.clock import rfc3339
from printstation.config import PrinterConfig
from printstation.spool import duty
from printstation.spool.duty import Duty, DutyWatch, Worked, due, duty_of
from printstation.spool.view import PrinterState
from tests.unit.printstation.acts.kit import TANGO
from tests.unit.printstation.spool.rig import Rig
from tests.unit.printstation.spool.scripted import READY, Story, stands
from tests.unit.printstation.store.kit import START

REST = Duty(rest_after_cards=3, rest_s=60.0, card_s=20.0)


def hot(folder: Path, rules: Duty = REST, blanks: int = 12, **how: Any) -> Rig:
    rig = Rig(folder, blanks=blanks, **how)
    rig.desk = replace(rig.desk, duty=rules)
    return rig


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def fed_at(rig: Rig) -> list[datetime]:
    with rig.store.read() as conn:
        return [at(r[0]) for r in conn.exec_driver_sql("SELECT fed_at FROM feed ORDER BY id")]


def gaps(rig: Rig) -> list[float]:
    moments = fed_at(rig)
    return [(b - a).total_seconds() for a, b in pairwise(moments)]


# ------------------------------------------------------------------------------- rests
def test_after_so_many_cards_it_rests_says_until_when_and_goes_on_by_itself(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    jobs = [rig.office.submit() for _ in range(7)]
    seen: list[tuple[list[str], str | None, PrinterState]] = []

    def note() -> bool:
        if rig.reasons() == ["resting"] and len(fed_at(rig)) == 3:
            seen.append((rig.reasons(), rig.worker.view.resumes_at, rig.worker.view.state))
        return rig.ended(*jobs)()

    rig.run(note, waits=3000)
    assert [round(gap) >= 60 for gap in gaps(rig)] == [False, False, True, False, False, True]
    assert {state for *_, state in seen} == {PrinterState.STOPPED}
    (promised,) = {text for _, text, _ in seen}
    assert promised is not None
    late = (fed_at(rig)[3] - at(promised)).total_seconds()
    assert 0 <= late <= rig.model.status_interval_s, "the next card comes when it was said to"
    assert rig.worker.view.resumes_at is None
    rig.office.check()


def test_a_job_is_not_held_by_a_resting_printer(tmp_path: Path) -> None:
    """Nothing is claimed before the rest is over: another printer may take it."""
    rig = hot(tmp_path)
    jobs = [rig.office.submit() for _ in range(4)]
    rig.run(lambda: rig.reasons() == ["resting"] and rig.waits > 30, waits=400)
    assert rig.office.states(jobs[3]) == ("pending", None)
    assert rig.office.balance()["loaded"] == 9


def test_a_restart_and_a_power_cut_in_the_middle_cool_nothing(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    jobs = [rig.office.submit() for _ in range(4)]
    rig.run(lambda: rig.reasons() == ["resting"], waits=400)
    until = rig.worker.view.resumes_at
    assert until is not None
    rig.clock.passed += 10
    rig.run(rig.after(3))
    assert rig.reasons() == ["resting"] and rig.worker.view.resumes_at == until
    rig.run(rig.ended(*jobs), waits=3000)
    assert fed_at(rig)[3] >= at(until)


def test_a_pause_as_long_as_the_rest_begins_a_new_run(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    for count in (2, 3):
        jobs = [rig.office.submit() for _ in range(count)]
        rig.run(rig.ended(*jobs), waits=400)
        rig.clock.passed += 61
    assert max(gaps(rig)) < 80 and len(fed_at(rig)) == 5
    rig.run(rig.after(2))
    assert rig.reasons() == []


def test_a_shorter_pause_does_not(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    first = [rig.office.submit() for _ in range(2)]
    rig.run(rig.ended(*first), waits=400)
    rig.clock.passed += 45
    second = rig.office.submit()
    rig.run(rig.ended(second), waits=400)
    rig.run(rig.after(2))
    assert rig.reasons() == ["resting"]


def test_a_card_that_never_left_the_hopper_warms_nothing(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    rig.device.stories.extend([Story([stands("media-empty")])] * 2)
    jobs = [rig.office.submit() for _ in range(3)]
    rig.run(rig.ended(*jobs), waits=400)
    assert rig.device.fed == 5 and max(gaps(rig)) < 60


def test_a_card_that_waits_days_for_its_answer_has_not_moved_for_days(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    with rig.store.write() as tx:
        tx.conn.exec_driver_sql("DELETE FROM feed")
        for minutes in (0, 1, 2):
            start = START + timedelta(minutes=minutes)
            tx.conn.exec_driver_sql(
                "INSERT INTO feed (job, card, printer, session, counter_kind, fed_at, settled_at)"
                " VALUES (?, ?, ?, 's', 'none', ?, ?)",
                (
                    f"J{minutes}",
                    f"B{minutes}",
                    TANGO,
                    rfc3339(start),
                    rfc3339(start + timedelta(days=3)),
                ),
            )
    with rig.store.read() as conn:
        known = duty.worked(conn, TANGO, REST)
    assert known.hot_since == START + timedelta(minutes=2, seconds=20)


def test_a_rest_is_as_much_shorter_as_the_clock_is_faster(tmp_path: Path) -> None:
    """Rows hold wall time, of which a fast simulator uses less."""
    rules = replace(REST, speed=100.0)
    assert rules.rest == timedelta(milliseconds=600)
    known = Worked(hot_since=START)
    assert due(known, rules, START + timedelta(milliseconds=599)).reasons
    assert not due(known, rules, START + timedelta(milliseconds=600)).reasons


def test_a_clock_that_was_set_back_a_year_lengthens_no_rest(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    jobs = [rig.office.submit() for _ in range(5)]
    rig.run(lambda: rig.reasons() == ["resting"], waits=400)
    year = timedelta(days=365)
    right = rig.clock.now
    rig.clock.now = lambda: right() - year  # type: ignore[method-assign]
    before = rig.clock.passed
    rig.run(rig.after(2))
    shown = at(str(rig.worker.view.resumes_at))
    assert shown - rig.clock.now() <= timedelta(seconds=60)
    rig.run(rig.ended(*jobs), waits=3000)
    assert 60 <= rig.clock.passed - before < 90
    assert len(fed_at(rig)) == 5, "and the pause of unknown length began a new run"


def test_a_rest_says_no_time_while_something_else_stops_the_printer_too(tmp_path: Path) -> None:
    rig = hot(tmp_path)
    for _ in range(4):
        rig.office.submit()
    rig.run(lambda: rig.reasons() == ["resting"], waits=400)
    rig.device.idle = stands("cover-open")
    rig.run(rig.after(3))
    assert rig.reasons() == ["cover-open", "resting"]
    assert rig.worker.view.resumes_at is None
    rig.device.idle = READY


def test_a_printer_that_is_too_hot_stops_by_its_own_word_and_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    rig = hot(tmp_path, Duty())
    rig.device.idle = stands("printhead-over-temp")
    job = rig.office.submit()
    rig.run(rig.after(3))
    assert rig.reasons() == ["printhead-over-temp"] and rig.device.fed == 0
    rig.device.idle = READY
    rig.run(rig.ended(job))
    assert rig.office.states(job) == ("completed", "printed")


def test_without_rules_no_row_is_read(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    watch = DutyWatch(rig.store, TANGO, Duty(), rig.clock)
    rig.store.engine.dispose()
    (tmp_path / "printstation.db").unlink()
    assert watch.due() == duty.Due()


# ------------------------------------------------------------------------------- rules
def test_a_printers_own_rule_is_before_the_models() -> None:
    model = replace(drivers.model("tango2e"), rest_after_cards=50, rest_s=60.0)
    printer = PrinterConfig(name="t", model="tango2e", uri="usbip://127.0.0.1:1/1-1")
    assert duty_of(printer, model, UTC).rest_after_cards == 50
    own = printer.model_copy(update={"rest_after_cards": 0, "transfer_temperature": (160, 170)})
    rules = duty_of(own, model, UTC, 10.0)
    assert (rules.rest_after_cards, rules.temperature) == (0, (160, 170))
    assert rules.rest == timedelta(seconds=6)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"rest_after_cards": 100}, "rest_s"),
        ({"rest_after_cards": -1}, "greater"),
        ({"transfer_temperature": [170, 160]}, "lowest"),
        ({"transfer_temperature": [160]}, "transfer_temperature"),
        ({"rest_s": 90_000.0}, "less than"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(keys: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        PrinterConfig.model_validate(
            {"name": "t", "model": "tango2e", "uri": "usbip://127.0.0.1:1/1-1", **keys}
        )


# ------------------------------------------------------------------------------- temperature
WIB = ZoneInfo("Asia/Jakarta")
WARM = Duty(temperature=(160, 170), zone=WIB)


@pytest.mark.parametrize(
    ("celsius", "entered", "now", "said"),
    [
        (None, None, "2026-11-24T01:00:00Z", ["transfer-temperature-due"]),
        (165, "2026-11-24T00:30:00Z", "2026-11-24T09:00:00Z", []),
        (160, "2026-11-24T00:30:00Z", "2026-11-24T09:00:00Z", []),
        (170, "2026-11-24T00:30:00Z", "2026-11-24T09:00:00Z", []),
        (159, "2026-11-24T00:30:00Z", "2026-11-24T09:00:00Z", ["transfer-temperature"]),
        (171, "2026-11-20T00:30:00Z", "2026-11-24T09:00:00Z", ["transfer-temperature"]),
        # Past midnight in Jakarta is still the day before in UTC.
        (165, "2026-11-23T16:59:00Z", "2026-11-23T17:00:00Z", ["transfer-temperature-due"]),
        (165, "2026-11-23T17:00:00Z", "2026-11-24T16:59:00Z", []),
    ],
)
def test_the_transfer_temperature_is_a_daily_entry(
    celsius: int | None, entered: str | None, now: str, said: list[str]
) -> None:
    known = Worked(celsius=celsius, entered_at=at(entered) if entered else None)
    assert [r.keyword for r in due(known, WARM, at(now)).reasons] == said
