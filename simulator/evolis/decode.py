"""`printstation-sim decode` of an Evolis job: the bytes that went down its cable become card pictures.

Answers are not in such a recording: every command is taken as carried out. Cards that are complete before
a damage are written. Planes are named as the language does: y m c k o.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from simulator.card_files import DAMAGED, CardFiles, Shown
from simulator.devicefile import DeviceSpec
from simulator.evolis import panels as evolis_panels
from simulator.evolis.language import Command, Damage, Event, PanelEnd, Parser
from simulator.world import Layer


@dataclass(eq=False)
class _Side:
    side: str
    tokens: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    varnish_dots: int = 0


def decode(spec: DeviceSpec, data: bytes, out: Path) -> int:
    """As `simulator.decode.decode`: 0, or 2 after a damage, which is told on stderr."""
    reader = _Reader(spec, out)
    damage = next((found for e in reader.parser.feed(data) if (found := reader.take(e))), None)
    damage = damage or reader.end()
    if damage is None:
        return 0
    print(f"offset {damage.offset}: {damage.message}", file=sys.stderr)
    return DAMAGED


class _Reader:
    def __init__(self, spec: DeviceSpec, out: Path) -> None:
        self.parser = Parser(spec.geometry.lines, spec.geometry.dots)
        self._spec = spec
        self._files = CardFiles(spec.geometry, out)
        self._before: list[str] = []
        self._sides: list[_Side] = []

    def take(self, event: Event) -> Damage | None:
        """One event; what is wrong with it, if anything."""
        if isinstance(event, Damage):
            return event
        if isinstance(event, PanelEnd):
            return self._panel(event)
        if isinstance(event, Command):
            return self._command(event)
        return None

    def end(self) -> Damage | None:
        """What a stream that ends here lacks."""
        if self.parser.want:
            return Damage(f"the stream ends inside {self.parser.want}", self.parser.offset)
        if self._sides:
            return Damage("the stream ends before the Se of a card", self.parser.offset)
        return None

    def _command(self, event: Command) -> Damage | None:
        text, name = ";".join(event.words), event.words[0]
        if name == "Ss":
            if self._sides:
                return Damage("a new card before the Se of the one before", event.offset)
            self._sides = [_Side("front", self._before)]
            self._before = []
        elif name == "Sv" and self._sides:
            self._sides.append(_Side("back"))
        if not self._sides:
            self._before.append(text)
            return None
        self._sides[-1].tokens.append(text)
        if name == "Se":
            self._close()
        return None

    def _panel(self, event: PanelEnd) -> Damage | None:
        if not self._sides:
            return Damage(f"panel {event.panel} outside a card", event.offset)
        side, geometry = self._sides[-1], self._spec.geometry
        kind = "Dbc" if event.compressed else "Db"
        side.tokens.append(f"{kind};{event.panel};{event.levels}")
        side.sizes[event.panel] = len(event.data)
        try:
            dots = evolis_panels.levels(
                event.panel, event.levels, event.compressed, event.data, geometry
            )
        except evolis_panels.BadPanel as bad:
            return Damage(f"panel {event.panel}: {bad}", event.offset)
        if event.panel == evolis_panels.OVERLAY:
            side.varnish_dots = int(np.count_nonzero(dots))
            return None
        letter = evolis_panels.PLANES[event.panel]
        plane = evolis_panels.plane(dots, event.levels)
        lines = geometry.lines
        side.layers.append(Layer(letter, plane, lines, self._spec.name, (0, 0), lines))
        return None

    def _close(self) -> None:
        sides, self._sides = self._sides, []
        self._files.write(
            [
                Shown(s.side, s.layers, s.tokens, s.sizes, {"varnish_dots": s.varnish_dots})
                for s in sides
            ]
        )
