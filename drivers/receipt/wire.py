"""ESC/POS status as pure bytes: queries, and what comes back told apart. Sheet: escpos.md.

Three kinds of answers share one pipe: a real-time answer is one byte, an in-line answer is one byte, and
Automatic Status Back is four. `Ear` sorts them, fed whole or byte by byte.
"""

from __future__ import annotations

from dataclasses import dataclass

#: DLE EOT n for these n: printer, offline cause, error, paper.
QUERIES = (1, 2, 3, 4)
#: `ESC @`: the printer's styles as at power-on.
INITIALISE = b"\x1b@"
#: `GS r 1` is answered behind everything that was sent before it (sheet, "In-line").
BARRIER = b"\x1dr\x01"
#: Nothing to print, for a parser that may wait for the rest of a command that somebody broke off.
NOTHING = b"\x00"

_MASK = 0x93
_REAL_TIME = 0x12
_ASB = 0x10


def query(n: int) -> bytes:
    """DLE EOT n: answered at once, even offline."""
    if n not in QUERIES:
        raise ValueError(f"DLE EOT takes {QUERIES}, not {n}")
    return bytes((0x10, 0x04, n))


@dataclass(frozen=True)
class RealTime:
    """The answer to DLE EOT; the asker knows which."""

    byte: int


@dataclass(frozen=True)
class InLine:
    """The answer to GS r."""

    byte: int


@dataclass(frozen=True)
class StatusBack:
    """Automatic Status Back, which tells the same as the four real-time answers: see `as_answers`."""

    block: bytes

    def as_answers(self) -> dict[int, int]:
        """The four bytes that DLE EOT 1 to 4 would have been answered with now."""
        first, second, third = self.block[:3]
        return {
            1: _REAL_TIME | (first & 0x0C),
            2: _REAL_TIME
            | _bit(first, 5, 2)
            | _bit(first, 6, 3)
            | (0x20 if third & 0x0C else 0)
            | (0x40 if second & 0x6C else 0),
            3: _REAL_TIME | (second & 0x6C),
            4: _REAL_TIME | (third & 0x03) << 2 | (third & 0x0C) << 3,
        }


def _bit(byte: int, source: int, target: int) -> int:
    return (byte >> source & 1) << target


Answer = RealTime | InLine | StatusBack


class Ear:
    """Sorts what a printer says; bytes that fit no kind are dropped (XON, XOFF, line noise)."""

    def __init__(self) -> None:
        self._block = bytearray()

    def hear(self, data: bytes) -> list[Answer]:
        """The answers that are complete with `data`."""
        found: list[Answer] = []
        for byte in data:
            answer = self._byte(byte)
            if answer is not None:
                found.append(answer)
        return found

    def forget(self) -> None:
        """Drop half a block."""
        self._block.clear()

    def _byte(self, byte: int) -> Answer | None:
        if byte & _MASK == _REAL_TIME:
            return RealTime(byte)  # answers to DLE EOT may come inside a block
        if byte & _MASK == _ASB:
            self._block[:] = bytes((byte,))
            return None
        if byte & 0x90:
            return None
        if not self._block:
            return InLine(byte)
        self._block.append(byte)
        if len(self._block) < 4:
            return None
        block = bytes(self._block)
        self._block.clear()
        return StatusBack(block)
