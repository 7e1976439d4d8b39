"""Setting a line of plain letters from drawn ones that are kept.

FreeType hints a letter of Barlow Condensed in 27 us and one of Plex in 5 us, and a card has 300 of
them; laying down a kept one takes 2 us. Letters stand at whole dots, as Pillow sets them too.
Whatever needs shaping (marks, other scripts) is left to Pillow. Hold `fonts.LOCK`.
"""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

# Latin letters that stand each for themselves: Basic Latin to Latin Extended-A.
_PLAIN_BELOW = 0x180
# About 60 letters in 20 faces at two geometries; a letter takes about 1 KB.
KEPT_LETTERS = 4096

Drawn = tuple[Image.Image, int, int]


def draw(
    target: Image.Image,
    at: tuple[float, float],
    line: str,
    fill: int | str,
    face: ImageFont.FreeTypeFont,
    share: float,
) -> None:
    """Set `line` on the baseline `at`; `share` of its width lies left of that point."""
    if any(ord(character) >= _PLAIN_BELOW for character in line):
        left = at[0] - face.getlength(line) * share
        place = (round(left), round(at[1]))
        ImageDraw.Draw(target).text(place, line, fill=fill, font=face, anchor="ls")
        return
    advances = [_advance(face, line[i], line[i + 1 : i + 2]) for i in range(len(line))]
    x, baseline = at[0] - sum(advances) * share, round(at[1])
    for character, advance in zip(line, advances, strict=True):
        drawn = _letter(face, character)
        if drawn is not None:
            mask, left_px, top_px = drawn
            target.paste(fill, (round(x) + left_px, baseline + top_px), mask)
        x += advance


@lru_cache(maxsize=KEPT_LETTERS * 4)
def _advance(face: ImageFont.FreeTypeFont, character: str, after: str) -> float:
    """How far the next letter stands, kerning included."""
    return face.getlength(character + after) - (face.getlength(after) if after else 0.0)


@lru_cache(maxsize=KEPT_LETTERS)
def _letter(face: ImageFont.FreeTypeFont, character: str) -> Drawn | None:
    """The letter and its place beside the point on the baseline; None for a space."""
    left, top, right, bottom = (int(edge) for edge in face.getbbox(character, anchor="ls"))
    if right <= left or bottom <= top:
        return None
    mask = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(mask).text((-left, -top), character, fill=255, font=face, anchor="ls")
    return mask, left, top
