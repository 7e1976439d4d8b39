"""The simulator's clock: seconds that run `speed` times as fast as real ones.

It holds no timer and never waits; whoever wants to wait asks `real_delay` and sleeps by itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

# Above this a panel of 2 s lasts 20 µs, less than one transfer over the cable: nothing is gained.
MAX_SPEED = 100_000.0


class SpeedError(ValueError):
    """A speed that is no speed; the message says what is taken."""


class SimClock:
    """Simulated seconds since this process began. A new speed never makes the time jump."""

    def __init__(self, speed: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._speed = _checked(speed)
        self._base_real = monotonic()
        self._base_sim = 0.0

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        return self._base_sim + (self._monotonic() - self._base_real) * self._speed

    def set_speed(self, speed: float) -> None:
        """Go on from the present moment at another pace. Refuses 0, negatives and infinities."""
        speed = _checked(speed)
        real = self._monotonic()
        self._base_sim += (real - self._base_real) * self._speed
        self._base_real = real
        self._speed = speed

    def real_delay(self, due: float) -> float:
        """Real seconds until the simulated moment `due`, 0 when it has passed."""
        return max(0.0, (due - self.now()) / self._speed)


def _checked(speed: float) -> float:
    if not math.isfinite(speed) or not 0 < speed <= MAX_SPEED:
        raise SpeedError(
            f"speed {speed:g} cannot be taken: give more than 0, at most {MAX_SPEED:g}"
        )
    return float(speed)
