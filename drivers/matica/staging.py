"""A card's faces to the commands that print it, in the order of the sheet's "Sequences".

A staged payload is a flat row of pairs: a command block, and the image data that goes with it (or none).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drivers.contract import Face, Staged
from drivers.matica import wire
from drivers.matica.packing import panels
from drivers.matica.wire import Place
from drivers.models import Model

Pair = tuple[bytes, bytes]


def stage_card(model: Model, faces: Sequence[Face]) -> Staged:
    """Pure and repeatable: the same faces give the same bytes.

    Refuses (ValueError) a number of faces or a size that the model does not print. A side that bears
    nothing is neither printed nor transferred; an empty back is not even turned up.
    """
    if not 1 <= len(faces) <= model.sides:
        raise ValueError(f"{model.name} prints 1 to {model.sides} sides, not {len(faces)}")
    sides = [_panels(model, face) for face in faces]
    orders: list[Pair] = [(wire.load(), b"")]
    on_film = False
    for number, planes in enumerate(sides):
        if number and planes:
            turn = wire.transfer_flip() if on_film else wire.move(Place.PRINT, flip=True)
            orders.append((turn, b""))
            on_film = False
        if planes:
            buffer = model.matica.back_buffer if number else 0
            orders += _printed(planes, buffer)
            on_film = True
    orders.append((wire.transfer_eject() if on_film else wire.move(Place.EJECT), b""))
    return Staged(tuple(part for pair in orders for part in pair), sides=len(faces))


def pairs(staged: Staged) -> Iterator[Pair]:
    """The commands of a staged card with their data."""
    return zip(staged.payload[::2], staged.payload[1::2], strict=True)


def _panels(model: Model, face: Face) -> dict[str, bytes]:
    size = (model.width_px, model.height_px)
    if face.rgb.size != size:
        raise ValueError(f"{model.name} prints {size} dots, not {face.rgb.size}")
    found = panels(face, model.matica.turn)
    if missing := set(found) - set(model.panels):
        raise ValueError(f"{model.name} has no panel for {', '.join(sorted(missing))}")
    return found


def _printed(planes: dict[str, bytes], buffer: int) -> Iterator[Pair]:
    for letter, plane in planes.items():
        yield wire.panel(letter, buffer, len(plane)), plane
    yield wire.print_panels("".join(planes), buffer), b""
