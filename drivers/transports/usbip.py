"""pyusb over USB/IP: the `IBackend` that makes a printer on a USB/IP server look like a local one.

One import an open device, given back by `usb.util.dispose_resources`; a listing imports nothing.
Holds no knowledge of printers. The protocol is in `usbip_wire.py`, the connection in `usbip_link.py`.
"""

from __future__ import annotations

import array
import errno
import time
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

import usb.backend
from usb.core import USBError, USBTimeoutError

from drivers.transports import descriptors, usbip_link
from drivers.transports import usbip_wire as wire
from drivers.transports.descriptors import (
    ConfigurationDescriptor,
    DeviceDescriptor,
    EndpointDescriptor,
    InterfaceDescriptor,
)
from drivers.transports.usbip_link import Completion, Link
from drivers.transports.usbip_wire import Exported, Urb

T = TypeVar("T")

# A long write becomes URBs of this size, one after the other: never two in flight, so that a time-out
# leaves no hole. To the PyPI server on loopback 32 MiB went at 390 MB/s in 64 KiB, 670 in 128 KiB,
# 820 in 256 KiB, 720 to 1,070 above (median of 5, 2 cores); smaller means less in doubt after a loss.
URB_BYTES = 256 * 1024
# USB 2.0 §9.2.6.4 gives a device 500 ms for a descriptor; twice that for a busy simulator.
DESCRIPTOR_TIMEOUT_S = 1.0

# Linux `usb_device_speed` as USB/IP carries it, to libusb's numbers as pyusb shows them.
_SPEEDS = {1: 1, 2: 2, 3: 3, 5: 4, 6: 5}
_CLEAR_FEATURE, _SET_FEATURE, _GET_DESCRIPTOR = 1, 3, 6
_GET_CONFIGURATION, _SET_CONFIGURATION, _SET_INTERFACE = 8, 9, 11


class Device:
    """A listed device, which becomes an open one at need."""

    def __init__(self, server: tuple[str, int], listed: Exported) -> None:
        self.listed = listed
        self._server = server
        self._link: Link | None = None
        self._descriptor: DeviceDescriptor | None = None
        self._configurations: dict[int, ConfigurationDescriptor] = {}

    def link(self) -> Link:
        """The connection that holds the device; imports it if nothing of ours does."""
        if self._link is None:
            self._descriptor, self._configurations = None, {}
            self._link = usbip_link.attach(*self._server, self.listed.busid)
        return self._link

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def descriptor(self) -> DeviceDescriptor:
        if self._descriptor is None:
            raw = self._read_descriptor(descriptors.DEVICE, 0, descriptors.DEVICE_SIZE)
            self._descriptor = _parsed(descriptors.read_device, raw)
            self._place(self._descriptor)
        return self._descriptor

    def configuration(self, index: int) -> ConfigurationDescriptor:
        if index not in self._configurations:
            size = descriptors.CONFIGURATION_HEAD_SIZE
            head = self._read_descriptor(descriptors.CONFIGURATION, index, size)
            total = int.from_bytes(head[2:4], "little")
            raw = self._read_descriptor(descriptors.CONFIGURATION, index, max(total, size))
            self._configurations[index] = _parsed(descriptors.read_configuration, raw)
        return self._configurations[index]

    def listing(self) -> DeviceDescriptor:
        """What is known without holding the device: no strings, no packet size, no USB version."""
        listed = self.listed
        descriptor = DeviceDescriptor(
            descriptors.DEVICE_SIZE,
            descriptors.DEVICE,
            0,
            *listed.device_class,
            0,
            listed.vendor_id,
            listed.product_id,
            listed.version,
            0,
            0,
            0,
            listed.configurations,
        )
        self._place(descriptor)
        return descriptor

    def _place(self, descriptor: DeviceDescriptor) -> None:
        descriptor.bus, descriptor.address = self.listed.busnum, self.listed.devnum
        descriptor.speed = _SPEEDS.get(self.listed.speed)

    def _read_descriptor(self, kind: int, index: int, size: int) -> bytes:
        setup = _setup(0x80, _GET_DESCRIPTOR, kind << 8 | index, 0, size)
        return _control(self.link(), setup, size, b"", DESCRIPTOR_TIMEOUT_S).data


class UsbipBackend(usb.backend.IBackend):  # type: ignore[misc]
    """The devices of one server; with `busid` only that one.

    Without `busid` this is a listing: descriptors come from the server's list, which knows no strings.
    With it, the device is imported as soon as pyusb asks for its descriptor, so that all of it is real.
    Timeouts are milliseconds as everywhere in pyusb, and 0 means for ever.
    """

    def __init__(self, host: str, port: int, busid: str | None = None) -> None:
        self._server = (host, port)
        self._busid = busid

    def enumerate_devices(self) -> Iterator[Device]:
        for listed in usbip_link.list_devices(*self._server):
            if self._busid in (None, listed.busid):
                yield Device(self._server, listed)

    def get_parent(self, dev: Device) -> None:
        return None

    def get_device_descriptor(self, dev: Device) -> DeviceDescriptor:
        return dev.listing() if self._busid is None else dev.descriptor()

    def get_configuration_descriptor(self, dev: Device, config: int) -> ConfigurationDescriptor:
        return dev.configuration(config)

    def get_interface_descriptor(
        self, dev: Device, intf: int, alt: int, config: int
    ) -> InterfaceDescriptor:
        return dev.configuration(config).interfaces[intf][alt]

    def get_endpoint_descriptor(
        self, dev: Device, ep: int, intf: int, alt: int, config: int
    ) -> EndpointDescriptor:
        return dev.configuration(config).interfaces[intf][alt].endpoints[ep]

    # ------------------------------------------------------------------------- hold
    def open_device(self, dev: Device) -> Device:
        dev.link()
        return dev

    def close_device(self, dev_handle: Device) -> None:
        dev_handle.close()

    def claim_interface(self, dev_handle: Device, intf: int) -> None:
        """Nothing to do: the import holds the whole device."""

    def release_interface(self, dev_handle: Device, intf: int) -> None:
        """Nothing to do, as for `claim_interface`."""

    def is_kernel_driver_active(self, dev_handle: Device, intf: int) -> bool:
        return False

    def detach_kernel_driver(self, dev_handle: Device, intf: int) -> None:
        """No kernel of this machine knows the device."""

    def attach_kernel_driver(self, dev_handle: Device, intf: int) -> None:
        """No kernel of this machine knows the device."""

    # ------------------------------------------------------------------------- standard requests
    def set_configuration(self, dev_handle: Device, config_value: int) -> None:
        self._request(dev_handle, 0x00, _SET_CONFIGURATION, config_value, 0)

    def get_configuration(self, dev_handle: Device) -> int:
        """0, "none yet", also from a device that refuses the question: it is then given one."""
        setup = _setup(0x80, _GET_CONFIGURATION, 0, 0, 1)
        try:
            data = _control(dev_handle.link(), setup, 1, b"", DESCRIPTOR_TIMEOUT_S).data
        except USBError as error:
            if error.errno != errno.EPIPE:
                raise
            data = b""
        return data[0] if data else 0

    def set_interface_altsetting(self, dev_handle: Device, intf: int, altsetting: int) -> None:
        self._request(dev_handle, 0x01, _SET_INTERFACE, altsetting, intf)

    def clear_halt(self, dev_handle: Device, ep: int) -> None:
        self._request(dev_handle, 0x02, _CLEAR_FEATURE, 0, ep)

    def reset_device(self, dev_handle: Device) -> None:
        """A port reset as Linux' virtual hub sends it: SET_FEATURE(PORT_RESET), class, to "other"."""
        self._request(dev_handle, 0x23, _SET_FEATURE, 4, 1)

    def _request(self, dev: Device, kind: int, request: int, value: int, index: int) -> None:
        setup = _setup(kind, request, value, index, 0)
        _control(dev.link(), setup, 0, b"", DESCRIPTOR_TIMEOUT_S)

    # ------------------------------------------------------------------------- transfers
    def ctrl_transfer(
        self,
        dev_handle: Device,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: array.array[int],
        timeout: int,
    ) -> int:
        size = len(data) * data.itemsize
        setup = _setup(bmRequestType, bRequest, wValue, wIndex, size)
        if not bmRequestType & 0x80:
            sent = _control(dev_handle.link(), setup, size, data.tobytes(), _seconds(timeout))
            return sent.actual
        done = _control(dev_handle.link(), setup, size, b"", _seconds(timeout))
        return _store(data, done.data)

    def bulk_write(
        self, dev_handle: Device, ep: int, intf: int, data: array.array[int], timeout: int
    ) -> int:
        """Bytes that the device took. Fewer than given: it ended the transfer, or time was up.

        A time-out with nothing taken is `USBTimeoutError`, as in pyusb's own libusb backend.
        """
        view = memoryview(data).cast("B")
        deadline = None if timeout == 0 else time.monotonic() + timeout / 1000
        taken = 0
        while True:
            part = view[taken : taken + URB_BYTES]
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            done = dev_handle.link().submit(Urb(ep, False, len(part), part), left)
            taken += done.actual
            if done.timed_out and taken:
                return taken
            _check(done)
            if done.actual < len(part) or taken == len(view):
                return taken

    def bulk_read(
        self, dev_handle: Device, ep: int, intf: int, buff: array.array[int], timeout: int
    ) -> int:
        urb = Urb(ep, True, len(buff) * buff.itemsize)
        done = dev_handle.link().submit(urb, _seconds(timeout))
        if not (done.timed_out and done.actual):
            _check(done)
        return _store(buff, done.data)

    intr_write = bulk_write
    intr_read = bulk_read


def _setup(kind: int, request: int, value: int, index: int, size: int) -> bytes:
    words = b"".join(word.to_bytes(2, "little") for word in (value, index, size))
    return bytes((kind, request)) + words


def _control(
    link: Link, setup: bytes, size: int, data: bytes, timeout_s: float | None
) -> Completion:
    done = link.submit(Urb(0, bool(setup[0] & 0x80), size, data, setup), timeout_s)
    _check(done)
    return done


def _check(done: Completion) -> None:
    if done.timed_out or done.status == -wire.ETIMEDOUT:
        raise USBTimeoutError("USB/IP: the transfer timed out", done.status, errno.ETIMEDOUT)
    if done.status:
        _refuse(done.status)


def _refuse(status: int) -> NoReturn:
    """A failed URB as libusb would report it."""
    number = {-wire.EPIPE: errno.EPIPE, -wire.EOVERFLOW: errno.EOVERFLOW}.get(status, errno.EIO)
    raise USBError(f"USB/IP: the transfer failed with status {status}", status, number)


def _seconds(timeout_ms: int) -> float | None:
    return None if timeout_ms == 0 else timeout_ms / 1000


def _store(buffer: array.array[int], data: bytes) -> int:
    memoryview(buffer).cast("B")[: len(data)] = data
    return len(data)


def _parsed(read: Callable[[bytes], T], raw: bytes) -> T:
    try:
        return read(raw)
    except ValueError as error:
        raise USBError(f"USB/IP: {error}", None, errno.EIO) from error
