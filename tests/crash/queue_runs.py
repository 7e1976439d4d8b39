"""One start of a queue's backend, and what its end makes of a job: ipp.md §5 and §6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tests.crash.world import Origin
from tests.unit.drivers.ipp.fake_queue import FakeJob

#: From a backend's start until the device has every byte; from there to the end of one that does not wait.
FILTER_S, HANDED_S = 0.3, 0.2
NEVER = float("inf")

PENDING, HELD, PROCESSING, CANCELED, ABORTED, COMPLETED = 3, 4, 5, 7, 8, 9
IDLE, STOPPED = 3, 5
#: What a backend says of an error of its device.
REASONS = {
    "not-drawn": "media-empty-error",
    "jam": "media-jam-error",
    "cover-open": "cover-open-error",
    "ribbon-end": "marker-supply-empty-error",
    "wrong-ribbon": "marker-supply-missing-error",
    "overheat": "fuser-over-temp-error",
}
#: What each exit code makes of a job under abort-job: its state, the reason beside it. 4 stops the queue, 6 and 7
#: run the job again (below). A signal (None) is *completed*.
ENDS: dict[int | None, tuple[int, str]] = {
    None: (COMPLETED, "processing-to-stop-point"),
    0: (COMPLETED, "processing-to-stop-point"),
    1: (ABORTED, "processing-to-stop-point"),
    2: (HELD, "cups-held-for-authentication"),
    3: (HELD, "job-hold-until-specified"),
    4: (PENDING, "printer-stopped"),
    5: (CANCELED, "processing-to-stop-point"),
    6: (HELD, "resources-are-not-ready"),
    7: (PROCESSING, "none"),
}


class Device(Protocol):
    """The printer behind the backend, as only its vendor's program knows it."""

    @property
    def powered(self) -> bool: ...

    @property
    def error(self) -> str | None: ...

    def deliver(self, document: bytes, origin: Origin) -> object: ...

    def holds(self, card: object) -> bool: ...

    def drop(self) -> None:
        """Its cancel, as far as it has one in this moment."""

    def let_go(self, card: object) -> None:
        """Whoever fed it this card is gone."""


@dataclass(frozen=True)
class Manner:
    """How a backend behaves. `term`: what an end of it does to a card that the device has. `code` at `after_s` of
    its run (None: a signal); `hangs` before or after the device has the card; `gone`: its code without a device.
    """

    term: str = "cancel"
    fails: bool = False
    code: int | None = 0
    after_s: float = 0.0
    hangs: str = ""
    gone: int = 1


WELL = Manner()


@dataclass(eq=False)
class Run:
    """One start of the backend. `orphan`: the cupsd that started it is dead."""

    job: FakeJob
    began: float
    manner: Manner
    document: bytes
    origin: Origin
    card: object | None = None
    handed_at: float = NEVER
    kill_at: float = NEVER
    orphan: bool = False
    told: str | None = None

    @property
    def due(self) -> float:
        """When it does something by itself."""
        handing = self.began + FILTER_S if self.card is None else self.handed_at
        failing = self.began + self.manner.after_s if self.manner.fails else NEVER
        hangs = self.manner.hangs == ("before" if self.card is None else "after")
        return min(self.kill_at, failing, NEVER if hangs else handing)
