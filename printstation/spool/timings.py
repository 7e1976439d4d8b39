"""How long things took, counted in fixed buckets: a few additions a card, and nothing that grows.

Seconds are real ones, also on a simulator that runs faster. Whoever wants to show them reads `Histogram.read`.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

#: An office that never stops: 5 ms are what a station takes between two cards, half a minute is a slow person.
GAP_BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: A side takes 20 ms where it is measured; a second is a machine in trouble.
RENDER_BOUNDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
#: From the first byte to the card in the tray: 20 to 60 s by the sheets, 180 s is the longest `print_s`.
CARD_BOUNDS = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 90.0, 120.0, 180.0, 300.0)
#: An SSD syncs in 0.2 to 5 ms, a disk in 20; 5 s is how long a writer waits for another.
COMMIT_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Histogram:
    """Counts of what was observed, by upper bound; safe to use from several threads."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self._lock = threading.Lock()
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one. A clock that ran backwards counts as nothing."""
        seconds = max(0.0, seconds)
        with self._lock:
            self._counts[bisect_left(self.bounds, seconds)] += 1
            self._sum += seconds

    def read(self) -> tuple[tuple[int, ...], float]:
        """Counts of each bucket (the last has no bound) and the sum of all seconds."""
        with self._lock:
            return tuple(self._counts), self._sum


def _no_time() -> float:
    return 0.0


@dataclass
class Timings:
    """One printer's: the gap between a card's end and the next one's first byte, feed to out, drawing."""

    now: Callable[[], float] = _no_time
    gap: Histogram = field(default_factory=lambda: Histogram(GAP_BOUNDS))
    card: Histogram = field(default_factory=lambda: Histogram(CARD_BOUNDS))
    render: Histogram = field(default_factory=lambda: Histogram(RENDER_BOUNDS))
    _fed_at: float | None = None
    _out_at: float | None = None

    def fed(self) -> None:
        """The first byte goes out now."""
        self._fed_at = self.now()
        if self._out_at is not None:
            self.gap.observe(self._fed_at - self._out_at)
        self._out_at = None

    def out(self) -> None:
        """The card is out and proved."""
        self._out_at = self.now()
        if self._fed_at is not None:
            self.card.observe(self._out_at - self._fed_at)
        self._fed_at = None

    def idle(self) -> None:
        """Nothing to print, or something forbids it: what follows is no gap between two cards."""
        self._out_at = self._fed_at = None

    def drawing(self, draw: Callable[[], T]) -> T:
        """What `draw` returns; how long it took is counted."""
        start = self.now()
        result = draw()
        self.render.observe(self.now() - start)
        return result


class CommitTimer:
    """A gate of the store that lets everything through and counts how long commits take (fsync included)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._begun = threading.local()
        self.seconds = Histogram(COMMIT_BOUNDS)

    def __call__(self, what: str) -> None:
        """Called by the store before a commit and after it, in the thread that commits."""
        if what == "commit":
            self._begun.at = self._now()
        elif what == "committed":
            self.seconds.observe(self._now() - self._begun.at)
