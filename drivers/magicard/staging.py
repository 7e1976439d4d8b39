"""A card's faces to the bytes that print it: turn, separate, pack, and put the headers before them."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.contract import Face, Staged
from drivers.magicard import wire
from drivers.magicard.packing import Head, colour_plane, resin_plane
from drivers.models import Model
from drivers.panels import Panels, separate


def stage_card(model: Model, faces: Sequence[Face], *, by_hand: bool = False) -> Staged:
    """One page a face, front first: its header as a part of its own, then its planes.

    Pure and repeatable: the same faces give the same bytes. Refuses (ValueError) a number of faces or
    a size that the model does not print.
    """
    if not 1 <= len(faces) <= model.sides:
        raise ValueError(f"{model.name} prints 1 to {model.sides} sides, not {len(faces)}")
    parts: list[bytes] = []
    for side, face in enumerate(faces, start=1):
        planes = _planes(model, face, side)
        sizes = {letter: len(plane) for letter, plane in planes.items()}
        values = _header_values(model, side, len(faces), by_hand)
        parts.append(wire.page_header(model.magicard.header, values, sizes))
        parts.append(wire.page_body(planes))
    return Staged(tuple(parts), sides=len(faces))


def _planes(model: Model, face: Face, side: int) -> dict[str, bytes]:
    size = (model.width_px, model.height_px)
    if face.rgb.size != size:
        raise ValueError(f"{model.name} prints {size} dots, not {face.rgb.size}")
    facts = model.magicard
    turn = facts.turn_front if side == 1 else facts.turn_back
    head = Head(facts.packing, facts.head_dots, facts.first_dot)
    return _packed(separate(face, model.resin, turn), head)


def _packed(panels: Panels, head: Head) -> dict[str, bytes]:
    """Planes by their letter, in sending order: B prints yellow, G magenta, R cyan (§4)."""
    planes = {
        "B": colour_plane(panels.yellow, head),
        "G": colour_plane(panels.magenta, head),
        "R": colour_plane(panels.cyan, head),
    }
    if panels.black is not None:
        planes["K"] = resin_plane(panels.black, head)
    return planes


def _header_values(model: Model, side: int, sides: int, by_hand: bool) -> dict[str, str | None]:
    """§5 "two sides": page 1 DPXON, the back's panels, overcoat; page 2 DPXON without either."""
    both = sides == 2
    return {
        "side": str(side),
        "duplex": "ON" if both else "OFF",
        "hand": "ON" if by_hand else None,
        "back": model.magicard.back_panels if both and side == 1 else None,
        "overcoat": "ON" if side == 1 else "OFF",
        "width": str(model.width_px),
        "height": str(model.height_px),
    }
