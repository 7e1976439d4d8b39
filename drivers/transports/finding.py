"""From an address to an open port: which pyusb backend, which of its devices."""

from __future__ import annotations

import ctypes.util
from importlib.util import find_spec
from typing import Any

import usb.backend.libusb1
import usb.core

from drivers.contract import DeviceGone, TransportError
from drivers.transports.address import UsbAddress, UsbipAddress
from drivers.transports.device_id import serial_of
from drivers.transports.usb import UsbPort, open_device, read_serial, translate
from drivers.transports.usbip import UsbipBackend


def find_usbip(address: UsbipAddress, name: str) -> UsbPort:
    """Open a device of a USB/IP server, whatever its ids are. Nothing is remembered of earlier ones."""
    backend = UsbipBackend(address.host, address.port, address.busid)
    try:
        device = usb.core.find(backend=backend)
    except usb.core.USBError as error:
        raise translate(error, f"{name}: open") from error
    if device is None:
        raise DeviceGone(f"{name}: {address.host}:{address.port} exports no {address.busid}")
    return open_device(device, name)


def find_usb(address: UsbAddress, name: str, backend: Any = None) -> UsbPort:
    """Open a device of this machine. Two of one model need the serial number in the address."""
    try:
        found = list(
            usb.core.find(
                find_all=True,
                backend=backend or libusb(),
                idVendor=address.vendor_id,
                idProduct=address.product_id,
            )
        )
    except usb.core.USBError as error:
        raise translate(error, f"{name}: search") from error
    if address.serial is not None:
        return _with_serial(found, address.serial, name)
    if len(found) > 1:
        raise TransportError(
            f"{name}: {len(found)} such printers are plugged in; add /SERIAL to the address"
        )
    if not found:
        raise DeviceGone(f"{name}: no such printer is plugged in or on")
    return open_device(found[0], name)


def _with_serial(found: list[Any], serial: str, name: str) -> UsbPort:
    """By the USB string, or by the 1284 text of a device that has no such string."""
    failure: TransportError | None = None
    for device in found:
        try:
            told = read_serial(device) if device.iSerialNumber else None
            if told is not None and told != serial:
                usb.util.dispose_resources(device)
                continue
            port = open_device(device, name)
        except usb.core.USBError as error:
            failure = translate(error, f"{name}: serial number")
            continue
        except TransportError as error:
            failure = error
            continue
        if told is not None or serial_of(port.device_id()) == serial:
            return port
        port.close()
    raise failure or DeviceGone(f"{name}: no printer with this serial number is plugged in")


def libusb() -> Any:
    """The libusb backend: of the system, else of the PyPI wheel."""
    backend = usb.backend.libusb1.get_backend(find_library=_find_library)
    if backend is None:
        raise TransportError(
            "libusb 1.0 is missing: install the system's libusb-1.0-0 or the package libusb-package"
        )
    return backend


def _find_library(candidate: str) -> str | None:
    found = ctypes.util.find_library(candidate)
    if found is None and find_spec("libusb_package") is not None:
        import libusb_package

        found = libusb_package.find_library(candidate)
    return found
