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
    """P2: bit 31 - 2m of a word is a dot of the first half, bit 30 - 2m of the second."""
    lines, across = picture.shape
    cut = min(_SECOND_HALF - head.first_dot, across)
    dots = np.zeros((lines, _HALF_DOTS, 2), np.uint8)
    first = _UNUSED + head.first_dot
    dots[:, first : first + cut, 0] = picture[:, :cut]
    dots[:, : across - cut, 1] = picture[:, cut:]
    return dots.reshape(lines, 2 * _HALF_DOTS)


def _mirrored(picture: Dots, head: Head) -> Dots:
    """P3: the words of P2 with their bits in reverse order."""
    lines = picture.shape[0]
    words = _woven(picture, head).reshape(lines, _WORDS, 32)
    return np.ascontiguousarray(words[:, :, ::-1]).reshape(lines, _WORDS * 32)


_ARRANGE: dict[str, Callable[[Dots, Head], Dots]] = {
    "P1": _straight,
    "P2": _woven,
    "P3": _mirrored,
}


def colour_plane(levels: Dots, head: Head) -> bytes:
    """A dye plane of levels 0-63 given as (lines, dots across)."""
    dots = _arranged(levels, head)
    lines, width = dots.shape
    plane = np.empty((lines, LEVEL_BITS, width // 8), np.uint8)
    for bit in range(LEVEL_BITS):
        plane[:, bit] = np.packbits(dots & np.uint8(1 << bit), axis=1)
    return plane.tobytes()


def resin_plane(black: Dots, head: Head) -> bytes:
    """The K plane: a set bit wherever `black`, (lines, dots across), is not 0."""
    return np.packbits(_arranged(black, head), axis=1).tobytes()


def _arranged(picture: Dots, head: Head) -> Dots:
    if picture.shape[1] > head.dots - head.first_dot:
        raise ValueError(f"{picture.shape[1]} dots do not fit on a head of {head.dots}")
    return _ARRANGE[head.packing](picture, head)
