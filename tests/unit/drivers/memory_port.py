"""A `Port` straight into a simulated device, on one clock that only moves when somebody waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from drivers import DeviceGone, TransferStalled, TransferTimeout
from simulator.device import NoReply, Setup, Stalled, Unplugged, UsbDevice

T = TypeVar("T")

#: Longest step of time while a transfer is held back: the device itself says when it changes.
STEP_S = 0.25
CONTROL_S = 1.0


class Time:
    """The only clock of a test."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class MemoryPort:
    """The cable: no threads, no sockets; the device is asked at the moment the clock shows."""

    def __init__(self, device: UsbDevice, serial: str, clock: Time) -> None:
        self._device = device
        self._serial = serial
        self._clock = clock
        self._gone = False

    @property
    def usb_ids(self) -> tuple[int, int]:
        return self._device.vendor_id, self._device.product_id

    def usb_serial(self) -> str | None:
        return self._serial

    def device_id(self) -> str:
        return self._control(0xA1, 0, 2048)[2:].decode()

    def port_status(self) -> int:
        return self._control(0xA1, 1, 1)[0]

    def soft_reset(self) -> None:
        self._control(0x21, 2, 0)

    def write(self, data: bytes, timeout_s: float) -> int:
        taken = self._waited(lambda: self._device.bulk_out(1, data, self._clock.now), timeout_s)
        assert isinstance(taken, int)
        return taken

    def read(self, size: int, timeout_s: float) -> bytes:
        data = self._waited(lambda: self._device.bulk_in(0x82, size, self._clock.now), timeout_s)
        assert isinstance(data, bytes)
        return data

    def close(self) -> None:
        self._gone = True

    def _control(self, kind: int, request: int, length: int) -> bytes:
        setup = Setup(kind, request, 0, 0, length)
        return self._guarded(lambda: self._device.control(setup, b"", self._clock.now))

    def _waited(self, ask: Callable[[], int | bytes | None], timeout_s: float) -> int | bytes:
        end = self._clock.now + timeout_s
        while (answer := self._guarded(ask)) is None:
            if self._clock.now >= end:
                raise TransferTimeout("held back")
            due = self._device.next_due(self._clock.now) or end
            self._clock.now = min(max(due, self._clock.now + 0.001), self._clock.now + STEP_S, end)
        return answer

    def _guarded(self, ask: Callable[[], T]) -> T:
        if self._gone:
            raise DeviceGone("closed or lost")
        try:
            return ask()
        except Unplugged as lost:
            self._gone = True
            raise DeviceGone("unplugged") from lost
        except Stalled as refused:
            raise TransferStalled("stall") from refused
        except NoReply as silent:
            self._clock.now += CONTROL_S
            raise TransferTimeout("no reply") from silent
