"""The doctor finds each planted fault, and nothing else: a healthy station is all *ok*.

The list is `FAULTS`. Most are planted for real (files, rows, a fake sysfs and proc); the few that no test can
make of this computer are planted in what was seen of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from printstation.diagnostics.view import (
    Daemon,
    Gauge,
    Queue,
    SeenPrinter,
    SeenReason,
    State,
    View,
    Wrong,
)
from tests.unit.printstation.diagnostics.rig import URI, Rig

OK, ATTENTION, BROKEN = State.OK, State.ATTENTION, State.BROKEN


@dataclass(frozen=True)
class Fault:
    """What is done, which line must change, to what, and a word of what must be seen and of what to do."""

    plant: Callable[[Rig], None]
    check: str
    state: State
    seen: str
    do: str


# ------------------------------------------------------------------------------- planting
def with_machine(**values: Any) -> Callable[[Rig], None]:
    """Something of this computer itself is otherwise."""

    def change(view: View) -> View:
        return replace(view, machine=replace(view.machine, **values))

    return lambda rig: rig.seen.append(change)


def disk_is(**values: Any) -> Callable[[Rig], None]:
    def change(view: View) -> View:
        assert view.disk is not None
        return replace(view, disk=replace(view.disk, **values))

    return lambda rig: rig.seen.append(change)


def typing_error(rig: Rig) -> None:
    rig.settings["min_fre_mb"] = "5"


def key_for_all(rig: Rig) -> None:
    rig.key.chmod(0o644)


def key_cut(rig: Rig) -> None:
    rig.key.write_bytes(b"k" * 31)


def key_of_another_station(rig: Rig) -> None:
    rig.key.write_bytes(b"o" * 32)


def bytes_lost(rig: Rig) -> None:
    """A page in the middle is zeros, as after a bad sector."""
    with rig.database.open("r+b") as file:
        for page in range(10, rig.database.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(bytes(4096))


def no_database_at_all(rig: Rig) -> None:
    rig.database.write_bytes(b"this is a text, and was never a database\n" * 200)


def newer(rig: Rig) -> None:
    rig.sql("UPDATE alembic_version SET version_num = '9999'")


def older(rig: Rig) -> None:
    rig.sql("UPDATE alembic_version SET version_num = '0001'")


def rewritten(rig: Rig) -> None:
    rig.sql("UPDATE journal SET entry = replace(entry, 'ani', 'eka') WHERE seq = 2")


def clock_before(rig: Rig) -> None:
    rig.clock.passed = -3600.0


def clock_jumped(rig: Rig) -> None:
    rig.note(50.0, "printer-ready")
    rig.note(0.0, "printer-ready")


def in_memory(rig: Rig) -> None:
    (rig.proc / "self/mountinfo").write_text(f"22 1 0:5 / {rig.root} rw - tmpfs tmpfs rw\n")


def no_room(rig: Rig) -> None:
    rig.settings["min_free_mb"] = "999999999"


def nothing_plugged(rig: Rig) -> None:
    rig.uri = "usb://0c1f:1800/OTHER"
    rig.port.text = "gone"


def not_permitted(rig: Rig) -> None:
    rig.node.chmod(0o600)


def other_program(rig: Rig) -> None:
    rig.holds(rig.node)


def other_program_at_lp(rig: Rig) -> None:
    rig.bus.plug("1-2", serial="3C0002", driver="usblp")
    rig.uri = "usb://0c1f:1800/3C0002"
    rig.holds(rig.bus.dev / "usb/lp0", name="oldspooler")


def usblp_bound(rig: Rig) -> None:
    rig.bus.plug("1-2", serial="3C0002", driver="usblp")
    rig.uri = "usb://0c1f:1800/3C0002"


def cups_queue(rig: Rig) -> None:
    rig.queues.append(("Magicard_Tango", "usb://Magicard/Tango%202e?serial=3C0001"))


def wrong_model(rig: Rig) -> None:
    rig.port.text = "MFG:Magicard ;MDL:Enduro;"


def silent(rig: Rig) -> None:
    rig.port.text = "gone"


def deaf_daemon(rig: Rig) -> None:
    """The folder's lock is held, but nobody answers."""
    rig.seen.append(lambda view: replace(view, daemon=replace(view.daemon, pid=4711)))  # type: ignore[type-var]


def failed_today(rig: Rig) -> None:
    rig.note(0.0, "printer-error", errors=["media-jam"])


def asked(rig: Rig) -> None:
    rig.sql(
        "INSERT INTO question (id, reason, printer, offers, asked_at) "
        "VALUES ('Q-000009', 'hopper-count', 'tango', '[]', '2026-11-24T00:30:00.000Z')"
    )


def old_backup(rig: Rig) -> None:
    rig.back_up(hours=50)


def backup_of_another(rig: Rig) -> None:
    rig.back_up(station="0" * 32)


def no_backup(rig: Rig) -> None:
    rig.backup = rig.root / "nowhere"


def daemon_says(printer: SeenPrinter) -> Callable[[Rig], None]:
    """A daemon runs and tells this of its printer."""

    def change(view: View) -> View:
        assert view.data is not None
        told = Daemon(4711, "http://127.0.0.1:8631", True, view.data.station, printers=(printer,))
        return replace(view, daemon=told, reached=())

    return lambda rig: rig.seen.append(change)


def queue_says(*wrong: Wrong) -> Callable[[Rig], None]:
    return lambda rig: rig.seen.append(
        lambda view: replace(view, queues=(Queue("fargo", "", wrong),))
    )


HOT = SeenReason("printhead-failure", "error", "technician", "Call the technician.")
OTHER = SeenReason(
    "wrong-device",
    "error",
    "technician",
    "Check cable and configuration.",
    "configured is tango2e, found is Enduro (0c1f:4800), which is enduro",
)
EMPTY = SeenReason("media-empty", "error", "operator", "Fill the hopper.")
POLICY = Wrong("printer-error-policy", "retry-job", "abort-job", "lpadmin -p cards -o …", True)

FAULTS: dict[str, Fault] = {
    "configuration: a key that there is not": Fault(
        typing_error, "configuration", BROKEN, "did you mean min_free_mb", "mend"
    ),
    "python: too old": Fault(
        with_machine(python=(3, 9, 2)), "python", BROKEN, "3.9.2", "3.11 or newer"
    ),
    "libusb: missing": Fault(
        with_machine(libusb_problem="libusb 1.0 is missing"),
        *("libusb", BROKEN, "missing", "apt install libusb-1.0-0"),
    ),
    "clock: before the journal's last entry": Fault(
        clock_before, "clock", BROKEN, "before the journal's last entry", "timedatectl"
    ),
    "clock: ran back once": Fault(clock_jumped, "clock", ATTENTION, "back by 0:00:50", "battery"),
    "time zone: another than the station's": Fault(
        with_machine(offset=timedelta(hours=9)), "time-zone", ATTENTION, "9:00:00", "timedatectl"
    ),
    "disk: below min_free_mb": Fault(no_room, "disk", BROKEN, "min_free_mb is 999", "make room"),
    "disk: in memory": Fault(in_memory, "disk", BROKEN, "lies in memory", "move data_dir"),
    "disk: a sync that cannot be true": Fault(
        disk_is(fsyncs_ms=(0.3,) * 20, rotating=True),
        *("fsync", ATTENTION, "median 0.30 ms", "hdparm -W0"),
    ),
    "disk: a solid disk that is too quick": Fault(
        disk_is(fsyncs_ms=(0.02,) * 20, rotating=False), "fsync", ATTENTION, "fast", "power cut"
    ),
    "disk: slow": Fault(disk_is(fsyncs_ms=(400.0,)), "fsync", ATTENTION, "slow", "smartctl"),
    "key: others may read it": Fault(key_for_all, "key", BROKEN, "0644", "chmod 600"),
    "key: missing, but needed": Fault(
        lambda rig: rig.key.unlink(), "key", BROKEN, "is missing", "backup"
    ),
    "key: of another station": Fault(
        key_of_another_station, "key", BROKEN, "kept with", "same backup"
    ),
    "key: cut": Fault(key_cut, "key", BROKEN, "31 bytes", "backup"),
    "database: pages lost": Fault(bytes_lost, "database", BROKEN, "", "restore"),
    "database: none": Fault(no_database_at_all, "database", BROKEN, "not a database", "restore"),
    "database: of a newer version": Fault(newer, "schema", BROKEN, "9999", "install the version"),
    "database: not migrated yet": Fault(older, "schema", ATTENTION, "0001", "back up"),
    "journal: an entry was rewritten": Fault(
        rewritten, "journal", BROKEN, "journal 2", "printstation audit"
    ),
    "journal: a printer failed today": Fault(
        failed_today, "last-errors", ATTENTION, "tango: media-jam 1x", "technician"
    ),
    "questions: one is open": Fault(asked, "questions", ATTENTION, "hopper-count 1", "answer"),
    "backup: old": Fault(old_backup, "backup", ATTENTION, "50.0 hours old", "every day"),
    "backup: of another station": Fault(
        backup_of_another, "backup", BROKEN, "another station", "printstation backup"
    ),
    "backup: none there": Fault(
        no_backup, "backup", BROKEN, "no complete backup", "printstation backup"
    ),
    "usb: nothing plugged in": Fault(
        nothing_plugged, "permission tango", BROKEN, "nothing is attached", "plug it in"
    ),
    "usb: no permission": Fault(
        not_permitted,
        *(
            "permission tango",
            BROKEN,
            "may not use",
            'ATTR{idVendor}=="0c1f", ATTR{idProduct}=="1800"',
        ),
    ),
    "usb: another process holds it": Fault(
        other_program, "held tango", BROKEN, "othersoft (process 77)", "end it"
    ),
    "usb: another process prints through usblp": Fault(
        other_program_at_lp, "held tango", BROKEN, "oldspooler", "end it"
    ),
    "usb: usblp is bound": Fault(usblp_bound, "held tango", ATTENTION, "usblp", "blacklist usblp"),
    "usb: a CUPS queue prints there": Fault(
        cups_queue, "held tango", BROKEN, "Magicard_Tango", "lpadmin -x Magicard_Tango"
    ),
    "printer: another model is there": Fault(
        wrong_model, "printer tango", BROKEN, "as tango2e, but enduro is there", "model"
    ),
    "printer: does not answer": Fault(
        silent, "printer tango", BROKEN, "no such printer", "power, cable"
    ),
    "printer: another station has it": Fault(
        lambda rig: setattr(rig.port, "text", "busy"),
        *("printer tango", BROKEN, "held by another client", "end the program"),
    ),
    "printer: only a technician can help": Fault(
        daemon_says(SeenPrinter("tango", "stopped", "3C0001", (EMPTY, HOT), ())),
        *("printer tango", BROKEN, "printhead-failure", "Call the technician"),
    ),
    "printer: another model is there, says the daemon": Fault(
        daemon_says(SeenPrinter("tango", "stopped", None, (OTHER,), ())),
        *("printer tango", BROKEN, "configured is tango2e, found is Enduro", "configuration"),
    ),
    "printer: an operator is needed": Fault(
        daemon_says(SeenPrinter("tango", "stopped", "3C0001", (EMPTY,), ())),
        *("printer tango", ATTENTION, "media-empty", "Fill the hopper"),
    ),
    "supplies: the ribbon ends": Fault(
        daemon_says(
            SeenPrinter("tango", "idle", "3C0001", (), (Gauge("tango", "ribbon", 12, 300),))
        ),
        *("supply tango", ATTENTION, "12 of 300", "new one"),
    ),
    "daemon: holds the folder, does not answer": Fault(
        deaf_daemon, "daemon", BROKEN, "4711", "log"
    ),
    "queue: a wrong setting": Fault(
        queue_says(POLICY), "queue fargo", BROKEN, "is retry-job, wanted abort-job", "lpadmin"
    ),
    "queue: a setting that loses evidence": Fault(
        queue_says(replace(POLICY, blocks=False)), "queue fargo", ATTENTION, "retry-job", "lpadmin"
    ),
}


# ------------------------------------------------------------------------------- finding
def test_a_healthy_station_is_all_ok(rig: Rig) -> None:
    lines = rig.lines()
    assert [line for line in lines if line.state is not OK] == []
    assert len({line.check for line in lines}) == len(lines) > 14
    assert rig.opened == [URI] and rig.port.calls == ["device_id", "close"]


@pytest.mark.parametrize("name", FAULTS)
def test_the_doctor_finds(rig: Rig, name: str) -> None:
    fault = FAULTS[name]
    fault.plant(rig)
    lines = rig.lines()
    (line,) = [line for line in lines if line.check == fault.check]
    assert (line.state, fault.seen in line.seen, fault.do in line.do) == (
        fault.state,
        True,
        True,
    ), line
    others = [each for each in lines if each.state is BROKEN and each.check != fault.check]
    assert [line.check for line in others] == also_broken(name), others


def also_broken(name: str) -> list[str]:
    """What follows from a fault and cannot but be said as well."""
    return {"usb: nothing plugged in": ["printer tango"]}.get(name, [])


def test_there_are_far_more_than_ten() -> None:
    assert len({fault.check for fault in FAULTS.values()}) > 15
