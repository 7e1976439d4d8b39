"""A card's faces to the messages that print it: turn, separate, code, and put the sequence around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL.Image import Transpose

from drivers.contract import Face, Staged
from drivers.evolis import coding, wire
from drivers.models import Model
from drivers.panels import Dots, resin_of, separate, turned

# Turns in Pillow's words, which count counter-clockwise.
_TURN = {"left": Transpose.ROTATE_90, "right": Transpose.ROTATE_270}
_DYES = ("Y", "M", "C")


def stage_card(model: Model, faces: Sequence[Face]) -> Staged:
    """One message a part, in sending order (§5): set-up, start, panels, turn over, panels, end.

    Pure and repeatable: the same faces give the same bytes. Refuses (ValueError) a number of faces or
    a size that the model does not print.
    """
    facts = model.evolis
    if not 1 <= len(faces) <= model.sides:
        raise ValueError(f"{model.name} prints 1 to {model.sides} sides, not {len(faces)}")
    parts = [wire.command(text.format(ribbon=facts.ribbon)) for text in facts.setup]
    parts += [wire.command(text) for text in facts.start]
    parts += _panels(model, faces[0], model.panels, facts.turn_front)
    for face in faces[1:]:
        parts += [wire.command(text) for text in facts.flip]
        parts += _panels(model, face, facts.back_panels, facts.turn_back)
    parts += [wire.command(text) for text in facts.end]
    return Staged(tuple(parts), sides=len(faces))


def _panels(model: Model, face: Face, panels: Sequence[str], turn: str) -> list[bytes]:
    """The downloads of one side, one panel each, in the order of the ribbon."""
    size = (model.width_px, model.height_px)
    if face.rgb.size != size or face.resin.size != size:
        raise ValueError(f"{model.name} prints {size} dots, not {face.rgb.size}")
    dots = _separated(face, panels, turn)
    return [_download(model, panel, dots[panel]) for panel in panels]


def _separated(face: Face, panels: Sequence[str], turn: str) -> dict[str, Dots]:
    """Dye levels 0-63 and resin 0 or 255, by panel. O is varnish over the whole side."""
    found: dict[str, Dots] = {}
    if any(panel in _DYES for panel in panels):
        seen = separate(face, "K" in panels, turn)
        found = {"Y": seen.yellow, "M": seen.magenta, "C": seen.cyan}
        if seen.black is not None:
            found["K"] = seen.black
    elif "K" in panels:
        found["K"] = _monochrome(face, turn)
    if "O" in panels:
        # Width along the card is the number of lines.
        found["O"] = np.full(face.rgb.size, 255, np.uint8)
    return found


def _monochrome(face: Face, turn: str) -> Dots:
    """A side that has resin only: text as it is, pictures as dots of black (Floyd and Steinberg's)."""
    mask = turned(resin_of(face), turn)
    # Turned before: the pattern runs along the lines.
    grey = face.rgb.convert("L").transpose(_TURN[turn])
    white: Dots = np.asarray(grey.convert("1", dither=Image.Dither.FLOYDSTEINBERG).convert("L"))
    return ~white | mask


def _download(model: Model, panel: str, dots: Dots) -> bytes:
    compressed = panel in model.evolis.compressed
    if panel in _DYES:
        steps = model.evolis.levels
        levels = coding.scaled(dots, steps)
        data = coding.runs(levels, steps) if compressed else coding.dense(levels, steps)
    else:
        steps = 2
        data = coding.lines(dots) if compressed else coding.bitmap(dots)
    return wire.download(panel.lower(), steps, data, compressed)
