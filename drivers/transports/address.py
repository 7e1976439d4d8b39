"""Addresses of printers, as the configuration writes them, into typed values. Opens nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

USB_FORM = "usb://VID:PID or usb://VID:PID/SERIAL, ids in hexadecimal, as usb://0c1f:1800"
SERIAL_FORM = "serial:///dev/NAME?baud=N (and &flow=rtscts), as serial:///dev/ttyUSB0?baud=115200"
TCP_FORM = "tcp://HOST:PORT, as tcp://192.0.2.7:9100"
USBIP_FORM = "usbip://HOST:PORT/BUSID, as usbip://127.0.0.1:3240/1-1"
IPP_FORM = "ipp://HOST:PORT/PATH, as ipp://127.0.0.1:631/printers/cards"

_USB = re.compile(r"([0-9a-f]{1,4}):([0-9a-f]{1,4})(?:/([^/?#]+))?", re.IGNORECASE)
_USBIP = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})/([A-Za-z0-9._:-]{1,31})", re.I)
_IPP = re.compile(
    r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(/[\w.~%/-]{1,200})", re.I | re.A
)
#: What IPP is registered with (RFC 8010).
IPP_PORT = 631

_SERIAL = re.compile(r"(/[\w./+-]{1,200})(?:\?(.*))?", re.A)
_TCP = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+):([0-9]{1,5})", re.I)
#: What Pcom takes (evolis.md §3). What such printers are delivered with is in no source: say it in the address.
BAUDS = (2400, 4800, 9600, 19200, 38400, 57600, 115200)
BAUD = 9600


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


@dataclass(frozen=True)
class SerialAddress:
    """A printer at a serial line of this machine."""

    path: str
    baud: int = BAUD
    rtscts: bool = False


@dataclass(frozen=True)
class TcpAddress:
    """A printer that takes its language as it is on a TCP port."""

    host: str
    port: int


@dataclass(frozen=True)
class IppAddress:
    """A print queue, or a printer that speaks IPP itself."""

    host: str
    port: int
    path: str


Address = UsbAddress | UsbipAddress | SerialAddress | TcpAddress | IppAddress


def parse_address(uri: str) -> Address:
    """Read a printer's address. `ValueError` in one line, with the right form, when it is none."""
    scheme, separator, rest = uri.partition("://")
    if separator and scheme == "usb":
        return _usb(uri, rest)
    if separator and scheme == "usbip":
        return _usbip(uri, rest)
    if separator and scheme == "serial":
        return _serial(uri, rest)
    if separator and scheme == "tcp":
        return _tcp(uri, rest)
    if separator and scheme == "ipp":
        return _ipp(uri, rest)
    forms = ", or ".join((USB_FORM, USBIP_FORM, SERIAL_FORM, TCP_FORM, IPP_FORM))
    raise ValueError(f"{uri!r} is no printer address; write {forms}")


def _serial(uri: str, rest: str) -> SerialAddress:
    match = _SERIAL.fullmatch(rest)
    wrong = ValueError(f"{uri!r} is no address of a serial line; write {SERIAL_FORM}")
    if match is None or "//" in match[1] or ".." in match[1]:
        raise wrong
    options = dict(part.partition("=")[::2] for part in (match[2] or "").split("&") if part)
    baud, flow = options.pop("baud", str(BAUD)), options.pop("flow", "none")
    if options or not baud.isdecimal() or int(baud) not in BAUDS or flow not in ("none", "rtscts"):
        raise wrong
    return SerialAddress(match[1], int(baud), flow == "rtscts")


def _tcp(uri: str, rest: str) -> TcpAddress:
    match = _TCP.fullmatch(rest)
    if match is None or not 0 < int(match[2]) < 65536:
        raise ValueError(f"{uri!r} is no TCP address; write {TCP_FORM}")
    return TcpAddress(match[1].strip("[]"), int(match[2]))


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


def _ipp(uri: str, rest: str) -> IppAddress:
    match = _IPP.fullmatch(rest)
    if match is None or not 0 < int(match[2] or IPP_PORT) < 65536:
        raise ValueError(f"{uri!r} is no IPP address; write {IPP_FORM}")
    return IppAddress(match[1].strip("[]"), int(match[2] or IPP_PORT), match[3])
