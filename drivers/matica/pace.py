"""How often a moving printer is looked at: by what each of its movements took the last time.

One look is three transfers, and one after a pause takes 0.4 ms of this machine's time: every 100 ms (sheet) they
came to 50 ms a side, twice the packing of its picture at 600 dpi.
"""

from __future__ import annotations

from drivers.models import Model


class Pace:
    """The times of one unit's movements, by their action; kept from card to card."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._last: dict[int, float] = {}

    def interval(self, movement: int, spent: float) -> float:
        """Until the next look. A movement that was never seen is looked at closely all the time."""
        return self._model.next_look_s(self._last.get(movement, 0.0), spent)

    def ended(self, movement: int, spent: float) -> None:
        """A movement took so long."""
        self._last[movement] = spent
