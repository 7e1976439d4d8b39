"""From the bytes of printed planes back to a picture of the card. Written from magicard.md §4 alone.

A plane is `lines` rows along the card; colour rows hold six bit planes, least significant first,
resin rows one. Colour planes are named after the colour of light that their dye takes away: plane B
(yellow) darkens blue, G (magenta) green, R (cyan) red. A dye level v of 0..63 becomes the channel
value 255 - round(v * 255 / 63); resin is black and lies on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simulator.devicefile import Geometry
from simulator.matica import planes as matica_planes

RESIN = "K"
DYES = {"R": 0, "G": 1, "B": 2}  # plane -> channel of an RGB picture
DYE_BITS = 6
FULL_DYE = 63

Dots = NDArray[np.uint8]
# Index = dye level; round half up in integers.
LIGHT: Dots = np.array([255 - (v * 255 * 2 + 63) // 126 for v in range(64)], dtype=np.uint8)


class Printed(Protocol):
    """One plane as far as the head got: the first `lines` rows of `plane` lie on the card."""

    letter: str
    plane: bytes
    lines: int
    origin: tuple[int, int]


def line_bytes(letter: str, geometry: Geometry) -> int:
    """Bytes of one line of this plane."""
    if geometry.packing == matica_planes.PACKING:
        return geometry.dots
    return geometry.row_bytes * (1 if letter == RESIN else DYE_BITS)


def unpack(letter: str, plane: bytes, geometry: Geometry) -> Dots:
    """Levels (0..63, resin 0..1) as array (line, dot); only whole lines are looked at."""
    bits = 1 if letter == RESIN else DYE_BITS
    lines = len(plane) // (geometry.row_bytes * bits)
    packed = np.frombuffer(plane, np.uint8, lines * bits * geometry.row_bytes)
    rows = np.unpackbits(packed.reshape(lines, bits, geometry.row_bytes), axis=2)
    where = _places(geometry.packing, geometry.row_bytes)
    chosen = where[geometry.dot_offset : geometry.dot_offset + geometry.dots]
    levels = rows[:, 0, :].copy()
    for bit in range(1, bits):
        levels |= rows[:, bit, :] << bit
    return levels[:, chosen]


@cache
def _places(packing: str, row_bytes: int) -> NDArray[np.intp]:
    """Where dot y of a row lies among its bits, counted from the most significant bit of byte 0."""
    if packing == "P1":
        return np.arange(row_bytes * 8)
    # Two interleaved halves of the head in big-endian 32-bit words; the first half starts in word 6.
    # Words 0-5 carry dots of the second half only (magicard.md §4, P2).
    y = np.arange(672)
    first = y < 288
    step = np.where(first, y, y - 288)
    word = np.where(first, 6, 0) + step // 16
    place = 2 * (step % 16) + np.where(first, 0, 1)  # bit 31 - place (P2) or bit `place` (P3)
    within = place if packing == "P2" else 31 - place
    return np.asarray(word * 32 + within, dtype=np.intp)


def compose(layers: Iterable[Printed], geometry: Geometry, side: str) -> Image.Image:
    """What the eye sees: all dye first, resin on top; landscape and upright, RGB."""
    if geometry.packing == matica_planes.PACKING:
        return matica_planes.compose(layers, geometry)
    dye = np.zeros((3, geometry.lines, geometry.dots), np.uint8)
    resin = np.zeros((geometry.lines, geometry.dots), bool)
    for layer in layers:
        cut = layer.plane[: layer.lines * line_bytes(layer.letter, geometry)]
        levels = unpack(layer.letter, cut, geometry)
        x, y = layer.origin
        levels = levels[: max(0, geometry.lines - x), : max(0, geometry.dots - y)]
        area = (slice(x, x + levels.shape[0]), slice(y, y + levels.shape[1]))
        if layer.letter == RESIN:
            resin[area] |= levels > 0
        else:
            target = dye[DYES[layer.letter]][area]
            np.minimum(target + levels, FULL_DYE, out=target)
    picture = LIGHT[dye].transpose(1, 2, 0).copy()
    picture[resin] = 0
    return Image.fromarray(np.ascontiguousarray(_upright(picture, geometry, side)), "RGB")


def _upright(lines: Dots, geometry: Geometry, side: str) -> Dots:
    """Device lines turned back: the front was turned 90° counter-clockwise, the back clockwise."""
    quarter_turns = 1 if side == "back" else -1
    return np.rot90(lines, quarter_turns + geometry.turn // 90)


def black_dots(plane: bytes, geometry: Geometry) -> int:
    """Resin dots of a K plane inside the picture."""
    if geometry.packing == matica_planes.PACKING:
        return matica_planes.black_dots(plane)
    return int(np.count_nonzero(unpack(RESIN, plane, geometry)))


def png(picture: Image.Image) -> bytes:
    """A PNG, quickly written: pictures are looked at once, size hardly matters."""
    out = BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
