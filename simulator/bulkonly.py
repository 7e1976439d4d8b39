"""Bulk-only transport as a device speaks it: frames in, data and status out (Bulk-Only Transport 1.0).

Pure: no clock, no card, no command's meaning. It outlives every host: a frame whose data never came waits
on, and the next host's bytes are taken for that data until a reset recovery (exactly-once.md §4).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

FRAME = struct.Struct("<4sIIBBB16s")
STATUS = struct.Struct("<4sIIB")
INTO_HOST = 0x80
PASSED, FAILED, PHASE_ERROR = 0, 1, 2
# Sixteen times the largest panel of the sheet (2072 x 1328).
MAX_DATA = 44 << 20


@dataclass(frozen=True)
class Frame:
    """One command: its tag, its block cut to the told length, the data stage and where it began."""

    tag: int
    block: bytes
    length: int
    into_host: bool
    offset: int


@dataclass(frozen=True)
class Request:
    """A frame with all that the host has to send for it."""

    frame: Frame
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Nonsense:
    """31 bytes that are no frame: both pipes stall until a reset recovery."""

    message: str
    offset: int


def status(tag: int, residue: int, result: int) -> bytes:
    """The 13 bytes that end a command."""
    return STATUS.pack(b"USBS", tag, residue, result)


class Frames:
    """Feed it what comes on the OUT pipe, in any portions. `offset` counts all bytes ever fed."""

    def __init__(self) -> None:
        self.offset = 0
        self._head = bytearray()
        self._frame: Frame | None = None
        self._data = bytearray()

    def reset(self) -> None:
        """Forget what is half received."""
        self._head = bytearray()
        self._frame = None
        self._data = bytearray()

    @property
    def idle(self) -> bool:
        """Between two commands, as the device sees it."""
        return self._frame is None and not self._head

    @property
    def in_data(self) -> Frame | None:
        """The command whose data are being received."""
        return self._frame

    @property
    def want(self) -> str:
        """What is waited for, for a message about a stream that ends."""
        if self._frame is not None:
            return f"data ({len(self._data)} of {self._frame.length} bytes)"
        return f"a frame ({len(self._head)} of {FRAME.size} bytes)" if self._head else ""

    def feed(self, data: bytes) -> Iterator[Request | Nonsense]:
        """Complete commands in order. To be exhausted: bytes are consumed as the iterator moves."""
        at = 0
        while at < len(data):
            if self._frame is None:
                part = data[at : at + FRAME.size - len(self._head)]
                self._head += part
            else:
                part = data[at : at + self._frame.length - len(self._data)]
                self._data += part
            at += len(part)
            self.offset += len(part)
            event = self._complete()
            if event is not None:
                yield event

    def _complete(self) -> Request | Nonsense | None:
        if self._frame is None and len(self._head) == FRAME.size:
            frame = self._read(bytes(self._head))
            self._head = bytearray()
            if isinstance(frame, Nonsense):
                return frame
            if frame.length and not frame.into_host:
                self._frame = frame
                return None
            return Request(frame, b"")
        if self._frame is not None and len(self._data) == self._frame.length:
            request = Request(self._frame, bytes(self._data))
            self._frame = None
            self._data = bytearray()
            return request
        return None

    def _read(self, head: bytes) -> Frame | Nonsense:
        sign, tag, length, flags, lun, size, block = FRAME.unpack(head)
        start = self.offset - FRAME.size
        if sign != b"USBC" or lun or size not in (6, 10) or flags not in (0, INTO_HOST):
            return Nonsense(f"no command frame: {head[:15].hex()}", start)
        if length > MAX_DATA:
            return Nonsense(f"a data stage of {length} bytes", start)
        return Frame(tag, block[:size], length, bool(flags & INTO_HOST), start)
