"""From a retransfer printer's panels back to a picture: a byte a dot, 00 none, FF full (matica-xid.md).

Written from the sheet alone. A panel is `geometry.lines` rows of `geometry.dots` bytes, turned by
`geometry.turn` degrees. Letters are those of the world: B is the yellow panel, G magenta, R cyan.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from PIL import Image

from simulator.devicefile import Geometry

PACKING = "D8"
_CHANNELS = {"R": 0, "G": 1, "B": 2}  # what each dye darkens
# From this much on a dot of resin is there; a host is told to send 00 or FF.
RESIN_THRESHOLD = 128


class Lying(Protocol):
    """One panel as far as it lies on the card."""

    letter: str
    plane: bytes
    lines: int


def compose(layers: Iterable[Lying], geometry: Geometry) -> Image.Image:
    """All dye first, resin on top; upright, RGB. Two pictures on one card darken each other."""
    light = np.full((geometry.lines, geometry.dots, 3), 255, np.uint8)
    resin = np.zeros((geometry.lines, geometry.dots), bool)
    for layer in layers:
        rows = min(layer.lines, geometry.lines, len(layer.plane) // geometry.dots)
        dots = np.frombuffer(layer.plane, np.uint8, rows * geometry.dots)
        dots = dots.reshape(rows, geometry.dots)
        if layer.letter == "K":
            resin[:rows] |= dots >= RESIN_THRESHOLD
        else:
            channel = light[:rows, :, _CHANNELS[layer.letter]]
            np.subtract(channel, np.minimum(dots, channel), out=channel)
    light[resin] = 0
    if geometry.turn == 180:
        light = light[::-1, ::-1]
    return Image.fromarray(np.ascontiguousarray(light), "RGB")


def black_dots(plane: bytes) -> int:
    """Dots of resin in a K panel."""
    return int(np.count_nonzero(np.frombuffer(plane, np.uint8) >= RESIN_THRESHOLD))
