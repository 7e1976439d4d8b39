"""A recorder of the wire: a `Port` that passes everything on and, while somebody wants it, keeps a copy.

One line of JSON an event, in the order in which the driver saw it; `printstation-sim decode` reads the `out` lines.
Which bytes are a picture is told by the family's skimmer; they are left out, with their number, unless asked for.
Bounded: a record that is full says so and ends. A recorder never disturbs a card: it takes no decision and raises
nothing of its own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from drivers.contract import Clock, DeviceGone, DriverError, TransferTimeout
from drivers.transports.port import Port

FORMAT = "printstation-trace 1"
#: Text of one record. Without pictures an hour of looks is 1 MB; with them two sides of an XID580i are 15 MB.
MOST_BYTES = 4 << 20
MOST_BYTES_WITH_IMAGES = 64 << 20


class Skimmer(Protocol):
    """Tells, of one printer's bytes on their way out, which are a picture."""

    def skim(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        """The same bytes in the same order, in parts: (is a picture, part). Whatever it cannot place is one."""

    def reset(self) -> None:
        """The device's parser is at rest: the next byte begins a command."""


class AllPicture:
    """For a language that nobody here skims: everything might be a picture."""

    def skim(self, data: bytes) -> Iterator[tuple[bool, bytes]]:
        yield True, data

    def reset(self) -> None:
        pass


@dataclass
class Record:
    """What was heard so far. `images`: pictures are in it, and so is whoever is on them."""

    images: bool
    head: dict[str, object]
    until: float
    since: float
    lines: list[str] = field(default_factory=list, repr=False)
    size: int = 0
    left_out: int = 0
    full: bool = False
    ended: bool = False
    #: A record that begins in the middle of a card does not know where it is until the next start.
    placed: bool = False

    def text(self) -> str:
        """The file: a line that says what it is, then the events."""
        told = {**self.head, "images": self.images, "left_out": self.left_out, "full": self.full}
        return "".join((json.dumps(told) + "\n", *self.lines))


class Tap:
    """One printer's recorder, for whatever port is opened to it. Started and read by anybody, fed by its worker."""

    def __init__(self, clock: Clock, skimmer: Skimmer | None = None) -> None:
        self._clock = clock
        self._skimmer = skimmer or AllPicture()
        self._lock = threading.Lock()
        self._record: Record | None = None

    # ------------------------------------------------------------------------- whoever wants a record
    def start(self, seconds: float, images: bool, head: dict[str, object]) -> bool:
        """Begin; False while another record runs."""
        with self._lock:
            now = self._clock.monotonic()
            if self._running(now) is not None:
                return False
            told = {"format": FORMAT, **head}
            self._record = Record(images, told, now + seconds, now)
            return True

    def end(self) -> Record | None:
        """End the record and keep it; None where there is none."""
        with self._lock:
            if self._record is not None:
                self._record.ended = True
            return self._record

    def record(self) -> Record | None:
        """What was heard so far; `ended` once its time is over."""
        with self._lock:
            record = self._record
            if record is not None and self._clock.monotonic() >= record.until:
                record.ended = True
            return record

    def forget(self) -> None:
        """End the record, and nothing of it is kept."""
        with self._lock:
            self._record = None

    def between_cards(self) -> None:
        """The worker knows that no card is on its way: the next byte begins a command."""
        if self._record is not None and not self._record.placed:
            self._place()

    def _place(self) -> None:
        with self._lock:
            self._skimmer.reset()
            if self._record is not None:
                self._record.placed = True

    def _running(self, now: float) -> Record | None:
        record = self._record
        if record is None or record.ended:
            return None
        if now >= record.until or record.full:
            record.ended = True
            return None
        return record

    # ------------------------------------------------------------------------- the port
    @property
    def listening(self) -> bool:
        """Whether anything is kept now; looked at without the lock, before each event."""
        return self._record is not None and not self._record.ended

    def opened(self) -> None:
        """Another session: a driver brings the parser to rest before anything else."""
        self.event("open")

    def reset(self) -> None:
        """A soft reset: the parser is at rest."""
        self.event("control", what="soft-reset")
        if self.listening:
            self._place()

    def out(self, data: bytes) -> None:
        """Bytes that the device took."""
        with self._lock:
            record = self._running(self._clock.monotonic())
            if record is None:
                return
            if record.images:
                self._keep(record, {"kind": "out", "hex": data.hex()})
                return
            parts = self._skimmer.skim(data) if record.placed else iter([(True, data)])
            for picture, part in parts:
                if picture:
                    record.left_out += len(part)
                    self._keep(record, {"kind": "out", "left_out": len(part)})
                else:
                    self._keep(record, {"kind": "out", "hex": part.hex()})

    def event(self, kind: str, **said: object) -> None:
        """Anything else."""
        with self._lock:
            record = self._running(self._clock.monotonic())
            if record is not None:
                self._keep(record, {"kind": kind, **said})

    def _keep(self, record: Record, said: dict[str, object]) -> None:
        if record.full:
            return
        t = round(self._clock.monotonic() - record.since, 4)
        line = json.dumps({"t": t, **said}) + "\n"
        most = MOST_BYTES_WITH_IMAGES if record.images else MOST_BYTES
        if record.size + len(line) > most:
            record.full = True
            line = json.dumps({"t": t, "kind": "full"}) + "\n"
        record.size += len(line)
        record.lines.append(line)


class RecordingPort:
    """A `Port` around another one."""

    def __init__(self, port: Port, tap: Tap) -> None:
        self._port = port
        self._tap = tap
        tap.opened()

    @property
    def usb_ids(self) -> tuple[int, int]:
        return self._port.usb_ids

    def usb_serial(self) -> str | None:
        return self._port.usb_serial()

    def device_id(self) -> str:
        text = self._port.device_id()
        if self._tap.listening:
            self._tap.event("control", what="device-id", text=text)
        return text

    def port_status(self) -> int:
        try:
            byte = self._port.port_status()
        except DriverError as error:
            self._failed("port-status", error)
            raise
        if self._tap.listening:
            self._tap.event("control", what="port-status", hex=f"{byte:02x}")
        return byte

    def soft_reset(self) -> None:
        try:
            self._port.soft_reset()
        except DriverError as error:
            self._failed("soft-reset", error)
            raise
        self._tap.reset()

    def write(self, data: bytes, timeout_s: float) -> int:
        try:
            taken = self._port.write(data, timeout_s)
        except TransferTimeout as late:
            self._taken(data[: late.accepted])
            self._failed("write", late)
            raise
        except DriverError as error:
            lost = len(data) if isinstance(error, DeviceGone) else 0
            self._failed("write", error, in_doubt=lost)
            raise
        self._taken(data[:taken])
        return taken

    def _taken(self, data: bytes) -> None:
        if data and self._tap.listening:
            self._tap.out(data)

    def read(self, size: int, timeout_s: float) -> bytes:
        try:
            data = self._port.read(size, timeout_s)
        except TransferTimeout:
            raise  # a look into an empty pipe, many times a second
        except DriverError as error:
            self._failed("read", error)
            raise
        if self._tap.listening:
            self._tap.event("in", hex=data.hex())
        return data

    def close(self) -> None:
        self._port.close()
        self._tap.event("close")

    def _failed(self, what: str, error: DriverError, **more: object) -> None:
        if self._tap.listening:
            self._tap.event("failed", what=what, error=type(error).__name__, **more)
