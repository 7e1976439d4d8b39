"""What differs between families of printers in the simulation: cable, driver, ear, and how planes are told.

One row a family; a `Kind` of `world.py` names its row. Drivers are the production ones, but that they keep what
they staged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivers import Clock, Driver, Face, Model, Staged
from simulator.devicefile import DeviceSpec
from simulator.evolis import language as evolis
from simulator.evolis import panels as evolis_panels
from simulator.matica.commands import LETTERS as MATICA_LETTERS
from simulator.planes import line_bytes
from tests.crash import sensing
from tests.crash.cable import MemoryPort, StoragePort
from tests.crash.queue_ear import QueueEar
from tests.crash.queue_printer import QueuePort, QueuePrinter, staged_planes
from tests.crash.signs import EvolisEar, Listener, MagicardEar, MaticaEar
from tests.crash.world import SimPrinter

#: {side: {letter: plane}}, as the simulator's world has it.
Planes = dict[str, dict[str, bytes]]
Attach = Callable[[Any, Model, Clock, float, Callable[[], bool]], Driver]


@dataclass(frozen=True)
class Family:
    """`attach` is `drivers.attach`; `planes` reads a staged card as the device would."""

    cable: type[MemoryPort] | type[QueuePort]
    attach: Attach
    ear: Callable[[Sequence[str]], Listener]
    planes: Callable[[DeviceSpec, Staged], Planes]
    printer: type[SimPrinter] = SimPrinter


# ------------------------------------------------------------------------------- what a card should bear
def _magicard(spec: DeviceSpec, staged: Staged) -> Planes:
    sides: Planes = {}
    for side, body in zip(("front", "back"), staged.payload[1::2], strict=False):
        at = 0
        for letter in "BGRK":
            size = spec.geometry.lines * line_bytes(letter, spec.geometry)
            sides.setdefault(side, {})[letter] = body[at : at + size]
            at += size + 3
    return sides


def _evolis(spec: DeviceSpec, staged: Staged) -> Planes:
    sides: Planes = {"front": {}}
    side = "front"
    for event in _events(spec, staged):
        if isinstance(event, evolis.Command) and event.words[0] == "Sv":
            side = "back"
            sides[side] = {}
        if isinstance(event, evolis.PanelEnd) and event.panel != evolis_panels.OVERLAY:
            dots = evolis_panels.levels(
                event.panel, event.levels, event.compressed, event.data, spec.geometry
            )
            letter = evolis_panels.PLANES[event.panel]
            sides[side][letter] = evolis_panels.plane(dots, event.levels)
    return sides


def _events(spec: DeviceSpec, staged: Staged) -> Iterator[evolis.Event]:
    parser = evolis.Parser(spec.geometry.lines, spec.geometry.dots)
    for message in staged.payload:
        yield from parser.feed(message)


def _matica(spec: DeviceSpec, staged: Staged) -> Planes:
    sides: Planes = {}
    for block, data in zip(staged.payload[::2], staged.payload[1::2], strict=True):
        if block[0] == 0x2A:
            buffer, number = divmod(block[2], 8)
            sides.setdefault("back" if buffer else "front", {})[MATICA_LETTERS[number]] = data
    return sides


FAMILIES: Mapping[str, Family] = {
    "magicard": Family(MemoryPort, sensing.attach, MagicardEar, _magicard),
    "evolis": Family(MemoryPort, sensing.attach_evolis, EvolisEar, _evolis),
    "matica": Family(StoragePort, sensing.attach_matica, MaticaEar, _matica),
    "ipp": Family(QueuePort, sensing.attach_queue, QueueEar, staged_planes, QueuePrinter),
}


def staged(model: Model, faces: Sequence[Face]) -> Staged:
    """A card's faces in the model's own language, as many as it prints."""
    return sensing.STAGE[model.family](model, faces[: model.sides])
