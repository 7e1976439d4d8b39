"""One face to the panels of a retransfer ribbon: a byte a dot, row by row (sheet matica-xid.md, "Panel data").

Knows dots and bytes, no commands. A 180 degree turn is the same bytes backwards, so each panel is turned
once, while it is inverted; turning the RGB picture first would move four bytes a dot instead of one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.contract import Face

Dots = NDArray[np.uint8]
#: Order of sending (sheet), with the channel of light that each dye takes away.
DYES = {"Y": 2, "M": 1, "C": 0}


def panels(face: Face, turn: int) -> dict[str, bytes]:
    """Panels that bear anything, in sending order: all three dyes or none, then K.

    Dye 255 - channel, cleared under resin; resin FF or 00. Refuses (ValueError) images of wrong mode or of
    two sizes, and a mask with a third value.
    """
    rgb, mask = face.rgb, face.resin
    if rgb.mode != "RGB" or mask.mode != "L" or rgb.size != mask.size:
        raise ValueError(
            f"a face is RGB and L of one size, not {rgb.mode} {rgb.size}, {mask.mode} {mask.size}"
        )
    black = _turned(np.asarray(mask), turn)
    # 255 + 1 wraps to 0 and 0 + 1 is 1: anything above is neither.
    if (black + np.uint8(1)).max() > 1:
        raise ValueError("a resin mask holds 0 and 255 only")
    channels = rgb.split()
    dyes = {
        letter: _dye(_turned(np.asarray(channels[channel]), turn), black)
        for letter, channel in DYES.items()
    }
    found: dict[str, bytes] = {}
    if any(dye.any() for dye in dyes.values()):
        found = {letter: dye.tobytes() for letter, dye in dyes.items()}
    if black.any():
        found["K"] = black.tobytes()
    return found


def _turned(dots: Dots, turn: int) -> Dots:
    return dots[::-1, ::-1] if turn else dots


def _dye(light: Dots, black: Dots) -> Dots:
    """~light & ~black in one pass more: neither where light is full nor where resin lies."""
    covered: Dots = np.bitwise_or(light, black)
    np.invert(covered, out=covered)
    return covered
