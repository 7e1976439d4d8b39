"""Time enters the devices here, host or no host: the one timer of the simulator.

A beat lets every device catch up with the clock, has the world saved, then tells the followers (the
cables), which try their parked transfers again. It knows neither languages nor sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from simulator.device import UsbDevice
from simulator.simclock import SimClock

# A device that is always due must not starve the cable and the control API; 2,000 beats a second do not.
MIN_DELAY_S = 0.0005


class Heartbeat:
    """Wakes when the first device is due. All calls belong to the loop's thread."""

    def __init__(
        self, devices: Sequence[UsbDevice], clock: SimClock, save: Callable[[], None]
    ) -> None:
        self.clock = clock
        # To be called before any byte tells a host what has happened: a killed simulator must not
        # have shown more than it remembers.
        self.save = save
        self._devices = devices
        self._followers: list[Callable[[float], None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due = float("inf")

    def follow(self, follower: Callable[[float], None]) -> None:
        """Have `follower(now)` called in each beat, after the devices moved and the world was saved."""
        self._followers.append(follower)

    def beat(self) -> None:
        """Let everything happen that is due. To be called after every act from outside, too."""
        now = self.clock.now()
        for device in self._devices:
            device.advance(now)
        self.save()
        for follower in self._followers:
            follower(now)
        self.stop()
        for device in self._devices:
            self.expect(device.next_due(now))

    def expect(self, due: float | None) -> None:
        """Make sure that a beat comes at the simulated moment `due`."""
        if due is None or due >= self._due:
            return
        if self._timer is not None:
            self._timer.cancel()
        delay = max(MIN_DELAY_S, self.clock.real_delay(due))
        self._timer = asyncio.get_running_loop().call_later(delay, self.beat)
        self._due = due

    def stop(self) -> None:
        """No further beat by itself."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._due = float("inf")
