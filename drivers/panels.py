"""From one side of a card to the panels of a ribbon: dye levels Y M C and the resin bit K.

Knows colour, not orientation, packing or printers. uint8 all the way: on 1016 x 642 dots a wider
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


def separate(face: Face, resin: bool) -> Panels:
    """The panels of one face: eight bits to six by dropping two (sheet magicard.md §4, "host-side steps").

    Where resin lies the dye is cleared; a model without K gets full Y, M and C there instead.
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
    red, green, blue = (_level(channel) for channel in rgb.split())
    if resin:
        bare = ~black
        return Panels(blue & bare, green & bare, red & bare, black)
    full = black >> np.uint8(2)
    return Panels(blue | full, green | full, red | full, None)


def _level(channel: Image.Image) -> Dots:
    light: Dots = np.asarray(channel)
    return ~light >> np.uint8(2)
