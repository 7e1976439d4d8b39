"""A movement under way, and the count of what was moved."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.faults import Armed
from simulator.jobs import Page
from simulator.world import Layer


@dataclass(eq=False)
class Phase:
    """A movement under way. `fault` strikes at `strike_at`; `extra` cards are drawn beside the first."""

    name: str
    start: float
    end: float
    page: Page | None = None
    layer: Layer | None = None
    fault: Armed | None = None
    strike_at: float = 0.0
    extra: int = 0

    @property
    def due(self) -> float:
        """When something happens next."""
        return self.strike_at if self.fault is not None else self.end

    def sync(self, now: float) -> None:
        """Let the plane under the head be printed as far as time has got."""
        if self.layer is not None:
            share = (now - self.start) / (self.end - self.start)
            self.layer.lines = min(self.layer.total, int(self.layer.total * share))


@dataclass
class Tally:
    """What was really moved; which of it the device tells, its file says."""

    picks: int = 0
    ejects: int = 0
    prints: int = 0
    cleanings: int = 0
