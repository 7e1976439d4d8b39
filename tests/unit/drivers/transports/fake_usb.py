"""A pyusb backend in memory that behaves as libusb does: units on a bus, a kernel driver, scripts."""

from __future__ import annotations

import array
import errno
from collections.abc import Iterator
from typing import Any

import usb.backend
from usb.core import USBError, USBTimeoutError

from drivers.transports import descriptors

PRINTER = "09022000010100c0320904000002070102000705010200020007058202400000"


def failure(number: int | None) -> USBError:
    kind = USBTimeoutError if number == errno.ETIMEDOUT else USBError
    return kind("made to fail", None, number)


class Unit:
    """One device on the bus. `script` holds, for each call name, what its next calls do."""

    def __init__(
        self,
        configuration: str = PRINTER,
        serial: str | None = "S-1",
        device_id: str = "MFG:Acme;",
        kernel_driver: bool = False,
    ) -> None:
        self.configuration = descriptors.read_configuration(bytes.fromhex(configuration))
        self.serial, self.device_id = serial, device_id
        self.kernel_driver = kernel_driver
        self.configured = True
        self.calls: list[tuple[Any, ...]] = []
        self.script: dict[str, list[Exception | int | bytes]] = {}

    def did(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def call(self, name: str, *args: Any) -> int | bytes | None:
        self.calls.append((name, *args))
        steps = self.script.get(name)
        step = steps.pop(0) if steps else None
        if isinstance(step, Exception):
            raise step
        return step


class Bus(usb.backend.IBackend):  # type: ignore[misc]
    """The backend. Units of it are found by the ids 0c1f:1800, all of them."""

    def __init__(self, *units: Unit) -> None:
        self.units = units

    def enumerate_devices(self) -> Iterator[Unit]:
        return iter(self.units)

    def get_device_descriptor(self, dev: Unit) -> descriptors.DeviceDescriptor:
        found = descriptors.read_device(bytes.fromhex("12010002000000401f0c00180001010203 01"))
        found.iSerialNumber = 0 if dev.serial is None else 3
        found.bus, found.address = 1, self.units.index(dev) + 2
        return found

    def get_configuration_descriptor(self, dev: Unit, config: int) -> Any:
        return dev.configuration

    def get_interface_descriptor(self, dev: Unit, intf: int, alt: int, config: int) -> Any:
        return dev.configuration.interfaces[intf][alt]

    def get_endpoint_descriptor(self, dev: Unit, ep: int, intf: int, alt: int, config: int) -> Any:
        return dev.configuration.interfaces[intf][alt].endpoints[ep]

    def open_device(self, dev: Unit) -> Unit:
        dev.call("open")
        return dev

    def close_device(self, dev_handle: Unit) -> None:
        dev_handle.call("close")

    def get_configuration(self, dev_handle: Unit) -> int:
        return 1 if dev_handle.configured else 0

    def set_configuration(self, dev_handle: Unit, config_value: int) -> None:
        dev_handle.call("configure", config_value)
        dev_handle.configured = True

    def set_interface_altsetting(self, dev_handle: Unit, intf: int, altsetting: int) -> None:
        dev_handle.call("alternate", intf, altsetting)

    def claim_interface(self, dev_handle: Unit, intf: int) -> None:
        if dev_handle.kernel_driver:
            raise failure(errno.EBUSY)
        dev_handle.call("claim", intf)

    def release_interface(self, dev_handle: Unit, intf: int) -> None:
        dev_handle.call("release", intf)

    def is_kernel_driver_active(self, dev_handle: Unit, intf: int) -> bool:
        dev_handle.call("active", intf)
        return dev_handle.kernel_driver

    def detach_kernel_driver(self, dev_handle: Unit, intf: int) -> None:
        dev_handle.kernel_driver = False

    def attach_kernel_driver(self, dev_handle: Unit, intf: int) -> None:
        dev_handle.kernel_driver = True

    def clear_halt(self, dev_handle: Unit, ep: int) -> None:
        dev_handle.call("clear", ep)

    def bulk_write(
        self, dev_handle: Unit, ep: int, intf: int, data: array.array[int], timeout: int
    ) -> int:
        taken = dev_handle.call("write", ep, data.tobytes(), timeout)
        return taken if isinstance(taken, int) else len(data)

    def bulk_read(
        self, dev_handle: Unit, ep: int, intf: int, buff: array.array[int], timeout: int
    ) -> int:
        data = dev_handle.call("read", ep, len(buff), timeout)
        assert isinstance(data, bytes)
        memoryview(buff)[: len(data)] = data
        return len(data)

    def ctrl_transfer(
        self,
        dev_handle: Unit,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: array.array[int],
        timeout: int,
    ) -> int:
        said = dev_handle.call("control", bmRequestType, bRequest, wValue, wIndex, len(data))
        if said is None:
            said = self._answer(dev_handle, bmRequestType, bRequest, wValue)
        assert isinstance(said, bytes)
        said = said[: len(data)]
        memoryview(data)[: len(said)] = said
        return len(said)

    def _answer(self, unit: Unit, kind: int, request: int, value: int) -> bytes:
        text = unit.device_id.encode()
        name = (unit.serial or "").encode("utf-16-le")
        answers = {
            (0xA1, 0, 0): (len(text) + 2).to_bytes(2, "big") + text,
            (0xA1, 1, 0): b"\x18",
            (0x80, 6, 0x300): bytes.fromhex("04030904"),
            (0x80, 6, 0x303): bytes((len(name) + 2, 3)) + name,
        }
        return answers.get((kind, request, value), b"")
