"""Machine-readable codes as bitmaps of whole dots, by zxing-cpp. No rectangle, no millimetre here.

A module is always a whole number of dots: a scanner forgives a small code, not a ragged one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import zxingcpp
from PIL import Image

Symbology = Literal["qr", "code128"]

_FORMATS = {"qr": zxingcpp.BarcodeFormat.QRCode, "code128": zxingcpp.BarcodeFormat.Code128}


class CannotEncode(Exception):
    """The text cannot be written in this symbology."""


class TooSmall(Exception):
    """The rectangle has less than the needed dots for each module."""


# Codes of the card before and of this one on all sides; a bitmap takes about 1 KB.
@lru_cache(maxsize=32)
def modules(symbology: Symbology, text: str) -> Image.Image:
    """One dot a module, 255 where it is black, without a quiet zone (Code 128: one row).

    QR: the smallest version that holds the text, at the highest error correction that this version
    has room for; 64 bytes make 33 modules a side.
    """
    try:
        barcode = zxingcpp.create_barcode(text, _FORMATS[symbology])
        drawn = Image.fromarray(barcode.to_image(scale=1, add_quiet_zones=False))
    except (ValueError, RuntimeError) as error:
        raise CannotEncode(f"this text cannot be a {symbology} code") from error
    if symbology == "code128":
        drawn = drawn.crop((0, 0, drawn.width, 1))
    return drawn.convert("L").point(lambda level: 255 if level < 128 else 0)


def bitmap(
    symbology: Symbology, text: str, room: tuple[int, int], quiet: int, least: int = 1
) -> Image.Image:
    """The code as large as `room` (dots) and its quiet zone allow; 255 where it is black.

    `quiet` modules stay free on every side (of Code 128: left and right). Refuses with `TooSmall`
    when fewer than `least` dots would be left for a module.
    """
    code = modules(symbology, text)
    dots = room[0] // (code.width + 2 * quiet)
    if symbology == "qr":
        dots = min(dots, room[1] // (code.height + 2 * quiet))
    if dots < least:
        raise TooSmall(f"only {dots} dots are left for a module; {least} are needed")
    height = room[1] if symbology == "code128" else code.height * dots
    return code.resize((code.width * dots, height), Image.Resampling.NEAREST)
