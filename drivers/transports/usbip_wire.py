"""USB/IP 1.1.1 as bytes: what a client sends and what comes back. Pure, no socket.

Source: Linux Documentation/usb/usbip_protocol.rst. Everything is big-endian but the eight setup bytes.
A reply's devid, direction and endpoint are zero with the Linux server, so they are not read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

VERSION = 0x0111
REQ_DEVLIST, REP_DEVLIST = 0x8005, 0x0005
REQ_IMPORT, REP_IMPORT = 0x8003, 0x0003
CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4

# Status words of REP_IMPORT, tools/usb/usbip/libsrc/usbip_common.h.
ST_OK, ST_NA, ST_DEV_BUSY, ST_DEV_ERR, ST_NODEV, ST_ERROR = range(6)

# A URB's status is a negative Linux errno, whatever system the other end runs on.
ENOENT, EIO, ENODEV, EPIPE, EPROTO, EOVERFLOW = 2, 5, 19, 32, 71, 75
ECONNRESET, ESHUTDOWN, ETIMEDOUT = 104, 108, 110

BUSID_SIZE = 32
_OP = struct.Struct(">HHI")
_DEVICE = struct.Struct(">256s32sIIIHHHBBBBBB")
_SUBMIT = struct.Struct(">IIIIIIiiii8s")
_UNLINK = struct.Struct(">IIIIII24x")
_REPLY = struct.Struct(">IIIIIii20x")

OP_SIZE = _OP.size
DEVICE_SIZE = _DEVICE.size
REPLY_SIZE = _REPLY.size


class WireError(ValueError):
    """Bytes that USB/IP 1.1.1 does not have."""


@dataclass(frozen=True)
class Exported:
    """One device as a server lists it. The list has neither string indexes nor packet sizes."""

    busid: str
    busnum: int
    devnum: int
    speed: int
    vendor_id: int
    product_id: int
    version: int
    device_class: tuple[int, int, int]
    configurations: int
    interfaces: int

    @property
    def devid(self) -> int:
        return self.busnum << 16 | self.devnum


@dataclass(frozen=True)
class Urb:
    """One transfer: `length` bytes are asked for (`into_host`), or `data` is sent."""

    endpoint: int
    into_host: bool
    length: int
    data: bytes | memoryview = b""
    setup: bytes = bytes(8)


@dataclass(frozen=True)
class Reply:
    """The 48 bytes that begin RET_SUBMIT or RET_UNLINK (`actual` is 0 in the latter)."""

    command: int
    seq: int
    status: int
    actual: int


def devlist_request() -> bytes:
    return _OP.pack(VERSION, REQ_DEVLIST, 0)


def import_request(busid: str) -> bytes:
    """`ValueError` when the bus id does not fit its field, which ends with a NUL."""
    name = busid.encode()
    if not 0 < len(name) < BUSID_SIZE:
        raise ValueError(f"{busid!r} is no USB/IP bus id: 1 to {BUSID_SIZE - 1} bytes")
    return _OP.pack(VERSION, REQ_IMPORT, 0) + name.ljust(BUSID_SIZE, b"\0")


def read_op(raw: bytes, code: int) -> int:
    """The status word of an operation's reply; `WireError` when it is a reply to something else."""
    version, got, status = _OP.unpack(raw)
    if got != code:
        raise WireError(f"operation reply {got:#06x} (version {version:#06x}), not {code:#06x}")
    return int(status)


def read_device(raw: bytes) -> Exported:
    (_, busid, busnum, devnum, speed, vendor, product, version, *rest) = _DEVICE.unpack(raw)
    name = busid.partition(b"\0")[0].decode(errors="replace")
    kind, subclass, protocol, _configuration, configurations, interfaces = rest
    return Exported(
        busid=name,
        busnum=busnum,
        devnum=devnum,
        speed=speed,
        vendor_id=vendor,
        product_id=product,
        version=version,
        device_class=(kind, subclass, protocol),
        configurations=configurations,
        interfaces=interfaces,
    )


def submit(seq: int, devid: int, urb: Urb) -> bytes:
    """The head of CMD_SUBMIT, before its payload. Zero packets: "not isochronous", as the Linux client writes."""
    return _SUBMIT.pack(
        CMD_SUBMIT,
        seq,
        devid,
        int(urb.into_host),
        urb.endpoint & 0x0F,
        0,
        urb.length,
        0,
        0,
        0,
        urb.setup,
    )


def unlink(seq: int, devid: int, target: int) -> bytes:
    return _UNLINK.pack(CMD_UNLINK, seq, devid, 0, 0, target)


def read_reply(raw: bytes | bytearray) -> Reply:
    command, seq, _, _, _, status, actual = _REPLY.unpack_from(raw)
    if command not in (RET_SUBMIT, RET_UNLINK):
        raise WireError(f"command {command:#x} is no reply")
    return Reply(command, seq, status, actual if command == RET_SUBMIT else 0)
