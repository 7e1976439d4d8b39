"""Rounds, medians and ratios: two things measured in turn, so that a noisy machine hits both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table. `ratio` is the median of the rounds' ratios to the peer; `holds` is None where
    this machine cannot measure it."""

    what: str
    ours: str
    peer: str
    ratio: float | None
    limit: str
    holds: bool | None


def cpu_ms(act: Callable[[], object]) -> float:
    """CPU milliseconds of this process for one call."""
    start = time.process_time()
    act()
    return (time.process_time() - start) * 1000


def wall_ms(act: Callable[[], object]) -> float:
    """Wall milliseconds of one call."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def paired(
    rounds: int,
    ours: Callable[[], float],
    peer: Callable[[], float],
) -> tuple[float, float, float]:
    """Medians of ours, of the peer, and of the ratio round by round, measured A B A B …"""
    pairs = [(ours(), peer()) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def spread(values: Sequence[float]) -> str:
    """Median with the range, for a figure that has no peer."""
    return f"{statistics.median(values):.2f} ms ({min(values):.2f}..{max(values):.2f})"
