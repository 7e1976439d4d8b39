"""From one side of a card to the panels of a ribbon: dye levels Y M C and the resin bit K.

Knows colour and turns, not packing or printers. uint8 all the way: on 1016 x 642 dots a wider
type costs more than all the arithmetic here (design page performance.md, advice 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from drivers.contract import Face

Dots = NDArray[np.uint8]
#: Six bits a dot: 0 no dye, 63 full (sheet magicard.md §4).
FULL = 63


@dataclass(frozen=True)
class Panels:
    """Dye levels 0-63 as (height, width) arrays; `black` is 255 where resin lies, else 0, or None."""

    yellow: Dots
    magenta: Dots
    cyan: Dots
    black: Dots | None


def resin_of(face: Face) -> Dots:
    """The resin mask as dots, 255 or 0, to be read only.

    Refuses (ValueError) images of wrong mode or of two sizes, and a mask with a third value.
    """
    rgb, mask = face.rgb, face.resin
    if rgb.mode != "RGB" or mask.mode != "L" or rgb.size != mask.size:
        raise ValueError(
            f"a face is RGB and L of one size, not {rgb.mode} {rgb.size}, {mask.mode} {mask.size}"
        )
    black = np.asarray(mask)
    # 255 + 1 wraps to 0 and 0 + 1 is 1: anything above is neither.
    if (black + np.uint8(1)).max() > 1:
        raise ValueError("a resin mask holds 0 and 255 only")
    return black


def light(picture: Image.Image, channel: str) -> Dots:
    """One channel of an RGB picture, "R", "G" or "B", as dots, to be read only.

    Pillow keeps four bytes a dot; packed as one channel they take 0.2 ms of 1016 x 642 dots, split and
    made an array of 0.4 ms.
    """
    packed = picture.tobytes("raw", channel)
    return np.frombuffer(packed, np.uint8).reshape(picture.height, picture.width)


def turned(dots: Dots, turn: str) -> Dots:
    """A quarter turn "left" (counter-clockwise) or "right", or none."""
    if turn:
        dots = dots.T[::-1] if turn == "left" else dots.T[:, ::-1]
    return np.ascontiguousarray(dots)


def separate(face: Face, resin: bool, turn: str = "") -> Panels:
    """The panels of one face: eight bits to six by dropping two (sheet magicard.md §4, "host-side steps").

    Each panel is turned once it is taken out: turning the picture before moves its fourth, unused byte as well.
    Where resin lies the dye is cleared; a model without K gets full Y, M and C there instead.
    Refuses (ValueError) what `resin_of` refuses.
    """
    black = resin_of(face)
    # Full light is no dye, no light is full dye.
    cover, under = (np.bitwise_or, black) if resin else (np.bitwise_and, ~black)

    def dye(channel: str) -> Dots:
        dots: Dots = cover(light(face.rgb, channel), under)
        np.invert(dots, out=dots)
        np.right_shift(dots, np.uint8(2), out=dots)
        return turned(dots, turn)

    return Panels(dye("B"), dye("G"), dye("R"), turned(black, turn) if resin else None)
