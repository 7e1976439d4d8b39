"""A card's faces to the one document that prints it."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image
from PIL.Image import Transpose

from drivers.contract import Face, Staged
from drivers.ipp.raster import Paper, document
from drivers.models import Model

# In Pillow's words, which count counter-clockwise.
_TURN = {"left": Transpose.ROTATE_90, "right": Transpose.ROTATE_270}


def stage_card(model: Model, faces: Sequence[Face]) -> Staged:
    """One document, a page a side, front first: never two jobs for two sides (ipp.md §8).

    Pure and repeatable. Refuses (ValueError) a number of faces or a size that the model does not print.
    """
    if not 1 <= len(faces) <= model.sides:
        raise ValueError(f"{model.name} prints 1 to {model.sides} sides, not {len(faces)}")
    facts = model.ipp
    turns = (facts.turn_front, facts.turn_back)
    pages = [_page(model, face, turn) for face, turn in zip(faces, turns, strict=False)]
    paper = Paper(
        facts.format, facts.version, facts.colour_space, facts.page_name, model.dpi, len(faces)
    )
    return Staged((document(paper, pages),), sides=len(faces))


def _page(model: Model, face: Face, turn: str) -> Image.Image:
    """Resin is drawn as pure black, which a vendor's filter takes for its K panel (inferred)."""
    size = (model.width_px, model.height_px)
    if face.rgb.size != size:
        raise ValueError(f"{model.name} prints {size} dots, not {face.rgb.size}")
    if face.rgb.mode != "RGB" or face.resin.mode != "L" or face.resin.size != size:
        raise ValueError(f"a face is RGB and L of one size, not {face.rgb.mode} {face.resin.mode}")
    picture = face.rgb.copy()
    # Through a mask of bits Pillow sets dots, 2 ms; through one of greys it blends them, 6 ms.
    picture.paste((0, 0, 0), mask=face.resin.convert("1", dither=Image.Dither.NONE))
    return picture.transpose(_TURN[turn]) if turn in _TURN else picture


def page_size(model: Model) -> tuple[int, int]:
    """The page as the queue has it: width and height in dots."""
    turned = model.ipp.turn_front in _TURN
    size = (model.width_px, model.height_px)
    return (size[1], size[0]) if turned else size
