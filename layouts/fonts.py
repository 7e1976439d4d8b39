"""The typefaces that cards are set in, opened once for each size.

They come as pinned packages, since another drawing of a letter changes every golden picture.
FreeType faces are not made for several threads: whoever measures or draws holds `LOCK`.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import RLock

from PIL import ImageFont

LOCK = RLock()

# family -> (package, prefix of its files)
FAMILIES = {
    "IBM Plex Sans Condensed": ("fontpkg_ibm_plex_sans_condensed", "IBMPlexSansCondensed"),
    "Barlow Condensed": ("fontpkg_barlow_condensed", "BarlowCondensed"),
    "IBM Plex Mono": ("fontpkg_ibm_plex_mono", "IBMPlexMono"),
}

# Texts are measured at this em and scaled: 30 times a usual size on paper, so that neither hinting
# nor rounding decides what fits.
MEASURE_PX = 1000

# One layout uses about 20 sizes at one geometry; a face with its glyphs takes about 0.2 MB.
OPEN_FACES = 256

# Categories that print nothing of their own, break the line or turn its direction.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_NEVER_A_GLYPH = "\U0010fffe"


class UnknownFont(Exception):
    """No such family, or no such weight of it."""


@lru_cache(maxsize=64)
def file_of(family: str, weight: str) -> Path:
    """The font file; refuses what is not there instead of standing in another one."""
    if family not in FAMILIES:
        raise UnknownFont(f"no such font family: {family}; there are {', '.join(FAMILIES)}")
    package, prefix = FAMILIES[family]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UnknownFont(f"the package {package.replace('_', '-')} is not installed")
    path = Path(spec.origin).parent / "files" / f"{prefix}-{weight}.ttf"
    if not path.is_file():
        raise UnknownFont(f"{family} has no weight {weight}")
    return path


@lru_cache(maxsize=OPEN_FACES)
def face(family: str, weight: str, size_64: int) -> ImageFont.FreeTypeFont:
    """The opened face at an em of `size_64` / 64 dots (FreeType's own unit). Hold `LOCK`."""
    return ImageFont.truetype(str(file_of(family, weight)), size_64 / 64)


def width_em(family: str, weight: str, text: str) -> float:
    """Advance width of a text in ems."""
    with LOCK:
        return face(family, weight, MEASURE_PX * 64).getlength(text) / MEASURE_PX


@lru_cache(maxsize=64)
def cap_height_em(family: str, weight: str) -> float:
    """Height of a capital in ems: texts are centred by their capitals, which align rows."""
    with LOCK:
        top = face(family, weight, MEASURE_PX * 64).getbbox("H", anchor="ls")[1]
    return -top / MEASURE_PX


@lru_cache(maxsize=4096)
def has_glyph(family: str, weight: str, character: str) -> bool:
    """Whether the face can draw a character; otherwise a hollow box would be printed."""
    if character == " ":
        return True
    if unicodedata.category(character) in _UNPRINTABLE:
        return False
    with LOCK:
        opened = face(family, weight, 48 * 64)
        missing, drawn = opened.getmask(_NEVER_A_GLYPH), opened.getmask(character)
    return (missing.size, bytes(missing)) != (drawn.size, bytes(drawn))


def is_printable(text: str) -> bool:
    """Whether a text holds only characters that may stand on a card, whatever the font."""
    return not any(unicodedata.category(character) in _UNPRINTABLE for character in text)
