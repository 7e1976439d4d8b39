"""Texts of other people made safe for the page: every character is seen, none is dropped or acts.

A registry's name may hold whatever was once typed. What the typeface cannot draw is written as its
code point, `[U+0627]`, since a reader has to see that something stood there.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

PACKAGE = "fontpkg_ibm_plex_sans_condensed"
FACE = "IBMPlexSansCondensed-Regular.ttf"

# A longer run of letters may be broken every so many: the narrowest column takes 10 wide capitals.
# Hyphens and slashes are places to break by themselves. Invisible breaks are used as seldom as can be,
# since a program that copies the text may find them.
LONGEST_WORD = 20
CHUNK = 10
_LONG_WORD = re.compile(rf"[^\s/-]{{{LONGEST_WORD + 1},}}")
_BREAK = "\u200b"
_PLAIN = re.compile(r"[ -~]*")
# FreeType faces are not made for several threads.
_LOCK = Lock()
_NEVER_A_GLYPH = "\U0010fffe"
# Controls, formats (they turn the direction of a line), surrogates, private and unassigned ones.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class FontMissing(Exception):
    """The typeface of the documents is not installed."""


@cache
def fonts_folder(package: str) -> Path:
    """Where a font package keeps its files."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FontMissing(f"the package {package.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / "files"


@cache
def _face() -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(str(fonts_folder(PACKAGE) / FACE), 32)


# Typically a hundred different ones in an office's year.
@lru_cache(maxsize=4096)
def _seen(character: str) -> str:
    """The character, a space for what separates, or its code point where nothing would be seen."""
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r":
        return " "
    if category in _UNSEEN or not _has_glyph(character):
        return f"[U+{ord(character):04X}]"
    return character


def _has_glyph(character: str) -> bool:
    with _LOCK:
        missing, drawn = _face().getmask(_NEVER_A_GLYPH), _face().getmask(character)
    return (missing.size, bytes(missing)) != (drawn.size, bytes(drawn))


def visible(text: str) -> str:
    """The text in characters that the typeface has, composed, long words breakable."""
    if not _PLAIN.fullmatch(text):
        text = "".join(map(_seen, unicodedata.normalize("NFC", text)))
    return _LONG_WORD.sub(_breakable, text)


def _breakable(found: re.Match[str]) -> str:
    word = found.group()
    return _BREAK.join(word[start : start + CHUNK] for start in range(0, len(word), CHUNK))


def visible_all(value: Any) -> Any:
    """The same for every text in lists and tables; keys are ours and stay as they are."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: visible_all(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [visible_all(item) for item in value]
    return value
