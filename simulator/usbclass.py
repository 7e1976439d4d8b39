"""What any USB printer says of itself: descriptors, standard requests, class requests. No family in here.

USB 2.0 chapter 9; printer class: usb-printer-class.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Protocol

from simulator.device import Setup, Stalled
from simulator.devicefile import Usb

EP_OUT = 0x01
EP_IN = 0x82
CLASS_IN = 0xA1
# Recipient interface, and "other" as the class specification 1.0 had it: both are taken.
SOFT_RESET_TYPES = (0x21, 0x23)
GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET = 0, 1, 2
STORAGE_RESET, GET_MAX_LUN = 0xFF, 0xFE


@dataclass(frozen=True)
class Interface:
    """The one interface of a printer: class triple, pipes, its reset; whether it is of the printer class."""

    triple: tuple[int, int, int]
    out: int
    into: int
    reset: int
    printer: bool


PRINTER = Interface((7, 1, 2), EP_OUT, EP_IN, SOFT_RESET, True)
# Mass storage, SCSI, bulk-only; pipes as in matica-xid.md.
STORAGE = Interface((8, 6, 0x50), 0x02, 0x81, STORAGE_RESET, False)

READY = 0x18
BUSY = 0x08
ERROR = 0x10
MEDIA_OUT = 0x38

_DEVICE, _CONFIG, _STRING = 1, 2, 3
_ENGLISH = struct.pack("<BBH", 4, _STRING, 0x0409)


class Described(Protocol):
    """A device file, whatever kind of printer it is of."""

    @property
    def usb(self) -> Usb:
        """What its descriptors say."""


def device_descriptor(spec: Described) -> bytes:
    """The 18 bytes; strings 1 maker, 2 product, 3 serial number."""
    usb = spec.usb
    return struct.pack(
        "<BBHBBBBHHHBBBB",
        18, _DEVICE, usb.bcd_usb, 0, 0, 0, usb.ep0_size,
        usb.vendor_id, usb.product_id, 0x0100, 1, 2, 3, 1,
    )  # fmt: skip


def configuration_descriptor(spec: Described, shown: Interface = PRINTER) -> bytes:
    """One configuration, one interface with a bulk pipe out and one in."""
    size = spec.usb.max_packet
    interface = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, *shown.triple, 0)
    out = struct.pack("<BBBBHB", 7, 5, shown.out, 2, size, 0)
    into = struct.pack("<BBBBHB", 7, 5, shown.into, 2, size, 0)
    total = 9 + len(interface) + len(out) + len(into)
    head = struct.pack("<BBHBBBBB", 9, _CONFIG, total, 1, 1, 0, 0xC0, 0)
    return head + interface + out + into


def device_id(text: str) -> bytes:
    """IEEE 1284 text behind its big-endian length, which counts itself."""
    body = text.encode("ascii")
    return struct.pack(">H", len(body) + 2) + body


def is_class_request(setup: Setup) -> bool:
    return setup.request_type & 0x60 == 0x20


def standard(spec: Described, serial: str, setup: Setup, shown: Interface = PRINTER) -> bytes:
    """Answer a standard request, cut to the length that was asked. Raises Stalled for anything unknown."""
    kind, request = setup.request_type, setup.request
    if kind == 0x80 and request == 6:
        return _descriptor(spec, serial, setup, shown)[: setup.length]
    if kind in (0x80, 0x81, 0x82) and request == 0:  # GET_STATUS: self-powered, nothing halted
        return (b"\x01\x00" if kind == 0x80 else b"\x00\x00")[: setup.length]
    if kind == 0x80 and request == 8:  # GET_CONFIGURATION
        return b"\x01"[: setup.length]
    if kind == 0x81 and request == 10 and setup.index == 0:  # GET_INTERFACE
        return b"\x00"[: setup.length]
    if kind == 0x00 and request == 9 and setup.value in (0, 1):  # SET_CONFIGURATION
        return b""
    if kind == 0x01 and request == 11 and setup.value == 0 and setup.index == 0:  # SET_INTERFACE
        return b""
    if kind == 0x02 and request == 1 and setup.value == 0:  # CLEAR_FEATURE endpoint halt
        return b""
    raise Stalled


def _descriptor(spec: Described, serial: str, setup: Setup, shown: Interface) -> bytes:
    kind, index = setup.value >> 8, setup.value & 0xFF
    if kind == _DEVICE:
        return device_descriptor(spec)
    if kind == _CONFIG and index == 0:
        return configuration_descriptor(spec, shown)
    strings = (spec.usb.manufacturer, spec.usb.product, serial)
    if kind == _STRING and index == 0:
        return _ENGLISH
    if kind == _STRING and index <= len(strings):
        text = strings[index - 1].encode("utf-16-le")
        return bytes((len(text) + 2, _STRING)) + text
    raise Stalled
