"""Cut points: every gate of the store and every transport call, and what may be cut there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Cut(StrEnum):
    """What ends at a cut point."""

    STATION = "station"
    BOTH = "station+power"
    POWER = "power"
    CABLE = "cable"

    @property
    def kills_station(self) -> bool:
        """Whether the station's process dies."""
        return self in (Cut.STATION, Cut.BOTH)


@dataclass(frozen=True)
class Planned:
    """One cut: at which point (counted from the start of the history), and what it ends."""

    at: int
    cut: Cut


class Points:
    """Counts the cut points of a history and says when a planned cut is due."""

    def __init__(self, plan: list[Planned], carry_out: Callable[[Cut, str | None], None]) -> None:
        self.count = 0
        self.armed = True
        self._plan = sorted(plan, key=lambda planned: planned.at)
        self._carry_out = carry_out

    def reach(self, printer: str | None) -> None:
        """One more point; `printer` is whose cable is in use, None at the store's gates."""
        self.count += 1
        while self.armed and self._plan and self._plan[0].at <= self.count:
            self._carry_out(self._plan.pop(0).cut, printer)
