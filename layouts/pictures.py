"""Photos and signatures as they come from outside: looked at before they are decoded, then decoded.

Only JPEG and PNG. Nothing of a picture but its size is ever put into a message.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageOps

# A registry's photo has 15 to 40 KB; 2 MiB takes a whole page of a camera and keeps a request
# with two pictures, in base64, under 6 MB.
MAX_BYTES = 2 * 1024 * 1024
# Today's cameras; decoded as RGB 72 MB, which is the most that one request may take. A 2 MiB PNG
# could otherwise unfold to gigabytes.
MAX_PIXELS = 24_000_000
# Below this there is nothing to recognise; it also stops the one-pixel placeholder.
MIN_SIDE_PX = 32

_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}
_ORIENTATION = 0x0112
_TURNED = {5, 6, 7, 8}
# Everything that Pillow's JPEG and PNG readers were seen to raise on damaged files.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
# Pillow's own limits lie above ours; it looks before we can.
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class BadPicture(Exception):
    """A picture that will not be printed; `code` is one of `check`'s codes."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def decode(data: bytes, wanted: tuple[int, int]) -> Image.Image:
    """The upright picture, "RGB" or "L", on white, decoded no larger than needed to fill `wanted` dots.

    Sizes are refused from the header, before a pixel is decoded; a JPEG is then decoded at the
    smallest of its own scales (1, 1/2, 1/4, 1/8) that still fills `wanted`: 2.7 times less work for
    a 480 x 640 photo. A picture that ends early is refused, never filled with grey.
    """
    if len(data) > MAX_BYTES:
        raise BadPicture("picture-too-large", f"more than {MAX_BYTES} bytes")
    try:
        return _decode(data, wanted)
    except _BOMB as error:
        raise BadPicture("picture-too-large", f"more than {MAX_PIXELS} pixels") from error
    except _DAMAGE as error:
        raise BadPicture("picture-broken", "damaged, or neither JPEG nor PNG") from error


def _decode(data: bytes, wanted: tuple[int, int]) -> Image.Image:
    with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise BadPicture("picture-too-large", f"more than {MAX_PIXELS} pixels")
        if min(width, height) < MIN_SIDE_PX:
            raise BadPicture("picture-too-small", f"a side has less than {MIN_SIDE_PX} pixels")
        if picture.mode not in _MODES:
            raise BadPicture("picture-broken", "a kind of picture that is not supported (16 bit)")
        turned = picture.getexif().get(_ORIENTATION) in _TURNED
        picture.draft("RGB", wanted[::-1] if turned else wanted)
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        return _on_white(picture)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in {"LA", "PA", "RGBA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")


def cover(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Exactly `size`, filled, what is too much cut off evenly at two sides."""
    scale = max(size[0] / picture.width, size[1] / picture.height)
    width, height = size[0] / scale, size[1] / scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    box = (left, top, left + width, top + height)
    return picture.resize(size, Image.Resampling.LANCZOS, box=box).convert("RGB")


def contain(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """As large as fits into `size`, whole."""
    scale = min(size[0] / picture.width, size[1] / picture.height)
    inside = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(inside, Image.Resampling.LANCZOS)
