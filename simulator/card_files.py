"""The cards of a decoded stream as files: a picture a side, and what the printer was told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simulator import planes
from simulator.devicefile import Geometry
from simulator.world import Layer

#: Exit code of `printstation-sim decode` for bytes that are no whole job.
DAMAGED = 2


@dataclass(frozen=True)
class Shown:
    """One side: its layers, the words and the sizes of planes that came for it; `more` as the language has it."""

    side: str
    layers: Sequence[Layer]
    tokens: Sequence[str]
    sizes: Mapping[str, int]
    more: Mapping[str, int] = field(default_factory=dict)


class CardFiles:
    """Writes `card-N-front.png`, `card-N-back.png` and `card-N.json` into a folder, N from 1."""

    def __init__(self, geometry: Geometry, out: Path) -> None:
        self._geometry = geometry
        self._out = out
        self._number = 0

    def write(self, sides: Sequence[Shown]) -> None:
        """The next card."""
        self._number += 1
        text = json.dumps({"sides": [self._side(side) for side in sides]}, indent=2) + "\n"
        (self._out / f"card-{self._number}.json").write_text(text, encoding="utf-8")

    def _side(self, side: Shown) -> dict[str, object]:
        picture = planes.compose(side.layers, self._geometry, side.side)
        picture.save(self._out / f"card-{self._number}-{side.side}.png", compress_level=1)
        resin = [layer.plane for layer in side.layers if layer.letter == planes.RESIN]
        return {
            "side": side.side,
            "tokens": list(side.tokens),
            "planes": dict(side.sizes),
            "black_dots": sum(planes.black_dots(plane, self._geometry) for plane in resin),
            **side.more,
        }
