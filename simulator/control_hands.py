"""What the control API and its page may do to an office: each look and each act is a method."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from simulator.heartbeat import Heartbeat
from simulator.office import Office
from simulator.simclock import SimClock

# Card numbers begin anew in a world that was not kept: another run's pictures are never these.
_RUN = secrets.token_hex(4)


@dataclass(frozen=True)
class Hands:
    """The office with its time: each look and each act first lets happen what is due."""

    office: Office
    clock: SimClock
    heartbeat: Heartbeat
    cable: str

    def printer(self, name: str) -> dict[str, Any]:
        shown = self.office.printer_json(name)
        printer = self.office.printers[name]
        return {**shown, "uri": printer.uri or f"{self.cable}/{printer.busid}"}

    def printers(self) -> list[dict[str, Any]]:
        self.heartbeat.beat()
        return [self.printer(name) for name in self.office.printers]

    def world(self) -> dict[str, Any]:
        self.heartbeat.beat()
        return self.office.world_json()

    def look(self, card: str, side: str) -> str:
        """An ETag that changes whenever the side looks different; of this process only."""
        found = self.office.world.cards.get(card)
        layers = found.sides[side].layers if found is not None else []
        return '"' + "-".join((_RUN, card, side, *(f"{x.letter}{x.lines}" for x in layers))) + '"'

    def load(self, name: str, cards: int) -> dict[str, Any]:
        self.heartbeat.beat()
        self.office.load(name, cards, self.clock.now())
        self.heartbeat.beat()
        return self.printer(name)

    def act(self, name: str, act: str, card: str | None) -> dict[str, Any]:
        self.heartbeat.beat()
        self.office.act(name, act, card, self.clock.now())
        self.heartbeat.beat()
        return self.printer(name)

    def arm(self, name: str, fault: dict[str, Any]) -> dict[str, str]:
        self.heartbeat.beat()
        armed = self.office.arm(name, fault)
        self.heartbeat.beat()
        return {"id": armed}

    def disarm(self, name: str, fault: str | None) -> list[dict[str, Any]]:
        self.office.disarm(name, fault)
        self.heartbeat.beat()
        return self.office.armed(name)

    def pace(self, speed: float) -> dict[str, float]:
        self.heartbeat.beat()
        self.clock.set_speed(speed)
        self.heartbeat.beat()
        return self.time()

    def time(self) -> dict[str, float]:
        return {"speed": self.clock.speed, "now": self.clock.now()}
