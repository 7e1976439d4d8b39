"""One card's bytes on their way: small chunks, a true count, and an eye on the device meanwhile.

A busy printer NAKs; that is normal, and the stream is resumed from the acknowledged byte, never
repeated. A loss leaves the last chunk in doubt (usb-printer-class.md, "host behaviour").
"""

from __future__ import annotations

from dataclasses import replace

from drivers.contract import (
    Clock,
    Condition,
    DeviceGone,
    FeedBroken,
    NotUnderstood,
    TransferTimeout,
    TransportError,
)
from drivers.magicard.ports import read_port
from drivers.memory import FeedMemory, Seen
from drivers.models import Model
from drivers.transports.port import Port


class CardStream:
    """Sends one staged card. `memory` knows at every moment what was acknowledged."""

    def __init__(self, port: Port, model: Model, clock: Clock, memory: FeedMemory) -> None:
        self._port = port
        self._model = model
        self._clock = clock
        self._memory = memory
        self._end = clock.monotonic() + model.send_s
        self._next_look = clock.monotonic()
        self._moving = True

    def run(self, payload: tuple[bytes, ...]) -> None:
        """Send every part; returns when the last byte is acknowledged, else raises as `Driver.feed`."""
        for part in payload:
            start = 0
            while start < len(part):
                start += self._step(part[start : start + self._model.chunk_bytes])
        self._memory.finish()

    def _step(self, chunk: bytes) -> int:
        """One look if due, one write; how much of the chunk was taken."""
        if self._clock.monotonic() >= self._next_look:
            self._look()
        now = self._clock.monotonic()
        if now >= self._end:
            raise FeedBroken(f"the card was not taken within {self._model.send_s:g} s")
        patience = min(self._next_look, self._end) - now
        try:
            taken = self._port.write(chunk, max(patience, 0.001))
        except TransferTimeout as late:
            taken = late.accepted
        except DeviceGone:
            self._memory.doubt(len(chunk))
            raise
        except TransportError as lost:
            self._memory.doubt(len(chunk))
            raise FeedBroken(f"the card's bytes were lost: {lost}") from lost
        self._memory.acknowledge(taken)
        self._moving = taken > 0
        return taken

    def _look(self) -> None:
        """Port status by control request alone: a query would end up in a plane (§4)."""
        self._next_look = self._clock.monotonic() + self._model.status_interval_s
        try:
            status = read_port(self._port.port_status())
        except (TransferTimeout, NotUnderstood):
            return  # one lost look; the deadline of the whole stream still holds
        except DeviceGone:
            raise
        except TransportError as lost:
            raise FeedBroken(f"the printer's status cannot be read: {lost}") from lost
        # Ready with a reason is idle with an empty hopper: an end only if it takes nothing either, since
        # drawing the last card may empty the hopper, and a hand-fed card needs none.
        idle = status.condition is Condition.READY and status.reasons and not self._moving
        if status.condition is Condition.STOPPED or idle:
            status = replace(status, condition=Condition.STOPPED)
            self._memory.look(Seen(status, named=False))
            raise FeedBroken(f"the printer stopped taking the card: {status.raw}")
