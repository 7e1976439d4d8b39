"""The only place that reads time. A clock is handed to whoever needs one.

`speed` scales waits to a simulator that runs faster than life; wall time is never scaled, since a card
must be findable by printer and hour.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Signal(Protocol):
    """A flag that one thread raises and another waits for."""

    def set(self) -> None: ...

    def clear(self) -> None: ...

    def is_set(self) -> bool: ...


class Clock(Protocol):
    """Time as the station sees it."""

    def now(self) -> datetime:
        """Wall time, UTC, aware. May be wrong and may jump: never used to decide a card's fate."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, scaled by the clock's speed."""

    def sleep(self, seconds: float) -> None:
        """Wait that many (scaled) seconds."""

    def signal(self) -> Signal:
        """A new flag for `wait`."""

    def wait(self, signal: Signal, seconds: float) -> bool:
        """Wait until the flag is up or that many (scaled) seconds passed; True if it is up."""


class SystemClock:
    """The computer's clock. With speed 10, ten of the printer's seconds pass in one of ours."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._start = time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return (time.monotonic() - self._start) * self._speed

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / self._speed)

    def signal(self) -> Signal:
        return threading.Event()

    def wait(self, signal: Signal, seconds: float) -> bool:
        assert isinstance(signal, threading.Event)
        return signal.wait(max(0.0, seconds) / self._speed)


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds and a Z, the form in which the store keeps every time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
