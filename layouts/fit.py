"""Fitting a text into its rectangle. Pure but for the measuring of fonts; in millimetres.

The order is the design's: the full size; the narrower family; a smaller size of it, down to the
floor; then two lines in the same order; then refuse. Nothing is ever cut. Since everything is
decided in millimetres, a text that fits one printer fits them all.
"""

from __future__ import annotations

from dataclasses import dataclass

from layouts import fonts
from layouts.schema import FontFace, Text

# Capitals are about 0.7 em high; lines of them need no more than this from baseline to baseline.
LEADING_EM = 1.0
# Two lines keep this much of their height free, so that they do not touch the rows beside them.
AIR_EM = 0.3
# Sizes are tried in steps of 1/64 of the size asked for: finer than a dot at 300 dpi.
STEPS = 64


@dataclass(frozen=True)
class Fitted:
    """The decision: these lines, in this face, at this em."""

    lines: tuple[str, ...]
    family: str
    weight: str
    size_mm: float


class DoesNotFit(Exception):
    """No permitted way to print the whole text in its rectangle."""


class NoGlyph(Exception):
    """No permitted font can draw every character of the text."""


def fit(text: str, element: Text, font: FontFace) -> Fitted:
    """Choose how to print `text`; refuses with `NoGlyph` or `DoesNotFit`, which name no value."""
    families = [f for f in (font.family, font.narrower) if f and _can_draw(f, font.weight, text)]
    if not families:
        raise NoGlyph("a character is in none of the fonts of this place")
    floor = min(element.floor or element.size, element.size)
    for count in range(1, element.lines + 1):
        # Capitals of n lines, n - 1 leadings apart, must stay inside the height.
        heights = fonts.cap_height_em(families[0], font.weight) + (count - 1) * (
            LEADING_EM + AIR_EM
        )
        full = min(element.size, element.h / heights)
        if full < floor:
            continue
        fitted = _at_count(text, count, families, font.weight, (full, floor), element.w)
        if fitted is not None:
            return fitted
    raise DoesNotFit(f"does not fit {element.w:g} x {element.h:g} mm, even at {floor:g} mm")


def _at_count(
    text: str, count: int, families: list[str], weight: str, sizes: tuple[float, float], room: float
) -> Fitted | None:
    """The largest setting in `count` lines: wide at full size if it fits, else the narrowest."""
    full, floor = sizes
    for family in families:
        lines, width = _break(text, count, family, weight)
        if lines and width * full <= room:
            return Fitted(lines, family, weight, full)
    if not lines or width * floor > room:
        return None
    step = full / STEPS
    size = max(floor, int(room / width / step) * step)
    return Fitted(lines, family, weight, size)


def _break(text: str, count: int, family: str, weight: str) -> tuple[tuple[str, ...], float]:
    """The text in `count` lines, broken at a space where the longer line is shortest, and its width."""
    if count == 1:
        return (text,), fonts.width_em(family, weight, text)
    best: tuple[tuple[str, ...], float] = ((), 0.0)
    for index, character in enumerate(text):
        if character != " ":
            continue
        lines = (text[:index], text[index + 1 :])
        if not all(line.strip() for line in lines):
            continue
        width = max(fonts.width_em(family, weight, line) for line in lines)
        if not best[0] or width < best[1]:
            best = (lines, width)
    return best


def _can_draw(family: str, weight: str, text: str) -> bool:
    return all(fonts.has_glyph(family, weight, character) for character in set(text))
