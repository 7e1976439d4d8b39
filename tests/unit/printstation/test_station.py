"""Starting and ending the station: one daemon a folder, one line for a person when it cannot start."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers import Driver, Face, Model
from printstation.acts import jobs
from printstation.config import Config, PrinterConfig
from printstation.refusals import Refusal
from printstation.spool.desk import Leave, StationClock
from printstation.spool.view import SeenReason
from printstation.station import (
    DATABASE,
    KEY,
    Station,
    StationError,
    open_station,
)
from printstation.store.jobs import Job
from tests.unit.printstation.acts.kit import ANEW, Office
from tests.unit.printstation.spool.scripted import BUSY, Device, Story
from tests.unit.printstation.store.kit import TestClock

#: Real threads are waited for at most this long; a failing test must not hang.
PATIENCE_S = 20.0


def config(folder: Path, *printers: PrinterConfig) -> Config:
    return Config(data_dir=folder, printers=printers, min_free_mb=0, clock_speed=1000)


def printer(name: str) -> PrinterConfig:
    return PrinterConfig(name=name, model="tango2e", uri=f"usbip://127.0.0.1:1/{name}")


def end(station: Station) -> None:
    station.stop(now=True)


# ------------------------------------------------------------------------------- starting
def test_a_first_start_makes_the_folder_the_database_and_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    end(open_station(config(folder)))
    assert (folder / DATABASE).is_file()
    assert (folder / KEY).stat().st_mode & 0o777 == 0o600


def test_a_second_daemon_on_the_folder_is_one_line_that_names_the_first(tmp_path: Path) -> None:
    station = open_station(config(tmp_path))
    with pytest.raises(StationError, match=r"another printstation \(process \d+\)") as error:
        open_station(config(tmp_path))
    assert "\n" not in str(error.value)
    end(station)
    end(open_station(config(tmp_path)))


def test_a_start_that_fails_lets_the_folder_go(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"this is no database, though it is long enough" * 40)
    for _ in range(2):
        with pytest.raises(StationError, match="cannot be used as a database"):
            open_station(config(tmp_path))
    (tmp_path / DATABASE).unlink()
    end(open_station(config(tmp_path)))


def test_a_database_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    end(open_station(config(tmp_path)))
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999_later'")
    db.close()
    with pytest.raises(StationError, match="newer version") as error:
        open_station(config(tmp_path))
    assert "\n" not in str(error.value)


def test_a_missing_key_is_not_made_anew_while_data_is_sealed_with_it(tmp_path: Path) -> None:
    """A new key would make every waiting job unreadable, for ever and silently."""
    station = open_station(config(tmp_path))
    order = Office(station.store).order()
    jobs.submit(station.store, station.seal, order, ANEW, "registry")
    end(station)
    (tmp_path / KEY).unlink()
    with pytest.raises(StationError, match=r"key file .* is missing"):
        open_station(config(tmp_path))
    assert not (tmp_path / KEY).exists()


@pytest.mark.parametrize("erased", [False, True])
def test_another_key_is_refused_while_anything_was_made_with_the_first(
    tmp_path: Path, erased: bool
) -> None:
    """It would open no payload and not know a resident again: he would get a second card (§8)."""
    station = open_station(config(tmp_path))
    jobs.submit(station.store, station.seal, Office(station.store).order(), ANEW, "registry")
    if erased:
        with station.store.write() as tx:
            tx.conn.exec_driver_sql("DELETE FROM payload")
    end(station)
    right = (tmp_path / KEY).read_bytes()
    (tmp_path / KEY).write_bytes(bytes(32))
    with pytest.raises(StationError, match=r"key file .* is not the one of this database"):
        open_station(config(tmp_path))
    (tmp_path / KEY).unlink()
    with pytest.raises(StationError, match=r"key file .* is missing"):
        open_station(config(tmp_path))
    (tmp_path / KEY).write_bytes(right)
    (tmp_path / KEY).chmod(0o600)
    end(open_station(config(tmp_path)))


def test_a_database_of_before_learns_its_key_from_a_sealed_record(tmp_path: Path) -> None:
    station = open_station(config(tmp_path))
    jobs.submit(station.store, station.seal, Office(station.store).order(), ANEW, "registry")
    with station.store.write() as tx:
        tx.conn.exec_driver_sql("DELETE FROM meta WHERE name = 'key'")
    end(station)
    right = (tmp_path / KEY).read_bytes()
    (tmp_path / KEY).write_bytes(bytes(32))
    with pytest.raises(StationError, match="is not the one of this database"):
        open_station(config(tmp_path))
    (tmp_path / KEY).write_bytes(right)
    end(open_station(config(tmp_path)))


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    with pytest.raises(StationError, match="holds another program's tables"):
        open_station(config(tmp_path))
    with sqlite3.connect(tmp_path / DATABASE) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    db.close()


def test_a_missing_key_without_sealed_data_is_made_anew(tmp_path: Path) -> None:
    end(open_station(config(tmp_path)))
    (tmp_path / KEY).unlink()
    end(open_station(config(tmp_path)))
    assert (tmp_path / KEY).exists()


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    end(open_station(config(tmp_path)))
    (tmp_path / KEY).chmod(0o644)
    with pytest.raises(StationError, match="chmod 600"):
        open_station(config(tmp_path))


def test_a_start_after_a_kill_finds_the_same_station(tmp_path: Path) -> None:
    station = open_station(config(tmp_path))
    identity = station.store.station
    assert station._lock is not None
    station._lock.close()  # what the system does for a process that was killed
    again = open_station(config(tmp_path))
    assert again.store.station == identity
    end(again)


# ------------------------------------------------------------------------------- what it shows
def test_every_printer_is_shown_before_it_is_reached(tmp_path: Path) -> None:
    station = open_station(config(tmp_path, printer("tango"), printer("other")))
    assert [(v.name, v.state) for v in station.views()] == [
        ("tango", "stopped"),
        ("other", "stopped"),
    ]
    end(station)


def test_faces_of_a_job_that_is_not_there(tmp_path: Path) -> None:
    station = open_station(config(tmp_path))
    with pytest.raises(Refusal, match="no job nobody"):
        station.faces("nobody")
    end(station)


def test_a_wait_of_a_driver_ends_when_the_station_leaves() -> None:
    leaving = [False]
    clock = StationClock(TestClock(), lambda: leaving[0])
    clock.sleep(1)
    assert clock.monotonic() == 1.0
    leaving[0] = True
    with pytest.raises(Leave):
        clock.sleep(1)
    assert clock.monotonic() == 1.0


# ------------------------------------------------------------------------------- threads
def running(folder: Path, devices: dict[str, Device]) -> Station:
    """Real threads on scripted devices; cards are drawn in no time."""
    station = open_station(config(folder, *map(printer, devices)))

    def opener(uri: str, model: Model, wait: float) -> Driver:
        return devices[uri.rpartition("/")[2]].open(model, wait)

    for device in devices.values():
        device.max_looks = 10**6  # at this speed a second of its time is a millisecond
    station.rebuild(opener)

    def blank(_job: Job, _model: Model) -> list[Face]:
        return []

    for desk in station._desks:
        desk.paint = blank
    return station


def until(station: Station, true: Callable[[], bool]) -> None:
    """Let the threads work until something holds."""
    signal = station.clock.signal()
    station.store.on_change.append(signal.set)
    deadline = station.clock.monotonic() + PATIENCE_S * 1000
    while not true():
        assert station.clock.monotonic() < deadline, "it did not come to that"
        station.clock.wait(signal, 200)
        signal.clear()


def stocked(station: Station, count: int) -> Office:
    office = Office(station.store)
    office.receive(count)
    return office


@pytest.mark.slow  # real threads: a tenth of a second for each start and end
def test_two_printers_share_one_queue_and_no_card_is_made_twice(tmp_path: Path) -> None:
    devices = {"tango": Device(serial="S1"), "other": Device(serial="S2")}
    station = running(tmp_path, devices)
    office = stocked(station, 12)
    office.load(6)
    office.load(6, printer="other")
    ids = [office.submit() for _ in range(10)]
    station.start()
    until(station, lambda: all(office.job(job).state == "completed" for job in ids))
    station.stop()
    assert len({office.job(job).card for job in ids}) == 10
    assert devices["tango"].fed + devices["other"].fed == 10
    assert not any(thread.is_alive() for thread in station._threads)


@pytest.mark.slow  # real threads
def test_a_stop_is_quick_when_nothing_moves_or_the_printer_is_gone(tmp_path: Path) -> None:
    station = running(tmp_path, {"tango": Device(), "other": Device(gone=True)})
    station.start()
    until(station, lambda: station.views()[0].serial is not None)
    began = station.clock.monotonic()
    station.stop()
    assert (station.clock.monotonic() - began) / 1000 < 5.0
    assert not any(thread.is_alive() for thread in station._threads)


@pytest.mark.slow  # real threads
def test_a_stop_at_once_leaves_a_moving_card_to_the_next_start(tmp_path: Path) -> None:
    device = Device(stories=deque([Story([BUSY])]))
    station = running(tmp_path, {"tango": device})
    office = stocked(station, 1)
    office.load(1)
    job = office.submit()
    station.start()
    until(station, lambda: office.job(job).state == "processing" and device.fed == 1)
    station.stop(now=True)
    assert not any(thread.is_alive() for thread in station._threads)
    again = running(tmp_path, {"tango": Device()})
    again.start()
    office.store = again.store
    until(again, lambda: office.job(job).state == "processing-stopped")
    again.stop()


@pytest.mark.slow  # real threads
def test_a_mistake_at_one_printer_leaves_the_others_at_work(tmp_path: Path) -> None:
    devices = {"tango": Device(serial="S1"), "other": Device(serial="S2")}
    station = running(tmp_path, devices)

    def wrong(_job: Job, _model: Model) -> list[Face]:
        raise AssertionError("a mistake of ours")

    station._desks[0].paint = wrong
    office = stocked(station, 4)
    office.load(2)
    office.submit()
    station.start()
    stopped = SeenReason("worker-stopped")
    until(station, lambda: stopped in station.views()[0].reasons)
    office.load(2, printer="other")
    second = office.submit()
    until(station, lambda: office.job(second).state == "completed")
    station.stop()
    assert devices["tango"].fed == 0 and devices["other"].fed == 1


def test_a_one_sided_printer_leaves_two_sided_cards_to_another_one(tmp_path: Path) -> None:
    """The Alto prints fronts only where nobody else takes that type."""
    alto = {"name": "alto", "model": "alto", "uri": "usbip://127.0.0.1:1/1-1"}
    tango = {"name": "tango", "model": "tango2e", "uri": "usbip://127.0.0.1:1/1-2"}
    table = {"data_dir": tmp_path / "data", "printers": [alto, {**tango, "card_types": ["kia"]}]}
    station = open_station(Config.model_validate(table))
    try:
        found = {desk.name: desk.most_sides for desk in station._desks}
    finally:
        station.stop()
    assert found == {"alto": {"kia": 1}, "tango": {}}
