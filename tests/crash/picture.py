"""Whose data lies on a card: planes of the world compared with what was to be printed.

What was to be printed is told plane by plane, as bytes, made once for each reference. That these bytes
decode to the reference's QR code is a test of its own (`test_pictures.py`).
"""

from __future__ import annotations

import functools

from drivers.magicard.staging import stage_card
from simulator.world import Card, Layer
from tests.crash import house

#: Bytes of a colour plane and of a resin plane of the tiny models.
COLOUR, RESIN = 80 * 8 * 6, 80 * 8
LETTERS = "BGRK"
#: plane bytes -> (reference, side, letter); filled by `planes`.
_known: dict[bytes, tuple[str, str, str]] = {}


@functools.lru_cache(maxsize=1024)
def planes(layout: str, reference: str) -> dict[str, dict[str, bytes]]:
    """{side: {letter: plane}} of a card as it should be."""
    faces = house.drawn(layout, reference, house.photo(reference))
    staged = stage_card(house.tiny_model("none"), faces)
    sides = {}
    for side, body in zip(("front", "back"), staged.payload[1::2], strict=False):
        sides[side] = _split(body)
        for letter, plane in sides[side].items():
            _known[plane] = (reference, side, letter)
    return sides


def _split(body: bytes) -> dict[str, bytes]:
    found, at = {}, 0
    for letter in LETTERS:
        size = RESIN if letter == "K" else COLOUR
        found[letter] = body[at : at + size]
        at += size + 3
    return found


def is_good(card: Card, layout: str, reference: str) -> bool:
    """All panels of all sides of this reference lie on the card, and nothing else."""
    wanted = planes(layout, reference)
    for name, side in card.sides.items():
        there = [(layer.letter, layer.plane) for layer in side.layers if layer.lines]
        whole = all(layer.whole for layer in side.layers if layer.lines)
        if there != list(wanted.get(name, {}).items()) or not whole:
            return False
    return True


def whose(layer: Layer) -> str | None:
    """The reference whose plane this is; None when it is nobody's (a broken or mixed one)."""
    found = _known.get(layer.plane)
    return found[0] if found else None


def references_on(card: Card) -> set[str | None]:
    """Whose data lies on a card, None among them for what is nobody's. Test prints are not looked at."""
    return {whose(layer) for side in card.sides.values() for layer in side.layers if layer.lines}
