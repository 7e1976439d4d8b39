"""A healthy station on a computer that is not there: what the doctor looks at, and where faults are planted."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from drivers import DeviceBusy, DeviceGone
from printstation.diagnostics.doctor import System, Wishes, examine, look
from printstation.diagnostics.view import Line, User, View
from printstation.seal import Seal, open_key
from printstation.store import journal
from printstation.store.engine import Store, open_engine
from tests.unit.drivers.fake_sysfs import TANGO_ID, FakeBus
from tests.unit.printstation.acts.kit import Office
from tests.unit.printstation.store.kit import START, TestClock, new_store

URI = "usb://0c1f:1800/3C0001"
#: A loopback port on which nothing may listen: the lowest one.
NOBODY = "127.0.0.1:1"
MOUNTS = "22 1 254:0 / / rw - ext4 /dev/sda rw\n"


class OpenPort:
    """A printer that answers to a look; what it is asked is kept."""

    usb_ids = (0x0C1F, 0x1800)

    def __init__(self, text: str) -> None:
        self.text, self.calls = text, list[str]()

    def device_id(self) -> str:
        self.calls.append("device_id")
        return self.text

    def close(self) -> None:
        self.calls.append("close")


def make_data(folder: Path) -> Path:
    """A data folder as a morning leaves it: one card printed, one job waiting, nothing asked."""
    folder.mkdir()
    key = folder / "printstation.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o600)
    assert open_key(key).key_id == Seal.of(b"k" * 32).key_id
    office = Office(new_store(folder)).stocked(5)
    office.submit()
    office.settle(office.feed(), busy_then_ready=True)
    office.submit()
    with office.store.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    office.store.engine.dispose()
    return folder


class Rig:
    """One computer. Every `plant` of a test changes one thing of it."""

    def __init__(self, root: Path, data: Path) -> None:
        self.root = root
        self.folder = root / "data"
        shutil.copytree(data, self.folder)
        self.database = self.folder / "printstation.db"
        self.key = self.folder / "printstation.key"
        self.config = root / "printstation.toml"
        self.settings = {"min_free_mb": "0", "listen": f'"{NOBODY}"'}
        self.uri = URI
        self.clock = TestClock()
        self.clock.passed = 60.0
        self.bus = FakeBus(root)
        self.node = self.bus.plug()
        self.proc = root / "proc"
        (self.proc / "self").mkdir(parents=True)
        (self.proc / "self/mountinfo").write_text(MOUNTS)
        self.queues: list[tuple[str, str]] = []
        self.port = OpenPort(TANGO_ID)
        self.opened: list[str] = []
        self.backup: Path | None = root / "backup"
        self.back_up()
        self.seen: list[Callable[[View], View]] = []

    def back_up(self, hours: float = 1.0, station: str = "") -> None:
        """A backup that was made so many hours ago."""
        assert self.backup is not None
        made = (START - timedelta(hours=hours)).isoformat()
        self.backup.mkdir(exist_ok=True)
        station = station or str(self.sql("SELECT value FROM meta WHERE name = 'station'"))
        text = f'{{"made_at": "{made}", "station": "{station}"}}'
        (self.backup / "backup.json").write_text(text)

    def sql(self, statement: str, *values: Any) -> Any:
        """What somebody does to the database behind the station's back; the first cell that it gives."""
        with sqlite3.connect(self.database) as conn:
            row = conn.execute(statement, values).fetchone()
        conn.close()
        return row[0] if row else None

    def note(self, at: float, kind: str, **data: Any) -> None:
        """A journal entry of tango, so many seconds after the start."""
        clock = TestClock()
        clock.passed = at
        station = str(self.sql("SELECT value FROM meta WHERE name = 'station'"))
        store = Store(open_engine(self.database), clock, station)
        with store.write() as tx:
            journal.append(tx, kind, printer="tango", data=data)
        store.engine.dispose()

    def holds(self, path: Path, pid: int = 77, name: str = "othersoft") -> None:
        """A process has this file open."""
        place = self.proc / str(pid)
        (place / "fd").mkdir(parents=True)
        (place / "fd/5").symlink_to(path)
        (place / "comm").write_text(f"{name}\n")

    def open_port(self, uri: str) -> Any:
        self.opened.append(uri)
        if self.port.text == "gone":
            raise DeviceGone(f"{uri}: no such printer is plugged in or on")
        if self.port.text == "busy":
            raise DeviceBusy(f"{uri}: device 1-1 is held by another client")
        return self.port

    def look(self) -> View:
        """What the doctor sees."""
        settings = "".join(f"{key} = {value}\n" for key, value in self.settings.items())
        printer = f'[[printers]]\nname = "tango"\nmodel = "tango2e"\nuri = "{self.uri}"\n'
        self.config.write_text(f'data_dir = "data"\n{settings}{printer}')
        system = System(
            self.proc, self.bus.sys, self.bus.dev, self.open_port, lambda: self.queues, 1
        )
        view = look(self.config, self.clock, Wishes(backup=self.backup), system)
        if view.config is None:
            return view
        assert view.disk is not None
        # A real disk's speed is no test's business, nor who runs the tests.
        offset = view.machine.now.astimezone(view.config.zone).utcoffset()
        assert offset is not None
        view = replace(
            view,
            machine=replace(view.machine, offset=offset, python=(3, 11, 9), libusb_problem=""),
            disk=replace(view.disk, fsyncs_ms=(5.0,) * 20),
            user=User(990, "station", "station", frozenset({990, self.node.stat().st_gid})),
            hidden=False,
        )
        for change in self.seen:
            view = change(view)
        return view

    def lines(self) -> list[Line]:
        """What the doctor says."""
        return examine(self.look())
