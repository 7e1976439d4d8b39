"""Witnesses, stored facts, and a database that was changed behind the report's back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from printstation.config import Config
from printstation.documents.daily_report import TypeRow
from printstation.reports import days, figures, papers
from printstation.reports.facts import Facts, OfficeFacts, WitnessFacts, dump, load
from printstation.reports.figures import Gauge
from printstation.reports.gather import Office as Here
from printstation.reports.tally import Tally
from tests.unit.printstation.acts.kit import SERIAL, Office
from tests.unit.printstation.store.kit import open_store

HERE = Here(Config.model_validate({"data_dir": "data"}))
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OFFICE = OfficeFacts("Dinas", "Kota Contoh", "Provinsi Contoh", "-")


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[Office]:
    for store in open_store(tmp_path):
        yield Office(store, "pick").stocked()


TWO_SIDES = Config.model_validate(
    {
        "data_dir": "data",
        "printers": [{"name": "tango", "model": "tango2e", "uri": "usbip://127.0.0.1:3240/1-1"}],
    }
)


def witness(
    office: Office,
    fed: int,
    before: WitnessFacts | None,
    ribbon: int | None = None,
    *,
    cards: int | None = None,
    sides: int | None = None,
    config: Config = HERE.config,
) -> WitnessFacts:
    tally = Tally()
    tally.fed["tango"], tally.sides["tango"] = fed, fed if sides is None else sides
    earlier = Facts("2026-11-23", "WIB", "", OFFICE, 1, 1, witnesses=(before,) if before else ())
    gauges = {"tango": Gauge(SERIAL, ribbon, cards)}
    with office.store.read() as conn:
        (found,) = figures.witnesses(conn, config, earlier, tally, gauges)
    return found


def test_three_witnesses_that_agree(counting: Office) -> None:
    start = witness(counting, 0, None, ribbon=300)
    assert (start.counter_before, start.counter_after, start.panels) == (None, 100, None)
    counting.submit()
    counting.settle(counting.feed(), 1, busy_then_ready=True)
    end = witness(counting, 1, start, ribbon=299)
    assert (end.counter_before, end.counter_after, end.panels) == (100, 101, 1)
    assert end.agree and end.explanation == ""


def test_a_counter_that_nobody_explained(counting: Office) -> None:
    start = witness(counting, 0, None)
    assert counting.reading is not None
    counting.reading += 2
    assert not counting.compare()
    end = witness(counting, 0, start)
    assert (end.counter_after, end.agree) == (102, False)
    assert "+2" in end.explanation


def test_a_ribbon_that_used_more_than_the_journal_says(counting: Office) -> None:
    start = witness(counting, 0, None, ribbon=300)
    end = witness(counting, 0, start, ribbon=297)
    assert (end.panels, end.agree) == (3, False)
    assert witness(counting, 0, start, ribbon=500).panels is None, "that is a new ribbon"


@pytest.mark.parametrize("left", [1500 - 3, 1500 - 6, 1500 - 30])
def test_a_ribbon_counts_cards_sides_or_panels(counting: Office, left: int) -> None:
    start = witness(counting, 0, None, ribbon=1500, config=TWO_SIDES)
    end = witness(counting, 3, start, ribbon=left, sides=6, config=TWO_SIDES)
    assert (end.panels, end.agree) == (1500 - left, True)
    # A test print that nobody recorded took five panels more.
    assert not witness(counting, 3, start, ribbon=1500 - 35, sides=6, config=TWO_SIDES).agree


def test_a_counter_that_nobody_calibrated_is_shown_and_compared(tmp_path: Path) -> None:
    for store in open_store(tmp_path):
        office = Office(store, "none").stocked()
        office.submit()
        office.settle(office.feed(), 1, busy_then_ready=True)
        start = witness(office, 0, None, cards=100)
        same = witness(office, 1, start, cards=101)
        assert (same.counter_before, same.counter_after, same.agree) == (100, 101, True)
        more = witness(office, 1, start, cards=102)
        assert not more.agree and "+1" in more.explanation


def test_the_first_day_opens_with_the_counter_before_its_first_card(counting: Office) -> None:
    for _ in range(2):
        counting.submit()
        counting.settle(counting.feed(), 1, busy_then_ready=True)
    first = witness(counting, 2, None)
    assert (first.counter_before, first.counter_after, first.agree) == (100, 102, True)
    assert first.explanation == "", "there is no ribbon to be compared"
    with counting.store.write() as tx:
        tx.conn.exec_driver_sql("UPDATE feed SET serial = 'OTHER-1' WHERE id = 2")
    mixed = witness(counting, 2, None)
    assert mixed.counter_before is None, "the journal's cards are those of two units"
    assert mixed.explanation.startswith("penghitung belum punya bacaan awal")


def test_a_day_without_a_reading_before_its_first_card_says_so(tmp_path: Path) -> None:
    for store in open_store(tmp_path):
        office = Office(store, "none").stocked()
        office.submit()
        office.settle(office.feed(), 1, busy_then_ready=True)
        first = witness(office, 1, None, ribbon=299, cards=101)
        assert first.agree and first.explanation == (
            "penghitung dan pita belum punya bacaan awal; dibandingkan mulai laporan berikutnya"
        )
        assert witness(office, 0, None, ribbon=299, cards=101).explanation == ""
        assert witness(office, 1, None).explanation == "", "a device that tells nothing"


def test_another_unit_has_no_yesterday(counting: Office) -> None:
    other = WitnessFacts("tango", 0, "OTHER-1", 7, 9, ribbon=300)
    end = witness(counting, 0, other, ribbon=200)
    assert (end.counter_before, end.panels, end.agree) == (None, None, True)


def test_facts_are_read_as_they_were_written(counting: Office) -> None:
    with counting.store.read() as conn:
        day = days.look(conn, HERE, "2026-11-24", NOW)
    assert load(dump(day.facts)) == day.facts
    assert day.facts.types[0].received == 5


def test_facts_of_an_earlier_version_can_be_read() -> None:
    bare = {"day": "2026-11-24", "zone": "WIB", "as_of": "2026-11-24T09:00:00.000Z"}
    office = '{"name":"D","city":"K","province":"P","address":"-"}'
    fields = ",".join(f'"{name}":"{value}"' for name, value in bare.items())
    found = load(f'{{{fields},"office":{office},"first_seq":1,"last_seq":2,"gone":1}}')
    assert found.office.city == "K" and found.types == ()


def test_a_blank_that_vanished_from_the_rows_does_not_add_up(counting: Office) -> None:
    with counting.store.engine.begin() as conn:
        conn.exec_driver_sql("DELETE FROM card WHERE id = 'B-000005'")
    with counting.store.read() as conn:
        day = days.look(conn, HERE, "2026-11-24", NOW)
    (row,) = papers.report(day).types
    assert isinstance(row, TypeRow)
    assert row.unexplained == -1
