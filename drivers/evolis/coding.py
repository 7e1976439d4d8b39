"""How dots lie in a panel download: the codings of the sheet evolis.md §4.

Pure: dots in, bytes out. A dye panel is dense, dot after dot, most significant bit first (inferred: the
guide does not show the order); K and O are one bit a dot, most significant bit first. Compressed, a resin
line is a count and its bytes; a dye line is single dots and runs, and no run crosses a line's end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.panels import Dots

BITS = {32: 5, 64: 6, 128: 7}
#: Bits of the value byte that each add 256 to a run's counter (§4).
_EXTRA = {32: (0x20, 0x40), 64: (0x40,), 128: ()}
_RUN, _BLANK_LINE = 0x80, b"\x80\0"
_FULL_LINE, _EMPTY_LINE = b"\xff", b"\0"
_GROUP = 8
#: The left one of two neighbours that hold 1, 2 and 4 dots.
_LEFT = {
    1: np.uint64(0xFF00_FF00_FF00_FF00),
    2: np.uint64(0xFFFF_0000_FFFF_0000),
    4: np.uint64(0xFFFF_FFFF_0000_0000),
}


def scaled(levels: Dots, steps: int) -> Dots:
    """From the six bits that `panels.separate` gives to the printer's own number of levels."""
    if steps == 64:
        return levels
    if steps == 32:
        return levels >> np.uint8(1)
    return levels << np.uint8(1) | levels >> np.uint8(5)


def dense(levels: Dots, steps: int) -> bytes:
    """A dye panel uncompressed: 8 dots in 5, 6 or 7 bytes without padding, as (lines, dots across).

    Eight dots are one 64-bit number, the first one on top. Three times the left one of two neighbours moves
    down to the right one: first bytes, then pairs, then fours.
    """
    bits = BITS[steps]
    if levels.size % _GROUP:
        raise ValueError(f"{levels.size} dots are no whole number of eights")
    eights = np.ascontiguousarray(levels).reshape(-1).view(">u8").astype(np.uint64)
    for count, left in _LEFT.items():
        moving = eights & left
        eights ^= moving
        moving >>= np.uint64(count * (8 - bits))
        eights |= moving
    octets = eights.astype(">u8").view(np.uint8).reshape(-1, _GROUP)
    return octets[:, _GROUP - bits :].tobytes()


def bitmap(black: Dots) -> bytes:
    """A K or O panel uncompressed: a set bit wherever `black`, (lines, dots across), is not 0."""
    return np.packbits(black, axis=1).tobytes()


def lines(black: Dots) -> bytes:
    """A K or O panel compressed: each line its count of bytes, then these; 00 empty, FF all ones."""
    rows = np.packbits(black, axis=1)
    size = rows.shape[1]
    used = size - np.argmax(rows[:, ::-1] != 0, axis=1)
    blank = np.equal(rows.max(axis=1), 0)
    full = np.equal(black.min(axis=1), 0) ^ True
    parts: list[bytes] = []
    for row, count, empty, solid in zip(
        rows, used.tolist(), blank.tolist(), full.tolist(), strict=True
    ):
        if empty:
            parts.append(_EMPTY_LINE)
        elif solid:
            parts.append(_FULL_LINE)
        else:
            parts.append(bytes((count,)) + row[:count].tobytes())
    return b"".join(parts)


@dataclass(frozen=True)
class _Runs:
    """Equal neighbours within a line: value and length of each, in order."""

    value: Dots
    length: NDArray[np.int64]


def runs(levels: Dots, steps: int) -> bytes:
    """A dye panel compressed (Dbc): one byte a single dot, two bytes a run, two a blank line.

    A counter byte of 0 would mean a blank line, so that no run has a length that is a multiple of 256.
    """
    found = _pieces(_runs(levels), steps, levels.shape[1])
    pairs = found.length > 1
    sizes = np.where(pairs, 2, 1)
    ends = np.cumsum(sizes)
    out = np.zeros(int(ends[-1]), np.uint8)
    starts = ends - sizes
    out[starts] = found.value
    blank = (found.length == levels.shape[1]) & (found.value == 0)
    flags = np.full(found.length.shape, _RUN, np.uint8)
    high = (found.length >> 8).astype(np.int64)
    for step, bit in enumerate(_EXTRA[steps], start=1):
        flags[(high >= step) & ~blank] |= bit
    out[starts[pairs]] |= flags[pairs]
    out[starts[pairs] + 1] = np.where(blank, 0, found.length & 0xFF)[pairs].astype(np.uint8)
    return out.tobytes()


def _runs(levels: Dots) -> _Runs:
    across = levels.shape[1]
    flat = np.ascontiguousarray(levels).reshape(-1)
    begins = np.empty(flat.size, bool)
    begins[0] = True
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins[::across] = True
    at = np.flatnonzero(begins)
    return _Runs(flat[at], np.diff(at, append=flat.size))


def _pieces(found: _Runs, steps: int, across: int) -> _Runs:
    """Cut runs that a counter cannot hold. A blank line stays whole: it has a sign of its own."""
    most = 255 + 256 * len(_EXTRA[steps])
    blank = (found.value == 0) & (found.length == across)
    fits = blank | ((found.length <= most) & (found.length % 256 != 0))
    if fits.all():
        return found
    rest = np.where(blank, found.length, found.length % most)
    awkward = (rest > 0) & (rest % 256 == 0) & ~blank
    pieces = np.where(blank, 1, found.length // most + (rest > 0) + awkward)
    last = np.cumsum(pieces) - 1
    length = np.full(int(last[-1]) + 1, most, np.int64)
    tail = rest > 0
    length[last[tail]] = np.where(awkward, 1, rest)[tail]
    length[last[awkward] - 1] = rest[awkward] - 1
    return _Runs(np.repeat(found.value, pieces), length)
