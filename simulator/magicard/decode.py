"""`printstation-sim decode` of a Magicard job file: its planes become card pictures.

`SZx` decides which planes there are, not IMF. Cards that are complete before a damage are written.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from simulator import planes
from simulator.card_files import DAMAGED, CardFiles, Shown
from simulator.devicefile import DeviceSpec
from simulator.magicard.language import Damage, PageEnd, PageStart, Parser, PlaneEnd
from simulator.world import Layer


@dataclass(eq=False)
class _Side:
    start: PageStart
    side: str
    layers: list[Layer] = field(default_factory=list)


def decode(spec: DeviceSpec, data: bytes, out: Path) -> int:
    """Write the cards of `data` into `out`; 0, or 2 after a damage with all complete cards before it written."""
    reader = _Reader(spec, out)
    for event in reader.parser.feed(data):
        damage = reader.take(event)
        if damage is not None:
            return _complain(damage)
    damage = reader.end()
    return _complain(damage) if damage is not None else 0


def _complain(damage: Damage) -> int:
    print(f"offset {damage.offset}: {damage.message}", file=sys.stderr)
    return DAMAGED


class _Reader:
    def __init__(self, spec: DeviceSpec, out: Path) -> None:
        self.parser = Parser()
        self._spec = spec
        self._files = CardFiles(spec.geometry, out)
        self._sides: list[_Side] = []

    def take(self, event: object) -> Damage | None:
        if isinstance(event, Damage):
            return event
        if isinstance(event, PageStart):
            return self._open(event)
        if isinstance(event, PlaneEnd):
            self._sides[-1].layers.append(self._layer(event))
        if isinstance(event, PageEnd):
            self._close()
        return None

    def _layer(self, event: PlaneEnd) -> Layer:
        start = self._sides[-1].start
        lines = len(event.data) // planes.line_bytes(event.letter, self._spec.geometry)
        origin = (start.number("XCO", 0), start.number("YCO", 0))
        return Layer(event.letter, event.data, lines, self._spec.name, origin, lines)

    def end(self) -> Damage | None:
        """What a stream that ends here lacks."""
        if self.parser.want:
            return Damage(f"the stream ends inside {self.parser.want}", self.parser.offset)
        if self._sides:
            return Damage("the stream ends before the second side of a card", self.parser.offset)
        return None

    def _open(self, start: PageStart) -> Damage | None:
        geometry = self._spec.geometry
        lines = start.number("WID", geometry.lines)
        for letter, size in start.sizes:
            wanted = lines * planes.line_bytes(letter, geometry)
            if size != wanted:
                message = f"SZ{letter}{size} where {lines} lines of {self._spec.name} need {wanted}"
                return Damage(message, start.offset)
        side = "back" if start.value("PAG") == "2" else "front"
        if self._sides and side == "front":
            return Damage("a new card where the second side should come", start.offset)
        self._sides.append(_Side(start, side))
        return None

    def _close(self) -> None:
        first = self._sides[0].start
        if len(self._sides) < 2 and first.value("DPX") == "ON" and self._sides[0].side == "front":
            return
        sides, self._sides = self._sides, []
        if first.number("NOC", 1) == 0:
            return  # encoded only: no print
        self._files.write(
            [Shown(s.side, s.layers, s.start.tokens, dict(s.start.sizes)) for s in sides]
        )
