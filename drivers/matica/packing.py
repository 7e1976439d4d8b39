"""One face to the panels of a retransfer ribbon: a byte a dot, row by row (sheet matica-xid.md, "Panel data").

Knows dots and bytes, no commands. A 180 degree turn goes over the picture once, before it is taken apart: Pillow
moves its four bytes a dot in one go, in the time that numpy wants to turn one and a half panels.
"""

from __future__ import annotations

import numpy as np
from PIL.Image import Transpose

from drivers.contract import Face
from drivers.panels import light, resin_of

#: Order of sending (sheet), with the channel of light that each dye takes away.
DYES = {"Y": "B", "M": "G", "C": "R"}


def panels(face: Face, turn: int) -> dict[str, bytes]:
    """Panels that bear anything, in sending order: all three dyes or none, then K.

    Dye 255 - channel, cleared under resin; resin FF or 00. Refuses (ValueError) what `resin_of` refuses.
    """
    black = resin_of(face)
    picture = face.rgb
    if turn:
        black = np.ascontiguousarray(black[::-1, ::-1])
        picture = picture.transpose(Transpose.ROTATE_180)
    dyes = {}
    for letter, channel in DYES.items():
        # Neither where light is full nor where resin lies.
        dye = np.bitwise_or(light(picture, channel), black)
        np.invert(dye, out=dye)
        dyes[letter] = dye
    found: dict[str, bytes] = {}
    if any(dye.any() for dye in dyes.values()):
        found = {letter: dye.tobytes() for letter, dye in dyes.items()}
    if black.any():
        found["K"] = black.tobytes()
    return found
