"""Addresses of printers, as the configuration writes them, into typed values. Opens nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

USB_FORM = "usb://VID:PID or usb://VID:PID/SERIAL, ids in hexadecimal, as usb://0c1f:1800"
USBIP_FORM = "usbip://HOST:PORT/BUSID, as usbip://127.0.0.1:3240/1-1"

_USB = re.compile(r"([0-9a-f]{1,4}):([0-9a-f]{1,4})(?:/([^/?#]+))?", re.IGNORECASE)
_USBIP = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})/([A-Za-z0-9._:-]{1,31})", re.I)


@dataclass(frozen=True)
class UsbAddress:
    """A printer at this machine's own USB; `serial` picks one of several of the same model."""

    vendor_id: int
    product_id: int
    serial: str | None = None


@dataclass(frozen=True)
class UsbipAddress:
    """A printer exported by a USB/IP server."""

    host: str
    port: int
    busid: str


def parse_address(uri: str) -> UsbAddress | UsbipAddress:
    """Read a printer's address. `ValueError` in one line, with the right form, when it is none."""
    scheme, separator, rest = uri.partition("://")
    if separator and scheme == "usb":
        return _usb(uri, rest)
    if separator and scheme == "usbip":
        return _usbip(uri, rest)
    raise ValueError(f"{uri!r} is no printer address; write {USB_FORM}, or {USBIP_FORM}")


def _usb(uri: str, rest: str) -> UsbAddress:
    match = _USB.fullmatch(rest)
    if match is None:
        raise ValueError(f"{uri!r} is no USB address; write {USB_FORM}")
    vendor, product, serial = match.groups()
    return UsbAddress(
        int(vendor, 16), int(product, 16), None if serial is None else unquote(serial)
    )


def _usbip(uri: str, rest: str) -> UsbipAddress:
    match = _USBIP.fullmatch(rest)
    if match is None or not 0 < int(match[2]) < 65536:
        raise ValueError(f"{uri!r} is no USB/IP address; write {USBIP_FORM}")
    return UsbipAddress(match[1].strip("[]"), int(match[2]), match[3])
