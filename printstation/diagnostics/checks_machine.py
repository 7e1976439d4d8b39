"""Checks of the computer: Python, libusb, clock, time zone, disk, and a sync that really syncs. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import timedelta

from printstation.diagnostics.view import AS_ANOTHER, Disk, Line, State, View

OLDEST_PYTHON = (3, 11)
#: What a clock may differ between two readings of it; NTP slews, it does not step, below half a second.
SLACK = timedelta(seconds=2)
#: A turn of a disk of 7,200 a minute takes 8.3 ms: a write that is on its plates in less than a quarter of
#: that was not waited for.
FAST_ROTATING_MS = 2.0
#: A flush of a consumer's SSD takes some tenths of a millisecond; only a cache that outlives the power is
#: quicker (virtual disk of our measurements: 1.4 to 3.7 ms, its host's page cache: 0.03 ms).
FAST_SOLID_MS = 0.1
#: A step commits some times a card: slower than this, the walk is felt.
SLOW_MS = 100.0
IN_MEMORY = ("tmpfs", "ramfs")
#: SQLite's write-ahead log needs memory that is shared by all its readers, which no file server gives.
OVER_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs")


def machine_lines(view: View) -> Iterator[Line]:
    """Every check of this file."""
    yield _python(view)
    yield _libusb(view)
    yield _clock(view)
    yield from _zone(view)
    if view.disk is not None and view.config is not None:
        yield _space(view.disk, view.config.min_free_mb)
        yield _sync(view.disk)


def _python(view: View) -> Line:
    version = view.machine.python
    seen = ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        return Line("python", State.BROKEN, seen, "install Python 3.11 or newer")
    return Line("python", State.OK, seen)


def _libusb(view: View) -> Line:
    machine = view.machine
    if machine.libusb_problem:
        state = State.BROKEN if _has_usb(view) else State.ATTENTION
        return Line("libusb", state, machine.libusb_problem, "apt install libusb-1.0-0")
    return Line("libusb", State.OK, machine.libusb)


def _has_usb(view: View) -> bool:
    return view.config is None or any(p.uri.startswith("usb:") for p in view.config.printers)


def _clock(view: View) -> Line:
    now, data = view.machine.now, view.data
    seen = now.strftime("%Y-%m-%d %H:%M:%S UTC")
    do = "set the clock (`timedatectl`), switch NTP on, and look at the battery of the mainboard"
    if data is None or data.last_at is None:
        return Line("clock", State.OK, f"{seen}; no journal entry to compare it with")
    ahead = data.last_at - now
    if ahead > SLACK:
        text = f"{seen} is {_span(ahead)} before the journal's last entry"
        return Line("clock", State.BROKEN, text, do)
    if data.back:
        seq, seconds = data.back[-1]
        text = f"{seen}; it ran back by {_span(timedelta(seconds=seconds))} before entry {seq}"
        return Line("clock", State.ATTENTION, text, do)
    return Line("clock", State.OK, f"{seen}, after the journal's last entry")


def _span(span: timedelta) -> str:
    return str(timedelta(seconds=round(span.total_seconds())))


def _zone(view: View) -> Iterator[Line]:
    if view.config is None:
        return
    wanted = view.machine.now.astimezone(view.config.zone).utcoffset()
    name = view.config.timezone
    if wanted != view.machine.offset:
        seen = f"the station's is {name}, this computer's is another ({_span(view.machine.offset)} from UTC)"
        do = f"timedatectl set-timezone {name}, or change `timezone`: reports follow the station's"
        yield Line("time-zone", State.ATTENTION, seen, do)
    else:
        yield Line("time-zone", State.OK, name)


def _space(disk: Disk, wanted: int) -> Line:
    if disk.denied:
        return Line("disk", State.ATTENTION, disk.problem, AS_ANOTHER)
    if disk.problem:
        return Line("disk", State.BROKEN, disk.problem, _mend(disk))
    if not disk.there:
        return Line("disk", State.ATTENTION, "no data folder yet", "the first start makes it")
    seen = f"{disk.free_mb} MB free, min_free_mb is {wanted}; {disk.filesystem} on {disk.device}"
    if disk.filesystem in IN_MEMORY:
        do = "move data_dir to a disk: a power cut would take every record with it"
        return Line("disk", State.BROKEN, f"the data folder lies in memory: {seen}", do)
    if disk.filesystem in OVER_NETWORK:
        do = "move data_dir to a disk of this computer"
        return Line("disk", State.BROKEN, f"the data folder lies on a file server: {seen}", do)
    if disk.free_mb < wanted:
        return Line("disk", State.BROKEN, seen, "make room: no card starts before")
    if disk.free_mb < 2 * wanted:
        return Line("disk", State.ATTENTION, seen, "make room soon")
    return Line("disk", State.OK, seen)


def _mend(disk: Disk) -> str:
    """What to do about a folder that cannot be used."""
    if disk.full:
        return "make room: no card starts before"
    if disk.read_only:
        return "look at the kernel's log: a disk that fails is often made read-only; then mount it for writing"
    return (
        "let the daemon's user write there" if disk.there else "move it away, or change `data_dir`"
    )


def _sync(disk: Disk) -> Line:
    if not disk.fsyncs_ms:
        return Line("fsync", State.ATTENTION, "not measured", "see the line before")
    middle, worst = statistics.median(disk.fsyncs_ms), max(disk.fsyncs_ms)
    kind = {True: "rotating", False: "solid", None: "unknown"}[disk.rotating]
    seen = (
        f"{len(disk.fsyncs_ms)} x 4 KiB on {disk.device} ({kind}): median {middle:.2f} ms, "
        f"slowest {worst:.2f} ms"
    )
    if middle < (FAST_ROTATING_MS if disk.rotating else FAST_SOLID_MS):
        do = (
            "quicker than such a disk can be: unless its cache outlives a power cut, switch the cache off "
            "(`hdparm -W0`, or the controller's or virtual machine's setting), and pull the plug once to see"
        )
        return Line("fsync", State.ATTENTION, f"suspiciously fast: {seen}", do)
    if middle > SLOW_MS:
        do = "see with `iotop` and `smartctl` what ails this disk: every card waits for it"
        return Line("fsync", State.ATTENTION, f"slow: {seen}", do)
    return Line("fsync", State.OK, seen)
