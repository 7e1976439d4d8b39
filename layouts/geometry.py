"""Millimetres on the card to dots of a printer.

The middle of the card lies in the middle of the printable dots: a printer that prints over the
edge has a few dots more than the card, another a few less.
"""

from __future__ import annotations

from dataclasses import dataclass

from layouts.schema import CARD_H_MM, CARD_W_MM, Placed

MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Geometry:
    """The printable dots of one side, and how close they lie."""

    width_px: int
    height_px: int
    dpi: float

    @property
    def per_mm(self) -> float:
        """Dots a millimetre."""
        return self.dpi / MM_PER_INCH

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as Pillow takes them."""
        return self.width_px, self.height_px

    def x(self, mm: float) -> float:
        """Horizontal place of a millimetre, in dots."""
        return (self.width_px - CARD_W_MM * self.per_mm) / 2 + mm * self.per_mm

    def y(self, mm: float) -> float:
        """Vertical place of a millimetre, in dots."""
        return (self.height_px - CARD_H_MM * self.per_mm) / 2 + mm * self.per_mm

    def rectangle(self, placed: Placed) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole dots; right and bottom lie just outside. Never empty."""
        left, top = round(self.x(placed.x)), round(self.y(placed.y))
        right, bottom = round(self.x(placed.x + placed.w)), round(self.y(placed.y + placed.h))
        return left, top, max(right, left + 1), max(bottom, top + 1)


# What `check` decides at: a card printed over its edges at 300 dpi.
REFERENCE_GEOMETRY = Geometry(1016, 642, 300)
