"""What goes over each family's cable, in the few words that a verdict hangs on. From the sheets, once more.

One listener a printer: it hears every transfer that both ends know of, and shares nothing with the drivers.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

from simulator.bulkonly import PASSED, Frames, Nonsense
from simulator.matica.commands import BUSY, EMPTY, GOOD, PRINTING, WARMING, begins_card, ends_card

#: Bits of the port status (usb-printer-class.md), written down here once more on purpose.
PAPER_EMPTY, SELECTED, NOT_ERROR = 0x20, 0x10, 0x08
KNOWN = 0x38


class Sign(StrEnum):
    """What one transfer says. `RECEIVING` is busy as well, but bytes of the card are still to come."""

    READY = "ready"
    BUSY = "busy"
    RECEIVING = "receiving"
    ERROR = "error"
    #: The device was told to drop what it holds: what is seen from here on proves nothing of the card.
    CLEARED = "cleared"
    #: The pipe was brought in step, which clears a device that does nothing without a command.
    RESET = "reset"
    GONE = "gone"


class Listener(Protocol):
    """One family's ear."""

    def hear(self, what: str, data: bytes | int, *, receiving: bool) -> Sign | None:
        """One transfer. `receiving`: the device still waits for bytes of a job."""


class MagicardEar:
    """Port status, and the cancel."""

    words: Collection[bytes] = (b"REQ,CAN",)

    def __init__(self, errors: Collection[str]) -> None:
        self._errors = [text.encode("latin-1") for text in errors]

    def hear(self, what: str, data: bytes | int, *, receiving: bool) -> Sign | None:
        if what == "gone":
            return Sign.GONE
        if what == "reset" or (what == "out" and self._clears(data)):
            return Sign.CLEARED
        if what == "status" and isinstance(data, int):
            return self._status(data, receiving)
        return self._text(data) if what == "in" and isinstance(data, bytes) else None

    def _clears(self, data: bytes | int) -> bool:
        return isinstance(data, bytes) and any(word in data for word in self.words)

    def _text(self, data: bytes) -> Sign | None:
        return None

    def _status(self, byte: int, receiving: bool) -> Sign:
        if not byte & NOT_ERROR or byte & ~KNOWN:
            return Sign.ERROR
        if byte & SELECTED:
            return Sign.READY
        return Sign.RECEIVING if receiving else Sign.BUSY


class EvolisEar(MagicardEar):
    """Paper empty and busy is an error as well (evolis.md §6); so is an error's text, whatever it answers."""

    words = (b"\x1bScs\r", b"\x1bSrs\r")

    def _text(self, data: bytes) -> Sign | None:
        return Sign.ERROR if data.rstrip(b"\0") in self._errors else None

    def _status(self, byte: int, receiving: bool) -> Sign:
        if byte & KNOWN == PAPER_EMPTY | NOT_ERROR:
            return Sign.ERROR
        return super()._status(byte, receiving)


class MaticaEar:
    """Sense codes and the card's place; a card is whole when the order that brings it out was taken."""

    def __init__(self, errors: Collection[str]) -> None:
        self._frames = Frames()
        self._tag, self._block = -1, b"\0\0"
        self._whole = False
        self._empty = False

    def hear(self, what: str, data: bytes | int, *, receiving: bool) -> Sign | None:
        if what == "gone":
            return Sign.GONE
        if what == "reset":
            self._frames.reset()
            return Sign.RESET
        if what == "out" and isinstance(data, bytes):
            return self._order(data)
        return self._answer(data) if what == "in" and isinstance(data, bytes) else None

    def _order(self, data: bytes) -> Sign | None:
        for request in self._frames.feed(data):
            if isinstance(request, Nonsense):
                continue
            self._tag, self._block = request.frame.tag, request.frame.block
        # Moving a card that is inside to the tray is how a card is dropped.
        moves_out = self._block[:2] == b"\x31\x0b" and self._block[7] == 4
        return Sign.CLEARED if moves_out and self._frames.idle else None

    def _answer(self, data: bytes) -> Sign | None:
        if data.startswith(b"USBS") and len(data) == 13:
            if int.from_bytes(data[4:8], "little") == self._tag and data[12] == PASSED:
                self._taken()
            return None
        if self._block[0] == 0x03 and len(data) >= 14 and data[0] == 0x70:
            return self._state(f"{data[2]:02X}{data[12]:02X}{data[13]:02X}")
        if self._block[0] == 0x34 and self._empty:
            # "No cards" hides whether the last one still moves; its place tells.
            return self._busy() if data[:1] == b"\0" and len(data) == 8 else Sign.READY
        return None

    def _taken(self) -> None:
        if begins_card(self._block):
            self._whole = False
        elif ends_card(self._block):
            self._whole = True

    def _busy(self) -> Sign:
        return Sign.BUSY if self._whole else Sign.RECEIVING

    def _state(self, code: str) -> Sign | None:
        self._empty = code == EMPTY
        if self._empty:
            return None
        if code in (BUSY, PRINTING, WARMING):
            return self._busy()
        return Sign.READY if code == GOOD else Sign.ERROR
