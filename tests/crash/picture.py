"""Whose data lies on a card: planes of the world compared with what was to be printed.

What was to be printed is told plane by plane, as bytes, made once for each reference and each shape of card
(family, size, sides). That these bytes decode to the reference's QR code is a test of its own (`test_simulation.py`).
"""

from __future__ import annotations

import functools

from simulator.devicefile import load_device
from simulator.jobs import test_card
from simulator.world import Card, Layer
from tests.crash import house
from tests.crash.families import FAMILIES, Planes, staged
from tests.crash.world import KINDS

#: plane bytes -> (reference, side, letter); filled by `planes`.
_known: dict[bytes, tuple[str, str, str]] = {}


@functools.cache
def alike(kind: str) -> str:
    """The first kind whose cards look the same."""
    row, model = KINDS[kind], house.tiny_model(kind)
    for other, there in KINDS.items():
        drawn = house.tiny_model(other)
        if (there.family, house.size_of(drawn), drawn.sides) == (
            row.family,
            house.size_of(model),
            model.sides,
        ):
            return other
    raise AssertionError(kind)


def planes(kind: str, layout: str, reference: str) -> Planes:
    """{side: {letter: plane}} of a card as it should be."""
    return _planes(alike(kind), layout, reference)


@functools.lru_cache(maxsize=2048)
def _planes(kind: str, layout: str, reference: str) -> Planes:
    model, row = house.tiny_model(kind), KINDS[kind]
    faces = house.drawn(layout, reference, house.photo(reference), house.size_of(model))
    sides = FAMILIES[row.family].planes(load_device(row.device), staged(model, faces))
    for side, letters in sides.items():
        for letter, plane in letters.items():
            _known[plane] = (reference, side, letter)
    return sides


def is_good(card: Card, kind: str, layout: str, reference: str) -> bool:
    """All panels of all sides of this reference lie on the card, and nothing else."""
    wanted = planes(kind, layout, reference)
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


@functools.cache
def _stripes(device: str) -> bytes:
    return test_card(load_device(device)).pages[0].planes["K"]


def references_on(card: Card) -> set[str | None]:
    """Whose data lies on a card, None among them for what is nobody's. Test prints are not looked at."""
    layers = [layer for side in card.sides.values() for layer in side.layers if layer.lines]
    return {whose(layer) for layer in layers if layer.plane != _stripes(layer.device)}
