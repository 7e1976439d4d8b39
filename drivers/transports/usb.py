"""The printer class over pyusb: one `Port` for local USB (libusb) and for USB/IP.

Here, and nowhere else, pyusb's errno become the errors of `drivers/contract.py`. Interface choice and
class requests: USB Device Class Definition for Printing Devices 1.1.
"""

from __future__ import annotations

import contextlib
import errno
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import usb.core
import usb.util

from drivers.contract import (
    DeviceBusy,
    DeviceGone,
    NotUnderstood,
    TransferStalled,
    TransferTimeout,
    TransportError,
)
from drivers.transports.device_id import read_device_id

# USB 2.0 §9.2.6.4: 500 ms for a request with data. Twice that, so that a device polled once a second
# (exactly-once.md §3) is not declared dumb for one late answer.
CONTROL_TIMEOUT_S = 1.0
# USB 2.0 §9.2.6.1: 5 s is the upper limit for any request. A reset that flushes buffers may need it.
SOFT_RESET_TIMEOUT_S = 5.0
# Gutenprint 5.3.4 asks GET_DEVICE_ID with this length.
DEVICE_ID_SIZE = 2048

_PRINTER_CLASS, _PRINTER_SUBCLASS, _BIDIRECTIONAL, _UNIDIRECTIONAL = 7, 1, 2, 1
# Bulk-Only Transport 1.0 §3.1, §5.3.4: its reset, and a clear halt of both pipes, is "reset recovery".
_STORAGE_CLASS, _STORAGE_RESET = 8, 0xFF
_GET_DEVICE_ID, _GET_PORT_STATUS, _SOFT_RESET = 0, 1, 2
_CLASS_IN, _CLASS_OUT = 0xA1, 0x21
# The recipient of SOFT_RESET was "other" in version 1.0 of the class, and some devices kept it.
_CLASS_OUT_1_0 = 0x23


@dataclass(frozen=True)
class Pipes:
    """The part of a device that takes print data: numbers from its descriptors."""

    configuration: int
    interface: int
    alternate: int
    alternates: int
    bulk_out: int
    bulk_in: int | None
    in_packet: int
    storage: bool = False


class UsbPort:
    """A `Port` on a pyusb device; made by `open_device`."""

    def __init__(self, device: Any, pipes: Pipes, name: str, driver_detached: bool = False) -> None:
        self._device = device
        self._pipes = pipes
        self._name = name
        self._driver_detached = driver_detached
        self._gone: str | None = None
        self._rest = b""

    @property
    def usb_ids(self) -> tuple[int, int]:
        return int(self._device.idVendor), int(self._device.idProduct)

    def usb_serial(self) -> str | None:
        if not self._device.iSerialNumber:
            return None
        try:
            found: str | None = self._transfer("serial number", None, read_serial, self._device)
            return found
        except TransferStalled:
            return None

    def device_id(self) -> str:
        pipes = self._pipes
        if pipes.storage:
            return ""  # the mass-storage class has no such request
        index = pipes.interface << 8 | pipes.alternate
        answer = self._ask(_GET_DEVICE_ID, pipes.configuration, index, DEVICE_ID_SIZE)
        return read_device_id(answer)

    def port_status(self) -> int:
        answer = self._ask(_GET_PORT_STATUS, 0, self._pipes.interface, 1)
        if not answer:
            raise NotUnderstood(f"{self._name}: the port status came empty")
        return answer[0]

    def soft_reset(self) -> None:
        self._rest = b""
        if self._pipes.storage:
            self._recover_storage()
            return
        try:
            self._reset(_CLASS_OUT)
        except TransferStalled:
            self._reset(_CLASS_OUT_1_0)

    def write(self, data: bytes, timeout_s: float) -> int:
        started = time.monotonic()
        pipe, timeout = self._pipes.bulk_out, _milliseconds(timeout_s)
        taken = int(self._transfer("write", pipe, self._device.write, pipe, data, timeout))
        # Both backends return a part that was taken before the deadline instead of raising.
        if taken < len(data) and time.monotonic() - started >= timeout_s:
            text = f"{self._name}: {taken} of {len(data)} bytes taken in {timeout_s:g} s"
            raise TransferTimeout(text, accepted=taken)
        return taken

    def read(self, size: int, timeout_s: float) -> bytes:
        if not self._rest:
            self._rest = self._read_packets(size, timeout_s)
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def close(self) -> None:
        self._gone = self._gone or "it was closed"
        try:
            usb.util.dispose_resources(self._device)
            if self._driver_detached:
                self._driver_detached = False
                self._device.attach_kernel_driver(self._pipes.interface)
                usb.util.dispose_resources(self._device)
        except (usb.core.USBError, NotImplementedError):
            pass  # The device may be gone; there is nothing left to let go of.

    # ------------------------------------------------------------------------- inside
    def _read_packets(self, size: int, timeout_s: float) -> bytes:
        """Whole packets: a shorter buffer would be an overflow, and lose data, on real USB."""
        pipe, packet = self._pipes.bulk_in, self._pipes.in_packet
        if pipe is None:
            raise TransportError(f"{self._name}: the printer has no pipe to read from")
        whole = max(1, math.ceil(size / packet)) * packet
        timeout = _milliseconds(timeout_s)
        return bytes(self._transfer("read", pipe, self._device.read, pipe, whole, timeout))

    def _ask(self, request: int, value: int, index: int, size: int) -> bytes:
        asked = (_CLASS_IN, request, value, index, size, _milliseconds(CONTROL_TIMEOUT_S))
        what = f"class request {request}"
        return bytes(self._transfer(what, None, self._device.ctrl_transfer, *asked))

    def _reset(self, kind: int, request: int = _SOFT_RESET) -> None:
        index, timeout = self._pipes.interface, _milliseconds(SOFT_RESET_TIMEOUT_S)
        asked = (kind, request, 0, index, None, timeout)
        self._transfer("soft reset", None, self._device.ctrl_transfer, *asked)

    def _recover_storage(self) -> None:
        """A device that refuses the reset may be in step all the same: its next answer tells."""
        with contextlib.suppress(TransferStalled):
            self._reset(_CLASS_OUT, _STORAGE_RESET)
        for pipe in (self._pipes.bulk_in, self._pipes.bulk_out):
            if pipe is not None:
                self._transfer("clear halt", None, self._device.clear_halt, pipe)

    def _transfer(
        self, what: str, halted: int | None, move: Callable[..., Any], *arguments: object
    ) -> Any:
        """One call of pyusb's, its errors as the contract has them; a halted pipe is cleared."""
        if self._gone is not None:
            raise DeviceGone(f"{self._name}: {self._gone}")
        try:
            return move(*arguments)
        except usb.core.USBError as error:
            translated = translate(error, f"{self._name}: {what}")
            if isinstance(translated, TransferStalled) and halted is not None:
                self._clear_halt(halted)
            if isinstance(translated, DeviceGone):
                self._gone = "the device was lost"
            raise translated from error

    def _clear_halt(self, pipe: int) -> None:
        try:
            self._device.clear_halt(pipe)
        except usb.core.USBError as error:
            translated = translate(error, f"{self._name}: clear halt")
            if isinstance(translated, DeviceGone):
                self._gone = "the device was lost"
                raise translated from error


def open_device(device: Any, name: str) -> UsbPort:
    """Take hold of the printer interface of a pyusb device; sends nothing on its bulk pipes.

    `DeviceBusy` when another program holds it. On any failure nothing stays held.
    """
    try:
        device.default_timeout = _milliseconds(CONTROL_TIMEOUT_S)
        pipes = choose_pipes(_configuration(device), name)
        detached = _detach_kernel_driver(device, pipes.interface)
        usb.util.claim_interface(device, pipes.interface)
        if pipes.alternates > 1:
            device.set_interface_altsetting(pipes.interface, pipes.alternate)
        return UsbPort(device, pipes, name, detached)
    except usb.core.USBError as error:
        usb.util.dispose_resources(device)
        raise translate(error, f"{name}: open") from error
    except TransportError:
        usb.util.dispose_resources(device)
        raise


def choose_pipes(configuration: Any, name: str) -> Pipes:
    """The bidirectional printer interface, else the unidirectional one, else any with a bulk OUT."""
    best: tuple[int, Pipes] | None = None
    settings = list(configuration)
    for setting in settings:
        pipes = _pipes(configuration, setting, settings)
        if pipes is not None and (best is None or _rank(setting) < best[0]):
            best = _rank(setting), pipes
    if best is None:
        raise TransportError(f"{name}: the device has no interface that takes print data")
    return best[1]


def read_serial(device: Any) -> str | None:
    """The serial string, freshly read; None when there is none or it is garbled. `USBError`."""
    langids = usb.util.get_langids(device)
    if not langids or not device.iSerialNumber:
        return None
    try:
        text = usb.util.get_string(device, device.iSerialNumber, langids[0])
    except UnicodeDecodeError:
        return None
    return text.strip("\0 ") or None if text else None


def translate(error: Any, what: str) -> TransportError:
    """pyusb's error as one of the contract's. Unknown ones stay a plain `TransportError`."""
    text = f"{what}: {error.strerror or error}"
    if isinstance(error, usb.core.USBTimeoutError) or error.errno == errno.ETIMEDOUT:
        return TransferTimeout(text)
    if error.errno == errno.EACCES:
        return TransportError(f"{what}: no permission; the daemon's user needs a udev rule")
    kinds = {
        errno.ENODEV: DeviceGone,
        errno.ESHUTDOWN: DeviceGone,
        errno.EPIPE: TransferStalled,
        errno.EBUSY: DeviceBusy,
    }
    return kinds.get(error.errno or 0, TransportError)(text)


# ----------------------------------------------------------------------------- descriptors
def _rank(setting: Any) -> int:
    kind = setting.bInterfaceClass, setting.bInterfaceSubClass, setting.bInterfaceProtocol
    order = [
        (_PRINTER_CLASS, _PRINTER_SUBCLASS, _BIDIRECTIONAL),
        (_PRINTER_CLASS, _PRINTER_SUBCLASS, _UNIDIRECTIONAL),
    ]
    return order.index(kind) if kind in order else len(order)


def _pipes(configuration: Any, setting: Any, settings: list[Any]) -> Pipes | None:
    bulk = [e for e in setting if usb.util.endpoint_type(e.bmAttributes) == 2]
    outs = [e for e in bulk if not e.bEndpointAddress & 0x80]
    ins = [e for e in bulk if e.bEndpointAddress & 0x80]
    if not outs:
        return None
    number = setting.bInterfaceNumber
    return Pipes(
        configuration=configuration.index,
        interface=number,
        alternate=setting.bAlternateSetting,
        alternates=sum(other.bInterfaceNumber == number for other in settings),
        bulk_out=outs[0].bEndpointAddress,
        bulk_in=ins[0].bEndpointAddress if ins else None,
        in_packet=max(1, ins[0].wMaxPacketSize & 0x7FF) if ins else 1,
        storage=setting.bInterfaceClass == _STORAGE_CLASS,
    )


def _configuration(device: Any) -> Any:
    """The active configuration; the first one is chosen if the device has none yet."""
    try:
        return device.get_active_configuration()
    except usb.core.USBError as error:
        if error.errno is not None:
            raise
    device.set_configuration()
    return device.get_active_configuration()


def _detach_kernel_driver(device: Any, interface: int) -> bool:
    """Take the interface from `usblp`. Systems without such a thing say "not implemented"."""
    try:
        if not device.is_kernel_driver_active(interface):
            return False
        device.detach_kernel_driver(interface)
    except NotImplementedError:
        return False
    return True


def _milliseconds(timeout_s: float) -> int:
    """Never 0, which means "for ever" to pyusb."""
    return max(1, math.ceil(timeout_s * 1000))
