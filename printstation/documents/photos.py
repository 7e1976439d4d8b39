"""Photos of a destruction made fit for paper: upright, of bounded size, without what cameras note.

The hash beside a photo is that of the file as it was handed in, which the office keeps; the paper
shows a smaller copy, without the place and device that a telephone writes into it.
"""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

# A column is 82 mm wide: at 300 dpi that is 970 dots.
LONGEST_PX = 1000
QUALITY = 80
# A telephone's picture has 12 to 50 million dots and at most 15 MB.
LARGEST_BYTES = 20 * 2**20
LARGEST_PX = 60_000_000


class BadPhoto(Exception):
    """Not a JPEG or PNG picture, or too large a one; names its place in the list only."""


@dataclass(frozen=True)
class Photo:
    """A picture (JPEG or PNG, as it was handed in) and what it shows."""

    content: bytes
    caption: str

    @property
    def sha256(self) -> str:
        """Of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def check(content: bytes) -> None:
    """Refuses with `BadPhoto` what a document could not show; cheap enough for every upload."""
    _small(content, "this photo")


def svg(photo: Photo, place: int) -> str:
    """The smaller copy as a drawing that the typesetter takes; `place` counts from 1."""
    width, height, jpeg = _small(photo.content, f"photo {place}")
    coded = base64.b64encode(jpeg).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/jpeg;base64,{coded}"/>'
        f"</svg>"
    )


def _small(content: bytes, name: str) -> tuple[int, int, bytes]:
    from PIL import Image, ImageOps

    if len(content) > LARGEST_BYTES:
        raise BadPhoto(f"{name} is larger than {LARGEST_BYTES // 2**20} MB")
    try:
        opened = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
        if opened.width * opened.height > LARGEST_PX:
            raise BadPhoto(f"{name} has more than {LARGEST_PX // 10**6} million dots")
        # A JPEG is read at a half, a quarter or an eighth of its size where that is enough.
        opened.draft("RGB", (LONGEST_PX, LONGEST_PX))
        upright = _on_white(ImageOps.exif_transpose(opened))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPhoto(f"{name} is not a whole JPEG or PNG picture") from error
    upright.thumbnail((LONGEST_PX, LONGEST_PX))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=QUALITY)
    return upright.width, upright.height, out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    paper = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(paper, clear).convert("RGB")
