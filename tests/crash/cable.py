"""The in-memory cable: `drivers.transports.port.Port` straight onto a simulated device.

Waits on the virtual clock where a real cable would wait; passes the baton and may be cut before and
after every transfer. A cut after a transfer loses only its acknowledgement.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

from drivers import DeviceBusy, DeviceGone, TransferStalled, TransferTimeout
from simulator.device import NoReply, Setup, Stalled, Unplugged
from tests.crash.clockwork import Turns
from tests.crash.world import SimPrinter

T = TypeVar("T")

#: As `drivers/transports/usb.py` has it.
CONTROL_TIMEOUT_S = 1.0
#: How long a parked transfer is left alone at most: a hand may have changed something meanwhile.
LOOK_AGAIN_S = 0.5
GET_DEVICE_ID = Setup(0xA1, 0, 0, 0, 1023)
GET_STATUS = Setup(0xA1, 1, 0, 0, 1)
SOFT_RESET = Setup(0x21, 2, 0, 0, 0)
STORAGE_RESET = Setup(0x21, 0xFF, 0, 0, 0)


class Room(Protocol):
    """What a cable needs of the simulation around it."""

    turns: Turns
    latency_s: float

    def point(self, printer: str | None) -> None:
        """A cut point: the baton may go round, and this may be the end."""

    def seen(self, printer: str, what: str, data: bytes | int) -> None:
        """Something went over the cable and both ends know it."""


class MemoryPort:
    """One opening of one printer's cable, with the pipes and requests of the printer class."""

    OUT, INTO = 1, 0x82

    held: dict[str, MemoryPort]

    def __init__(self, room: Room, printer: SimPrinter, holders: dict[str, MemoryPort]) -> None:
        self._room = room
        self._printer = printer
        self._name = printer.name
        self._holders = holders
        self._connection = -1
        self._closed = False
        room.point(self._name)
        if not printer.plugged:
            raise DeviceGone(f"{self._name} is not there")
        if self._name in holders:
            raise DeviceBusy(f"{self._name} is held")
        holders[self._name] = self
        self._connection = printer.connection
        self.usb_ids = (printer.vendor_id, printer.product_id)
        self._serial = printer.serial

    # ------------------------------------------------------------------ the port
    def usb_serial(self) -> str | None:
        return self._serial

    def device_id(self) -> str:
        return self._control("device-id", GET_DEVICE_ID)[2:].decode("ascii")

    def port_status(self) -> int:
        byte = self._control("status", GET_STATUS)[0]
        self._room.seen(self._name, "status", byte)
        return byte

    def soft_reset(self) -> None:
        self._control("reset", SOFT_RESET)
        self._room.seen(self._name, "reset", 0)

    def write(self, data: bytes, timeout_s: float) -> int:
        taken = 0
        end = self._room.turns.now + timeout_s
        while True:
            rest = data[taken:]
            part = self._transfer("write", partial(self._offer, rest))
            if part:
                self._room.seen(self._name, "out", data[taken : taken + part])
                taken += part
            if taken >= len(data):
                return taken
            if not self._wait(end):
                raise TransferTimeout(f"{self._name}: {taken} of {len(data)} bytes taken", taken)

    def _offer(self, rest: bytes) -> int | None:
        return self._printer.bulk_out(self.OUT, rest, self._room.turns.now)

    def read(self, size: int, timeout_s: float) -> bytes:
        end = self._room.turns.now + timeout_s
        while True:
            data = self._transfer(
                "read", lambda: self._printer.bulk_in(self.INTO, size, self._room.turns.now)
            )
            if data is not None:
                self._room.seen(self._name, "in", data)
                return data
            if not self._wait(end):
                raise TransferTimeout(f"{self._name}: nothing to read")

    def close(self) -> None:
        self._closed = True
        if self._holders.get(self._name) is self:
            del self._holders[self._name]

    # ------------------------------------------------------------------ inside
    def _wait(self, end: float) -> bool:
        """Until the device changes by itself, or a while; False when the deadline has come."""
        now = self._room.turns.now
        if now >= end:
            return False
        due = self._printer.next_due(now)
        until = min(end, now + LOOK_AGAIN_S, due if due is not None and due > now else end)
        self._room.turns.sleep(until - now)
        return True

    def _control(self, what: str, setup: Setup) -> bytes:
        try:
            return self._transfer(
                what, lambda: self._printer.control(setup, b"", self._room.turns.now)
            )
        except NoReply:
            self._room.turns.sleep(CONTROL_TIMEOUT_S)
            self._alive()
            raise TransferTimeout(f"{self._name}: {what} was not answered") from None

    def _transfer(self, what: str, act: Callable[[], T]) -> T:
        self._room.point(self._name)
        self._alive()
        try:
            result = act()
        except Unplugged:
            raise self._gone() from None
        except Stalled:
            raise TransferStalled(f"{self._name}: {what} was refused") from None
        if self._room.latency_s:
            self._room.turns.sleep(self._room.latency_s)
        self._room.point(self._name)
        self._alive()
        return result

    def _alive(self) -> None:
        self._printer.advance(self._room.turns.now)
        if (
            self._closed
            or not self._printer.plugged
            or self._printer.connection != self._connection
        ):
            raise self._gone()

    def _gone(self) -> DeviceGone:
        self._room.seen(self._name, "gone", 0)
        return DeviceGone(f"{self._name} was lost")


class StoragePort(MemoryPort):
    """The cable of a mass-storage device: pipes of its own, reset recovery, no port status and no 1284 text."""

    OUT, INTO = 2, 0x81

    def device_id(self) -> str:
        return ""

    def port_status(self) -> int:
        raise TransferStalled(f"{self._name}: the class has no port status")

    def soft_reset(self) -> None:
        self._control("reset", STORAGE_RESET)
        for pipe in (self.INTO, self.OUT):
            self._control("clear halt", Setup(0x02, 1, 0, pipe, 0))
        self._room.seen(self._name, "reset", 0)
