"""A card printer behind a CUPS queue: the cable is HTTP to the queue, and only the queue's backend knows the device.

Network, cupsd and the device's power are three things here: `unplug` takes the network, `power_off` the device.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from drivers import DeviceGone, Staged, TransferTimeout
from drivers.transports.http import Refused
from simulator.devicefile import DeviceSpec, load_device
from simulator.jobs import Job, Page
from tests.crash.cable import Room
from tests.crash.limits import ERROR_LASTS_S
from tests.crash.queue_life import Queue
from tests.crash.queue_runs import NEVER
from tests.crash.world import TEST, Kind, Origin, SimPrinter, Truth

#: CUPS raster, version 3: a word, then a header and the dots of each page (ipp.md §8).
SYNC, HEADER_BYTES = b"RaS3", 1796
#: Where cupsWidth, cupsHeight and cupsBytesPerLine stand in a header.
WIDTH_AT, HEIGHT_AT, STRIDE_AT = 372, 376, 392
#: World's letters of the dyes that darken blue, green and red.
DYES = (("B", 2), ("G", 1), ("R", 0))
INVERTED = bytes(255 - value for value in range(256))


def planes(document: bytes) -> dict[str, dict[str, bytes]]:
    """{side: {letter: plane}} as this printer's filter makes them of a document: turned, a byte a dot and dye."""
    assert document[:4] == SYNC, document[:4]
    found: dict[str, dict[str, bytes]] = {}
    at = 4
    for side in ("front", "back"):
        if at == len(document):
            break
        header = document[at : at + HEADER_BYTES]
        width, height, stride = (
            struct.unpack_from(">I", header, where)[0] for where in (WIDTH_AT, HEIGHT_AT, STRIDE_AT)
        )
        assert stride == 3 * width, (stride, width)
        at += HEADER_BYTES
        dots = document[at : at + stride * height]
        at += stride * height
        found[side] = {letter: dots[place::3].translate(INVERTED)[::-1] for letter, place in DYES}
    assert at == len(document), (at, len(document))
    return found


def staged_planes(_: DeviceSpec, staged: Staged) -> dict[str, dict[str, bytes]]:
    """What a staged card should bear."""
    return planes(b"".join(staged.payload))


class QueuePrinter(SimPrinter):
    """A simulated printer whose host is a queue. It keeps nothing without power and repeats nothing by itself."""

    #: Whether it drops what it stands still with once nobody feeds it any more; see limits.GOES_ON.
    forgets = True

    def __init__(
        self, name: str, number: int, kind: Kind, world: Truth, whose: Callable[[str], Origin]
    ) -> None:
        super().__init__(name, number, kind, world, whose)
        self._delivering: Origin | None = None
        self.queue = self._new_queue(f"urn:uuid:queue-{number}", kind, whose)
        self._other_queue: Queue | None = None
        self.serial = self.queue.uuid

    @staticmethod
    def spec_of(kind: Kind) -> DeviceSpec:
        spec = load_device(kind.device)
        habits = replace(spec.habits, power_on="throw-out", path_sensor=False)
        return replace(spec, family="magicard", habits=habits)

    def _new_queue(self, uuid: str, kind: Kind, whose: Callable[[str], Origin]) -> Queue:
        return Queue(uuid, self, lambda: whose(self.name), kind.backend_waits)

    # ------------------------------------------------------------------ what a backend sees
    @property
    def powered(self) -> bool:
        return self.body.power

    @property
    def error(self) -> str | None:
        return self.body.error

    def deliver(self, document: bytes, origin: Origin) -> object:
        """The device has every byte of a card."""
        pages = [
            Page(side, tuple(letters), overcoat=False, planes=dict(letters), complete=True)
            for side, letters in planes(document).items()
        ]
        job = Job(pages, duplex=len(pages) > 1)
        self._delivering = origin
        self.body.take_job(job)
        self._delivering = None
        return job

    def holds(self, card: object) -> bool:
        return card in self.body.jobs

    def drop(self) -> None:
        self.body.cancel()

    def let_go(self, card: object) -> None:
        if self.forgets and self.body.error is not None and isinstance(card, Job):
            self.body.drop(card)
            self.body.halt()  # nor does it go on with it once it has cooled down

    def _origin(self, job: Job) -> Origin:
        return TEST if self._delivering is None else self._delivering

    # ------------------------------------------------------------------ time
    def advance(self, now: float) -> None:
        """Device and queue take turns, in the order in which things happen."""
        while True:
            phase = self.body.phase
            due = min(phase.due if phase is not None else NEVER, self.queue.due)
            if due > now:
                break
            self.body.advance(max(due, self.body.now))
            self.queue.look(max(due, self.queue.now))
        self.body.advance(now)
        self.queue.look(now)

    def next_due(self, now: float) -> float | None:
        return None

    # ------------------------------------------------------------------ what people see
    @property
    def plugged(self) -> bool:
        return self.cable and self.queue.up

    @property
    def has_work(self) -> bool:
        return bool(self.body.jobs) or self.queue.busy

    @property
    def moves_unseen(self) -> bool:
        # One that cools down goes on by itself, and its display says so.
        goes_on = self.body.error in (None, "overheat")
        return self.body.moving or self.queue.busy or (bool(self.body.jobs) and goes_on)

    # ------------------------------------------------------------------ power, network, another queue
    def power_off(self) -> None:
        if self.body.power:
            self.body.power_off()
            self.queue.look(self.queue.now)

    def power_on(self) -> None:
        self.body.power_on()

    def replug(self) -> None:
        """The network is there again, and somebody sees to the queue."""
        super().replug()
        self.queue.set_right(ERROR_LASTS_S)

    def end_connections(self) -> None:
        """cupsd goes, or is gone."""
        self._session_ends()

    def swap_unit(self) -> None:
        """The queue is deleted, and another one of its name is made; swapping again brings the first one back."""
        self.queue.forget()
        other = self._other_queue or self._new_queue(f"{self.queue.uuid}-B", self.kind, self._whose)
        self._other_queue, self.queue = self.queue, other
        self.queue.now = self.body.now
        self.serial = self.queue.uuid
        self.end_connections()


class QueuePort:
    """One program's connection to one queue: `drivers.transports.http.HttpPort` without a wire.

    Passes the baton and may be cut before and after every request. A cut after it loses only the answer.
    """

    def __init__(
        self, room: Room, printer: SimPrinter, _: Mapping[str, Any], *, open_now: bool = True
    ) -> None:
        assert isinstance(printer, QueuePrinter)
        self._room = room
        self._printer = printer
        self._connection = -1
        self._open = False
        self.connections = 0
        self.uri = printer.queue.uri
        if open_now:
            self.reopen()

    @property
    def open(self) -> bool:
        return self._open

    def reopen(self) -> None:
        self.close()
        self._room.point(self._printer.name)
        self._printer.advance(self._room.turns.now)
        if not self._printer.plugged:
            raise Refused("nobody listens there")
        self._connection = self._printer.connection
        self._open = True
        self.connections += 1

    def close(self) -> None:
        self._open = False

    def post(self, parts: Iterable[bytes], timeout_s: float, limit: int) -> tuple[int, bytes]:
        name, room = self._printer.name, self._room
        if not self._open:
            raise DeviceGone("the connection is closed")
        room.point(name)
        self._alive()
        head, *document = parts
        room.seen(name, "out", head)
        status, body = self._asked([head, *document], timeout_s, limit)
        if room.latency_s:
            room.turns.sleep(room.latency_s)
        room.point(name)
        self._alive()
        room.seen(name, "at", int(room.turns.now * 1000))
        room.seen(name, "in", body)
        return status, body

    def _asked(self, parts: list[bytes], timeout_s: float, limit: int) -> tuple[int, bytes]:
        queue = self._printer.queue
        queue._open = True
        try:
            return queue.post(parts, timeout_s, limit)
        except TransferTimeout:
            self._room.turns.sleep(timeout_s)
            self._gone()
            raise
        except DeviceGone:
            self._gone()
            raise

    def _alive(self) -> None:
        printer = self._printer
        printer.advance(self._room.turns.now)
        if not printer.plugged or printer.connection != self._connection:
            self._gone()
            raise DeviceGone(f"{printer.name} was lost")

    def _gone(self) -> None:
        self.close()
        self._room.seen(self._printer.name, "gone", 0)
