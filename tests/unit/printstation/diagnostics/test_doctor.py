"""The doctor leaves no trace, with and without a daemon; its command, its exit codes, and the parts that look."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

import printstation.diagnostics.doctor as whole
from drivers import Attached
from printstation.cli import main
from printstation.diagnostics import look_machine
from printstation.diagnostics.checks_printers import may_write
from printstation.diagnostics.look_data import look_at_data
from printstation.diagnostics.look_machine import look_at_disk
from printstation.diagnostics.look_printers import holders, prints_on
from printstation.diagnostics.view import Cable, Line, State, User
from printstation.store.engine import open_engine
from tests.unit.printstation.diagnostics.rig import Rig
from tests.unit.printstation.store.kit import START, TestClock


def snapshot(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file with its time and content; `-shm` is the readers' own memory and only has to stay."""
    return {
        path.name: (0, "")
        if path.name.endswith("-shm")
        else (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.iterdir())
    }


def test_of_one_jam_one_trouble_is_told(rig: Rig) -> None:
    """The moving card's error, the stop that it is, a further reason, and what stops nothing."""
    rig.note(0.0, "printer-error", errors=["media-jam"])
    rig.note(1.0, "printer-stopped", reasons=["card-fate-open", "media-jam"])
    rig.note(2.0, "printer-stopped", reasons=["card-fate-open", "cover-open", "media-jam"])
    rig.note(3.0, "printer-ready", reasons=["cleaning-due"])
    rig.note(4.0, "printer-error", errors=["media-jam"])
    line = next(line for line in rig.lines() if line.check == "last-errors")
    told = line.seen.partition(";")[0].removeprefix("within a day, ").split(", ")
    assert sorted(told) == [
        "tango: card-fate-open 1x",
        "tango: cover-open 1x",
        "tango: media-jam 2x",
    ]


def test_every_line_is_one_line(rig: Rig) -> None:
    """SQLite tells of a damaged page in several."""
    view = rig.look()
    assert view.data is not None
    told = "*** in database main ***\nPage 15: btreeInitPage() returns error code 11"
    lines = whole.examine(replace(view, data=replace(view.data, integrity=told)))
    assert any("quick_check" in line.seen for line in lines)
    assert [line for line in lines if "\n" in line.seen + line.do] == []


# ------------------------------------------------------------------------------- no trace
def test_nothing_is_changed_without_a_daemon(rig: Rig) -> None:
    before = snapshot(rig.folder)
    assert {"printstation.db", "printstation.key"} == set(before)
    rig.lines()
    assert snapshot(rig.folder) == before


def test_nothing_is_changed_beside_a_daemon(rig: Rig) -> None:
    """The daemon's log is read, too: an entry that is only there is seen."""
    engine = open_engine(rig.database)
    with engine.connect() as conn:
        conn.exec_driver_sql("SELECT 1 FROM meta")
        rig.note(0.0, "printer-error", errors=["media-jam"])
        before = snapshot(rig.folder)
        assert "printstation.db-wal" in before
        lines = {line.check: line for line in rig.lines()}
        assert snapshot(rig.folder) == before
    engine.dispose()
    assert "media-jam" in lines["last-errors"].seen


def test_a_log_that_a_power_cut_left_is_read(rig: Rig, tmp_path: Path) -> None:
    engine = open_engine(rig.database)
    with engine.connect():
        rig.note(0.0, "printer-error", errors=["media-jam"])
        copy = tmp_path / "cut"
        copy.mkdir()
        for path in rig.folder.iterdir():
            (copy / path.name).write_bytes(path.read_bytes())
    engine.dispose()
    data, sealed = look_at_data(copy / "printstation.db", START)
    assert (data.problem, sealed) == ("", True)
    assert [trouble.keywords for trouble in data.troubles] == [("media-jam",)]


def test_a_data_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    data, _ = look_at_data(tmp_path / "none/printstation.db", START)
    disk = look_at_disk(tmp_path / "none", Path("/proc"), Path("/sys"), 1)
    assert (data.there, disk.there, list(tmp_path.iterdir())) == (False, False, [])


def test_a_file_where_the_data_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a shopping list")
    config = tmp_path / "printstation.toml"
    config.write_text('data_dir = "data"\n')
    seen = whole.look(config, TestClock())
    (line,) = [line for line in whole.examine(seen) if line.check == "disk"]
    assert (line.state, "is a file" in line.seen) == (State.BROKEN, True)
    assert "data_dir" in line.do


def test_a_full_disk_is_no_matter_of_rights(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path, count: int) -> tuple[float, ...]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(look_machine, "_syncs", full)
    disk = look_machine.look_at_disk(rig.folder, rig.proc, rig.bus.sys, 1)
    seen = replace(rig.look(), disk=disk)
    (line,) = [line for line in whole.examine(seen) if line.check == "disk"]
    assert (line.state, "No space left" in line.seen) == (State.BROKEN, True)
    assert line.do.startswith("make room")


def test_who_stands_behind_a_pseudo_terminal_does_not_hold_it(rig: Rig) -> None:
    """A simulated printer keeps its own line open; a second program at our end is still found."""
    node = Path("/dev/pts/71")
    rig.holds(node, pid=78, name="simulator")
    behind = rig.proc / "78/fdinfo"
    behind.mkdir()
    (behind / "9").write_text("pos:\t0\nflags:\t02100002\ntty-index:\t71\n")
    assert holders([node], rig.proc) == ()
    (behind / "9").write_text("pos:\t0\nflags:\t02100002\ntty-index:\t7\n")
    assert [holder.pid for holder in holders([node], rig.proc)] == [78]
    rig.holds(node)
    assert [holder.pid for holder in holders([node], rig.proc)] == [77, 78]


def test_a_sync_is_measured_and_its_file_is_gone(tmp_path: Path) -> None:
    disk = look_at_disk(tmp_path, Path("/proc"), Path("/sys"), 3)
    assert (disk.problem, len(disk.fsyncs_ms), min(disk.fsyncs_ms) > 0) == ("", 3, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "told", "rotating"),
    [("sda", "1", True), ("nvme0n1", "0", False), ("vda", "1", None), ("sdb", "", None)],
)
def test_what_kind_of_disk_it_is(
    tmp_path: Path, name: str, told: str, rotating: bool | None
) -> None:
    """Of a partition the disk is asked; what a virtual one says is not believed."""
    number = os.stat(tmp_path).st_dev
    disk = tmp_path / "sys/devices" / name
    (disk / "queue").mkdir(parents=True)
    (disk / f"{name}1").mkdir()
    if told:
        (disk / "queue/rotational").write_text(f"{told}\n")
    place = tmp_path / "sys/dev/block"
    place.mkdir(parents=True)
    (place / f"{os.major(number)}:{os.minor(number)}").symlink_to(disk / f"{name}1")
    assert look_at_disk(tmp_path, Path("/proc"), tmp_path / "sys", 1).rotating is rotating


# ------------------------------------------------------------------------------- the command
@pytest.fixture
def says(rig: Rig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Says:
    return Says(rig, capsys, monkeypatch)


class Says:
    """`printstation doctor`, looking at the rig instead of this computer."""

    def __init__(
        self, rig: Rig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._capsys = capsys
        monkeypatch.setattr(whole, "look", lambda *_: rig.look())

    def __call__(self, *arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["doctor", *arguments])
        out, err = self._capsys.readouterr()
        assert err == ""
        return int(ended.value.code or 0), out


def test_one_line_a_check_and_0_where_nothing_is_broken(rig: Rig, says: Says) -> None:
    rig.back_up(hours=30)
    code, out = says()
    lines = [line for line in out.splitlines() if not line.startswith(" ")]
    assert (code, len(lines)) == (0, len(rig.lines()))
    assert {line.split()[0] for line in lines} == {"ok", "attention"}
    assert "-> `printstation backup DIR`" in out


def test_1_where_something_is_broken(rig: Rig, says: Says) -> None:
    rig.key.chmod(0o644)
    code, out = says("--json")
    told = json.loads(out)
    assert (code, told["state"]) == (1, "broken")
    (key,) = [check for check in told["checks"] if check["check"] == "key"]
    assert key.keys() == {"check", "state", "seen", "do"}
    assert key["do"].startswith("chmod 600 ")


def test_without_a_configuration_the_machine_is_looked_at_all_the_same(
    rig: Rig, says: Says
) -> None:
    rig.settings["timezone"] = '"Mars/Olympus"'
    code, out = says()
    assert code == 1
    assert "broken     configuration" in out and "no such time zone" in out
    assert "ok         python" in out


def test_the_worst_decides() -> None:
    lines = [Line("a", State.OK, ""), Line("b", State.BROKEN, ""), Line("c", State.ATTENTION, "")]
    assert whole.worst(lines) is State.BROKEN
    assert whole.worst([]) is State.OK


# ------------------------------------------------------------------------------- parts
TANGO = Attached(
    "usb", "usb://0c1f:1800/3C0001", manufacturer="Magicard", product="Tango 2e", serial="3C0001"
)


@pytest.mark.parametrize(
    ("uri", "same"),
    [
        ("usb://Magicard/Tango%202e?serial=3C0001", True),
        ("usb://Magicard/Tango%202e?serial=OTHER", False),
        ("usb://Magicard/Tango%202e", True),
        ("usb://HP/LaserJet?serial=3C0001", True),
        ("usb://HP/LaserJet", False),
        ("usb://", False),
        ("socket://192.0.2.1:9100", False),
        ("file:///dev/null", False),
    ],
)
def test_a_queue_prints_on_a_device(uri: str, same: bool) -> None:
    assert prints_on(uri, TANGO) is same


def test_a_queue_on_a_serial_line() -> None:
    line = Attached("serial", "serial:///dev/ttyUSB0", node="ttyUSB0")
    assert prints_on("serial:/dev/ttyUSB0?baud=9600", line)
    assert not prints_on("serial:/dev/ttyUSB1?baud=9600", line)


@pytest.mark.parametrize(
    ("mode", "may"), [(0o660, True), (0o606, False), (0o640, False), (0o600, False)]
)
def test_a_group_that_one_is_in_decides_over_others(mode: int, may: bool) -> None:
    cable = Cable("tango", "usb://0c1f:1800", TANGO, Path("/dev/x"), mode, uid=0, gid=7)
    assert may_write(cable, User(990, "station", "station", frozenset({7}))) is may
    assert may_write(cable, User(990, "station", "station", frozenset())) is (mode == 0o606)
    assert may_write(cable, User(0, "root", "root", frozenset()))


def test_a_real_process_that_has_a_file_open_is_found(tmp_path: Path) -> None:
    """This one is left out, as the doctor that looks is; so a fake one stands beside it."""
    file = tmp_path / "node"
    with file.open("w"):
        assert holders([file], Path("/proc")) == ()
    place = tmp_path / "proc/12/fd"
    place.mkdir(parents=True)
    os.symlink(file, place / "0")
    assert [(h.pid, h.name) for h in holders([file], tmp_path / "proc")] == [(12, "unknown")]
