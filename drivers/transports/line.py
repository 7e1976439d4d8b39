"""A port that is bytes and nothing else: what a serial line and a TCP connection have in common.

No class requests: `port_status` and `soft_reset` raise `TransferStalled`, and whoever speaks along a line must
bring a parser to idle by its own language. *Acknowledged* here means that the system took the bytes, which is
less than a device's own word: a driver waits for an answer to know more.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

from drivers.contract import DeviceGone, TransferStalled, TransferTimeout
from drivers.transports.port import NO_USB


class LinePort:
    """A `Port` on a file descriptor that does not block; `close_it` lets go of what owns it."""

    def __init__(self, fd: int, name: str, close_it: Callable[[], None]) -> None:
        self._fd = fd
        self._name = name
        self._close_it = close_it
        self._gone: str | None = None

    @property
    def usb_ids(self) -> tuple[int, int]:
        return NO_USB

    def usb_serial(self) -> str | None:
        return None

    def device_id(self) -> str:
        return ""

    def port_status(self) -> int:
        raise TransferStalled(f"{self._name}: a line has no port status")

    def soft_reset(self) -> None:
        raise TransferStalled(f"{self._name}: a line has no soft reset")

    def write(self, data: bytes, timeout_s: float) -> int:
        end = time.monotonic() + timeout_s
        while self._wait(select.POLLOUT, end):
            try:
                return os.write(self._fd, data)
            except BlockingIOError:
                continue  # the room was taken between the look and the write
            except OSError as error:
                raise self._lost(error.strerror or "write") from error
        raise TransferTimeout(f"{self._name}: nothing taken in {timeout_s:g} s")

    def read(self, size: int, timeout_s: float) -> bytes:
        end = time.monotonic() + timeout_s
        while self._wait(select.POLLIN, end):
            try:
                data = os.read(self._fd, size)
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._lost(error.strerror or "read") from error
            if not data:
                raise self._lost("the other end closed it")
            return data
        raise TransferTimeout(f"{self._name}: nothing came in {timeout_s:g} s")

    def close(self) -> None:
        if self._gone != "it was closed":
            self._gone = "it was closed"
            self._close_it()

    def _wait(self, event: int, end: float) -> bool:
        """Until the descriptor is ready or has failed (the call itself then says how), or the time is over."""
        if self._gone is not None:
            raise DeviceGone(f"{self._name}: {self._gone}")
        poll = select.poll()
        poll.register(self._fd, event)
        left = max(0.0, end - time.monotonic())
        return bool(poll.poll(left * 1000))

    def _lost(self, why: str) -> DeviceGone:
        self._gone = why
        return DeviceGone(f"{self._name}: {why}")
