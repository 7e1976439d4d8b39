"""The bytes of USB/IP 1.1.1, both ways, as tables and pure functions; no socket, no device.

Source: Documentation/usb/usbip_protocol.rst of the Linux kernel. Everything is big-endian; status
words are negative Linux error numbers.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

from simulator.device import Setup

VERSION = 0x0111
REQ_DEVLIST, REP_DEVLIST = 0x8005, 0x0005
REQ_IMPORT, REP_IMPORT = 0x8003, 0x0003
CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4

# Status words of an OP reply (tools/usb/usbip/libsrc/usbip_common.h): busy is the second importer's.
ST_OK, ST_DEV_BUSY, ST_NODEV = 0, 2, 4
# Status words of an URB.
OK, STALL, UNLINKED, OVERFLOW = 0, -errno.EPIPE, -errno.ECONNRESET, -errno.EOVERFLOW

SPEED_FULL, SPEED_HIGH = 2, 3
DIR_IN = 0x80

OP_HEADER = struct.Struct(">HHI")
BUSID_SIZE = 32
URB_HEADER_SIZE = 48
# The largest transfer Linux' usbfs takes at once by default (usbfs_memory_mb = 16).
MAX_TRANSFER = 16 << 20

_BASIC = struct.Struct(">IIIII")
_SUBMIT = struct.Struct(">IiIII8s")
_RET_SUBMIT = struct.Struct(">IIIIIiiiii8x")
_RET_UNLINK = struct.Struct(">IIIIIi24x")
_DEVICE = struct.Struct(">256s32sIIIHHHBBBBBB")
_SETUP = struct.Struct("<BBHHH")
_NO_PACKETS = (0, 0xFFFFFFFF)


class WireError(Exception):
    """The peer does not speak USB/IP, or asks for what no printer has (isochronous transfers)."""


@dataclass(frozen=True)
class Submit:
    """One transfer asked for. `endpoint` carries bit 7 for IN; `data` is empty for IN."""

    seqnum: int
    endpoint: int
    length: int
    setup: Setup
    data: bytes = b""


@dataclass(frozen=True)
class Unlink:
    """The host no longer wants the transfer `victim`."""

    seqnum: int
    victim: int


@dataclass(frozen=True)
class DeviceRecord:
    """What a listing tells about one exported device, taken from its own descriptors."""

    busid: str
    busnum: int
    devnum: int
    device: bytes
    configuration: bytes

    @property
    def speed(self) -> int:
        """High speed when a bulk endpoint carries 512 bytes, else full speed (USB 2.0, 5.8.3)."""
        sizes = [int.from_bytes(d[4:6], "little") for d in self._blocks(5, 7) if d[3] & 3 == 2]
        return SPEED_HIGH if 512 in sizes else SPEED_FULL

    @property
    def interfaces(self) -> list[bytes]:
        """Class, subclass and protocol of each interface's first alternate setting."""
        return [d[5:8] for d in self._blocks(4, 9) if d[3] == 0]

    def _blocks(self, kind: int, size: int) -> list[bytes]:
        found, at, raw = [], 0, self.configuration
        while at + 1 < len(raw) and raw[at] >= 2:
            if raw[at + 1] == kind and raw[at] >= size:
                found.append(raw[at : at + raw[at]])
            at += raw[at]
        return found

    def pack(self) -> bytes:
        """The 312 bytes that open an import and stand in a listing."""
        vendor, product, release = struct.unpack_from("<HHH", self.device, 8)
        path = f"/sys/devices/simulated/usb{self.busnum}/{self.busid}"
        return _DEVICE.pack(
            path.encode(), self.busid.encode(), self.busnum, self.devnum, self.speed,
            vendor, product, release, self.device[4], self.device[5], self.device[6],
            self.configuration[5], self.device[17], len(self.interfaces),
        )  # fmt: skip


def parse_op(header: bytes) -> int:
    """The operation code of the eight bytes that open a connection."""
    version, code, _status = OP_HEADER.unpack(header)
    if version >> 8 != VERSION >> 8 or code not in (REQ_DEVLIST, REQ_IMPORT):
        raise WireError(f"version {version:04x}, operation {code:04x} is not taken here")
    return int(code)


def parse_busid(field: bytes) -> str:
    """The bus id of an import request; unreadable bytes become a name that no device has."""
    return field.split(b"\0", 1)[0].decode("ascii", "replace")


def devlist_reply(records: list[DeviceRecord]) -> bytes:
    parts = [OP_HEADER.pack(VERSION, REP_DEVLIST, ST_OK), struct.pack(">I", len(records))]
    for record in records:
        parts.append(record.pack())
        parts.extend(interface + b"\0" for interface in record.interfaces)
    return b"".join(parts)


def import_reply(status: int, record: DeviceRecord | None = None) -> bytes:
    """The answer to an import; a refusal carries no device."""
    body = record.pack() if record is not None and status == ST_OK else b""
    return OP_HEADER.pack(VERSION, REP_IMPORT, status) + body


def message_size(header: memoryview) -> int:
    """Bytes of the whole message that begins with these 48. Refuses unknown and oversized ones."""
    command, _seq, _devid, direction, _endpoint = _BASIC.unpack_from(header)
    if command == CMD_UNLINK:
        return URB_HEADER_SIZE
    if command != CMD_SUBMIT:
        raise WireError(f"command {command} is not taken here")
    _flags, length, _start, packets, _interval, _setup = _SUBMIT.unpack_from(header, 20)
    if packets not in _NO_PACKETS:
        raise WireError("isochronous transfers are not taken: no printer has them")
    if not 0 <= length <= MAX_TRANSFER:
        raise WireError(f"a transfer of {length} bytes is not taken: at most {MAX_TRANSFER}")
    return URB_HEADER_SIZE + (length if direction == 0 else 0)


def parse_message(message: memoryview) -> Submit | Unlink:
    """A whole message whose size `message_size` gave."""
    command, seqnum, _devid, direction, endpoint = _BASIC.unpack_from(message)
    if command == CMD_UNLINK:
        return Unlink(seqnum, int.from_bytes(message[20:24], "big"))
    _flags, length, _start, _packets, _interval, setup = _SUBMIT.unpack_from(message, 20)
    address = (endpoint & 0x0F) | (DIR_IN if direction else 0)
    data = bytes(message[URB_HEADER_SIZE:]) if direction == 0 else b""
    return Submit(seqnum, address, length, Setup(*_SETUP.unpack(setup)), data)


def ret_submit(seqnum: int, status: int, actual: int, data: bytes = b"") -> bytes:
    """A finished transfer; `data` follows for IN only."""
    return _RET_SUBMIT.pack(RET_SUBMIT, seqnum, 0, 0, 0, status, actual, 0, 0, 0) + data


def ret_unlink(seqnum: int, status: int) -> bytes:
    """`UNLINKED` when the transfer was still waiting, `OK` when it had already been answered."""
    return _RET_UNLINK.pack(RET_UNLINK, seqnum, 0, 0, 0, status)
