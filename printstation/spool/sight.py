"""What a worker last saw of its device, for a technician: values that anybody may read, replaced whole."""

from __future__ import annotations

from dataclasses import dataclass

from drivers import Identity, Status


@dataclass
class Sight:
    """`at` is when `status` was seen; None while the device is not held."""

    identity: Identity | None = None
    status: Status | None = None
    at: str | None = None

    def saw(self, status: Status, at: str) -> None:
        """One look."""
        self.status, self.at = status, at

    def lost(self) -> None:
        """The device is gone; who it was stays known."""
        self.status = self.at = None
