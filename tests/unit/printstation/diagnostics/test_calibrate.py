"""Calibration finds what the device file says, books its cards as tests, and believes no liar."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers import DeviceGone
from printstation.diagnostics.calibrate import (
    Inconsistent,
    NotDrawn,
    Reading,
    Readings,
    conclude,
    with_keys,
)
from printstation.diagnostics.calibrating import Calibration, CannotCalibrate
from printstation.store import audit, cards
from simulator.devicefile import load_device
from tests.unit.printstation.diagnostics.calibration_kit import Trial
from tests.unit.printstation.store.kit import rows

PLAIN = ("tiny-pick", "tiny-eject", "tiny-none")
SENSING = tuple(f"{name}-sensor" for name in PLAIN)
KEEPING = ("tiny-pick-keeps", "tiny-eject-repeats", "tiny-none-repeats")


@pytest.mark.parametrize("device", [*PLAIN, *SENSING, *KEEPING])
def test_it_finds_what_the_device_file_says(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, device).stocked()
    station = trial.open()
    found = trial.found(station, drawn=True)
    habits = load_device(device).habits
    assert found.counter == habits.counter
    assert found.path_sensor is (True if device in SENSING else None)
    assert found.print_s is not None and 30 <= found.print_s <= 60
    assert trial.out() == ["output"] * 3
    station.stop(now=True)


@pytest.mark.parametrize("device", ["tiny-pick", "tiny-eject-sensor"])
def test_three_cards_are_booked_as_tests_and_nothing_else_moves(
    device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, device).stocked()
    station = trial.open()
    trial.found(station, drawn=True)
    with station.store.read() as conn:
        assert cards.balance(conn) == {"specimen": {"loaded": 2, "spoiled": 3}}
    found = rows(station.store, "SELECT state, cause FROM card WHERE state = 'spoiled'")
    assert found == [("spoiled", "test")] * 3
    states = rows(station.store, "SELECT state, test FROM job ORDER BY seq")
    assert states == [("completed", 1), ("completed", 1), ("canceled", 1)]
    assert rows(station.store, "SELECT count(*) FROM question WHERE closed_at IS NULL") == [(0,)]
    with station.store.read() as conn:
        assert audit.audit(conn) == []
    station.stop(now=True)


# ------------------------------------------------------------------------------- what is not believed
@pytest.mark.parametrize(
    ("device", "why"),
    [
        ("liars/counts-sometimes", "2 whole cards moved the counter by 1, 0"),
        ("liars/prints-twice", "2 whole cards moved the counter by 2, 2"),
        ("liars/path-empty", "the path sensor said that the path is empty"),
    ],
)
def test_a_liar_is_inconsistent(
    device: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, device).stocked()
    trial.refill()
    station = trial.open()
    with pytest.raises(Inconsistent, match=why):
        trial.found(station, drawn=True)
    station.stop(now=True)


@pytest.mark.parametrize("drawn", [None, False])
def test_a_third_card_that_nobody_saw_proves_nothing(
    drawn: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, "tiny-eject").stocked()
    station = trial.open()
    with pytest.raises(NotDrawn, match="nobody saw the third card inside"):
        trial.found(station, drawn=drawn)
    # What a person said is booked; what nobody said stays a question of the next start.
    spoiled, still_open = (2, 1) if drawn is None else (2, 0)
    assert rows(station.store, "SELECT count(*) FROM card WHERE state = 'spoiled'") == [(spoiled,)]
    found = rows(station.store, "SELECT count(*) FROM question WHERE closed_at IS NULL")
    assert found == [(still_open,)]
    station.stop(now=True)


def test_a_unit_without_a_serial_number_comes_to_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its cards is a question, the first one already."""
    trial = Trial(tmp_path, monkeypatch, "liars/no-serial").stocked()
    station = trial.open()
    with pytest.raises(CannotCalibrate, match="came to no end"):
        trial.readings(station)
    assert rows(station.store, "SELECT reason FROM question") == [("card-fate",)]
    station.stop(now=True)


def test_a_unit_whose_counter_is_compared_already_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The three cards move its counter; the next start must not ask who made them."""
    trial = Trial(tmp_path, monkeypatch, "tiny-pick", counter="pick").stocked()
    for again in range(2):
        station = trial.open()
        assert trial.found(station, drawn=True).counter == "pick"
        station.stop(now=True)
        trial.refill()
        station = trial.open()
        assert "unexplained-cards" not in trial.look(station)
        assert rows(station.store, "SELECT expected FROM unit")[0][0] is not None
        station.stop(now=True)
        trial.stocked(delivery=f"D-2{again}")


# ------------------------------------------------------------------------------- what stands against it
def test_it_refuses_before_anything_is_posted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, "tiny-pick").stocked(2)
    station = trial.open()
    calibration = Calibration(station, trial.printer, "ani")
    with pytest.raises(CannotCalibrate, match="has 2 recorded blanks of type specimen, it takes 3"):
        calibration.refuse()
    other = trial.printer.model_copy(update={"card_types": ("kia",)})
    with pytest.raises(CannotCalibrate, match="takes no blanks of type specimen"):
        Calibration(station, other, "ani").refuse()
    assert rows(station.store, "SELECT count(*) FROM job") == [(0,)]
    station.stop(now=True)


def test_a_printer_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = Trial(tmp_path, monkeypatch, "tiny-pick").stocked()
    trial.office.act("unit", "unplug", None, 0.0)
    station = trial.open()
    with pytest.raises(CannotCalibrate, match=r"printer unit came to no end: .*unplugged"):
        trial.readings(station)
    assert trial.out() == []
    station.stop(now=True)
    with pytest.raises(DeviceGone):
        trial.driver("", station.model_of(trial.printer), 0)


def test_a_printer_that_jams_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial = Trial(tmp_path, monkeypatch, "tiny-pick").stocked()
    trial.office.arm("unit", {"fault": "jam"})
    station = trial.open()
    with pytest.raises(CannotCalibrate, match="came to no end"):
        trial.readings(station)
    assert trial.clock.passed < 2000
    station.stop(now=True)


# ------------------------------------------------------------------------------- the table and the file
def reading(*rest: int | None, inside: int | None, path: bool | None = True) -> Readings:
    return Readings(
        tuple(Reading(number, False) for number in rest), Reading(inside, path), drawn=True
    )


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (reading(7, 8, 9, 10, inside=10), "pick"),
        (reading(7, 8, 9, 10, inside=9), "eject"),
        (reading(7, 8, 9, 9, inside=9), "eject"),
        (reading(7, 7, 7, 7, inside=7), "none"),
        (reading(None, None, None, None, inside=None), "none"),
    ],
)
def test_the_kinds(found: Readings, kind: str) -> None:
    said = conclude(found, has_counter=True, has_path=True, most_s=100.0)
    assert (said.counter, said.path_sensor) == (kind, True)


@pytest.mark.parametrize(
    "found",
    [
        reading(7, 8, 9, 10, inside=11),
        reading(7, 8, 9, 9, inside=10),
        reading(7, 9, 11, 12, inside=12),
        reading(7, 8, 8, 9, inside=8),
        reading(7, 8, 9, 11, inside=9),
        reading(7, 6, 5, 4, inside=4),
        reading(7, 8, None, 10, inside=10),
        reading(7, 7, 7, 8, inside=7),
        reading(7, 8, 9, 10, inside=10, path=False),
        reading(7, 8, 9, 10, inside=10, path=None),
        reading(7, 8, 9, inside=10),
    ],
)
def test_what_fits_no_kind_is_inconsistent(found: Readings) -> None:
    with pytest.raises(Inconsistent):
        conclude(found, has_counter=True, has_path=True, most_s=100.0)


CONFIG = """data_dir = "data"   # here

[[printers]]
name = "left"
model = "tango2e"
counter = "none"  # old

# the other one
[[printers]] # right
uri = "usb://1"
name = 'right' # as on the label
[office]
name = "right"
"""


def test_keys_are_put_into_the_table_of_that_printer() -> None:
    text = with_keys(CONFIG, "left", {"counter": "pick", "print_s": 40.0})
    assert text == CONFIG.replace('counter = "none"  # old\n', 'counter = "pick"\nprint_s = 40.0\n')
    text = with_keys(CONFIG, "right", {"path_sensor": True})
    assert text == CONFIG.replace("the label\n", "the label\npath_sensor = true\n")
    for name in ("nobody", "data"):
        with pytest.raises(ValueError, match=r"no .*printers.* table says name"):
            with_keys(CONFIG, name, {})
