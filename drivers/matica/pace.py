"""How often a moving printer is looked at: seldom, and often where the last movement of its kind ended.

One look is three transfers, about 0.2 ms of this machine's time; every 100 ms (sheet) they came to 50 ms a
side, twice the packing of its picture at 600 dpi.
"""

from __future__ import annotations

from drivers.models import Model

#: From this share of the last one's time on a movement's end is awaited closely.
NEAR = 0.9


class Pace:
    """The times of one unit's movements, by their action; kept from card to card."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._last: dict[int, float] = {}

    def interval(self, movement: int, spent: float) -> float:
        """Until the next look. A movement that was never seen is looked at closely all the time."""
        near = NEAR * self._last.get(movement, 0.0)
        closely = self._model.near_end_interval_s
        if spent >= near:
            return closely
        return min(self._model.status_interval_s, max(near - spent, closely))

    def ended(self, movement: int, spent: float) -> None:
        """A movement took so long."""
        self._last[movement] = spent
