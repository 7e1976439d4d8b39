"""What `doctor` sees of a machine and its station, as plain values, and the line that each check says.

`look_*.py` fill these in, `checks_*.py` judge them; so a fault can be planted here, in a test, without a machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from drivers import Attached
from printstation.config import Config

#: What to do where a file may be in order, but whoever looks may not see it.
AS_ANOTHER = "run this as root, or as the user that runs the station"


class State(StrEnum):
    """How a check ended, the worse the later."""

    OK = "ok"
    ATTENTION = "attention"
    BROKEN = "broken"


@dataclass(frozen=True)
class Line:
    """One check: what was seen, and what to do about it (empty when nothing is to be done)."""

    check: str
    state: State
    seen: str
    do: str = ""


@dataclass(frozen=True)
class Machine:
    """The computer. `offset` is its own time zone's distance from UTC now."""

    python: tuple[int, int, int]
    libusb: str
    libusb_problem: str
    now: datetime
    offset: timedelta


@dataclass(frozen=True)
class User:
    """Whoever runs the daemon: its process' user while it runs, else the data folder's owner."""

    uid: int
    name: str
    group: str
    groups: frozenset[int]


@dataclass(frozen=True)
class Disk:
    """Where the data folder lies. `fsyncs_ms`: how long each of some small synced writes took there; `full`: they
    failed for want of room, `read_only`: the file system takes none, `denied`: whoever looks may not write there."""

    there: bool
    problem: str
    free_mb: int
    filesystem: str
    device: str
    rotating: bool | None
    fsyncs_ms: tuple[float, ...]
    full: bool = False
    read_only: bool = False
    denied: bool = False


@dataclass(frozen=True)
class Key:
    """The key file; `needed`: there are rows that only it opens or repeats; `denied`: whoever looks may not see it;
    `key_id`: which key it is, empty for what is none."""

    there: bool
    needed: bool
    mode: int = 0
    size: int = 0
    denied: bool = False
    key_id: str = ""


@dataclass(frozen=True)
class Trouble:
    """A journal entry of the last day that says that a printer stopped or failed."""

    at: str
    printer: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """Open questions of one reason."""

    reason: str
    count: int
    oldest: str


@dataclass(frozen=True)
class Gauge:
    """What is left of a supply, by the device's word or by counting feeds."""

    printer: str
    name: str
    remaining: int
    capacity: int


@dataclass(frozen=True)
class Data:
    """The database, as far as it can be read. `back`: (entry, seconds) where the clock ran backwards; `denied`:
    whoever looks may not read it; `key_id`: which key it is kept with, empty while any will do."""

    there: bool
    problem: str = ""
    denied: bool = False
    integrity: str = ""
    schema: str = ""
    known_schemas: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    entries: int = 0
    station: str = ""
    last_at: datetime | None = None
    back: tuple[tuple[int, float], ...] = ()
    troubles: tuple[Trouble, ...] = ()
    questions: tuple[Asked, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    key_id: str = ""


@dataclass(frozen=True)
class SeenReason:
    """One reason of a printer as the daemon tells it."""

    keyword: str
    severity: str
    who: str
    sentence: str
    raw: str = ""


@dataclass(frozen=True)
class SeenPrinter:
    """One printer as the daemon tells it."""

    name: str
    state: str
    serial: str | None
    reasons: tuple[SeenReason, ...]
    gauges: tuple[Gauge, ...]


@dataclass(frozen=True)
class Daemon:
    """The daemon of this data folder, and who answers at the address of the configuration."""

    pid: int | None
    url: str
    answers: bool = False
    station: str = ""
    foreign: str = ""
    printers: tuple[SeenPrinter, ...] = ()


@dataclass(frozen=True)
class Holder:
    """A process that has a device open."""

    pid: int
    name: str


@dataclass(frozen=True)
class Cable:
    """The device file of a configured printer. `device` is None where none is attached.

    `queues` are CUPS queues that print there.
    """

    printer: str
    uri: str
    device: Attached | None
    node: Path | None = None
    mode: int = 0
    uid: int = 0
    gid: int = 0
    group: str = ""
    holders: tuple[Holder, ...] = ()
    queues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """A printer that was opened for a look while no daemon runs; `problem` is empty when it answered.

    `wrong`: what answered is of another model; `held`: somebody else has it.
    """

    printer: str
    problem: str
    told: str = ""
    wrong: bool = False
    held: bool = False


@dataclass(frozen=True)
class Wrong:
    """A setting of a print queue that is not as cards need it."""

    setting: str
    found: str
    wanted: str
    repair: str
    blocks: bool


@dataclass(frozen=True)
class Queue:
    """The print queue of a printer."""

    printer: str
    problem: str
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True)
class Backup:
    """The backup folder that was named; `made_at` is None when none is readable there."""

    folder: str
    made_at: datetime | None
    station: str = ""


@dataclass(frozen=True)
class View:
    """Everything that was looked at. Without a configuration there is only the machine."""

    path: Path
    config: Config | None
    config_problem: str
    machine: Machine
    user: User | None = None
    disk: Disk | None = None
    key: Key | None = None
    data: Data | None = None
    daemon: Daemon | None = None
    cables: tuple[Cable, ...] = ()
    reached: tuple[Reached, ...] = ()
    queues: tuple[Queue, ...] = ()
    backup: Backup | None = None
    hidden: bool = False  # processes of others could not be looked at
