"""The seam between a simulated USB printer and whoever plugs a cable into it.

Devices are synchronous state machines on a clock that is given to every call; they never wait, sleep or
open a socket. The USB/IP server (`usbip/server.py`) and the tests' in-memory cable are the only two callers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Stalled(Exception):
    """The device refuses this transfer (USB STALL)."""


class Unplugged(Exception):
    """There is no cable, or the device has no power: nothing answers."""


class NoReply(Exception):
    """A control transfer that the device leaves unanswered (fault `no-reply`): the host times out."""


@dataclass(frozen=True)
class Setup:
    """The eight bytes of a control transfer."""

    request_type: int
    request: int
    value: int
    index: int
    length: int


class UsbDevice(Protocol):
    """One plugged or unplugged USB device. `now` is seconds on the simulator's clock (already scaled)."""

    busid: str
    vendor_id: int
    product_id: int
    # Grows whenever a host's session ends (unplug, power, restart): a device that is gone and back
    # between two looks is another one to its host.
    connection: int

    @property
    def plugged(self) -> bool:
        """Whether a host can see it: cable in and power on."""

    def device_descriptor(self) -> bytes:
        """The 18 bytes."""

    def configuration_descriptor(self) -> bytes:
        """Configuration, interface and endpoint descriptors in one block."""

    def control(self, setup: Setup, data: bytes, now: float) -> bytes:
        """Answer a control transfer, standard requests included. Raises Stalled, Unplugged, NoReply."""

    def bulk_out(self, endpoint: int, data: bytes, now: float) -> int | None:
        """Take bytes. Returns how many were taken (may be short), None for NAK (host must try again)."""

    def bulk_in(self, endpoint: int, size: int, now: float) -> bytes | None:
        """Give up to `size` bytes, None for NAK (nothing to say yet)."""

    def next_due(self, now: float) -> float | None:
        """When the device next changes by itself, or None. A parked transfer is tried again then."""

    def advance(self, now: float) -> None:
        """Let physics happen up to `now`."""
