"""How dots lie in a plane: the packings P1, P2 and P3 of the sheet magicard.md §4.

Pure: dots in, bytes out. A plane is `lines` lines; a colour line is six bit planes, least
significant first, a resin line is one. What differs is only where dot y of the head lies in a bit
plane, which is an arrangement of the dots before `packbits` (most significant bit first).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drivers.panels import Dots

LEVEL_BITS = 6


@dataclass(frozen=True)
class Head:
    """A print head: its packing, its elements, and the one that prints dot 0 of the picture (§4)."""

    packing: str
    dots: int
    first_dot: int


# P2 and P3: the head is driven in two halves whose dots alternate in 24 words of 32 bits.
_WORDS = 24
_HALF_DOTS = _WORDS * 16
#: First dot of the second half; the first half begins in word 6, after 96 unused places.
_SECOND_HALF = 288
_UNUSED = _HALF_DOTS - _SECOND_HALF


def _straight(picture: Dots, head: Head) -> Dots:
    """P1: dot y is bit y of the line, most significant bit of a byte leftmost."""
    lines, across = picture.shape
    dots = np.zeros((lines, head.dots), np.uint8)
    dots[:, head.first_dot : head.first_dot + across] = picture
    return dots


def _woven(picture: Dots, head: Head) -> Dots:
    """P2 and P3: place 2m of a word is a dot of the first half, place 2m + 1 one of the second.

    Two bytes of a 16-bit number are two neighbours: half the time of two strided copies.
    """
    lines, across = picture.shape
    cut = min(_SECOND_HALF - head.first_dot, across)
    first = _UNUSED + head.first_dot
    pairs = np.zeros((lines, _HALF_DOTS), "<u2")
    pairs[:, : across - cut] = picture[:, cut:]
    pairs <<= 8
    pairs[:, first : first + cut] |= picture[:, :cut]
    return pairs.view(np.uint8)


def _falling(dots: Dots) -> Dots:
    """Place 0 is the most significant bit: of a byte in P1, of a big-endian word in P2."""
    return np.packbits(dots)


def _rising(dots: Dots) -> Dots:
    """P3: place 0 is the least significant bit of a big-endian word."""
    return np.packbits(dots, bitorder="little").view("<u4").byteswap().view(np.uint8)


_ARRANGE: dict[str, Callable[[Dots, Head], Dots]] = {"P1": _straight, "P2": _woven, "P3": _woven}
_PACK: dict[str, Callable[[Dots], Dots]] = {"P1": _falling, "P2": _falling, "P3": _rising}


def colour_plane(levels: Dots, head: Head) -> bytes:
    """A dye plane of levels 0-63 given as (lines, dots across)."""
    dots = _arranged(levels, head)
    lines, width = dots.shape
    plane = np.empty((lines, LEVEL_BITS, width // 8), np.uint8)
    one = np.empty_like(dots)
    for bit in range(LEVEL_BITS):
        np.bitwise_and(dots, np.uint8(1 << bit), out=one)
        plane[:, bit] = _PACK[head.packing](one).reshape(lines, -1)
    return plane.tobytes()


def resin_plane(black: Dots, head: Head) -> bytes:
    """The K plane: a set bit wherever `black`, (lines, dots across), is not 0."""
    return _PACK[head.packing](_arranged(black, head)).tobytes()


def _arranged(picture: Dots, head: Head) -> Dots:
    if picture.shape[1] > head.dots - head.first_dot:
        raise ValueError(f"{picture.shape[1]} dots do not fit on a head of {head.dots}")
    return _ARRANGE[head.packing](picture, head)
