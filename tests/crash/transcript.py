"""What went over each cable, so that a feed's facts can be told without the station's own notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.world import Origin


@dataclass
class Record:
    """What both ends know of one feed, in the opening of the cable in which it was sent."""

    opening: int
    acknowledged: int = 0
    busy_after: bool = False
    ready_after_busy: bool = False
    error: bool = False
    lost: bool = False
    cleared: bool = False


class Transcript:
    """One record a feed."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.feeds: dict[Origin, Record] = {}
        self._now = now
        self._opening: dict[str, int] = {}
        self._feeding: dict[str, Record] = {}

    def opened(self, printer: str) -> None:
        """The cable is opened anew."""
        self._opening[printer] = self._opening.get(printer, 0) + 1
        self._feeding.pop(printer, None)

    def begins(self, printer: str, origin: Origin) -> None:
        """The first header of a job is complete."""
        record = Record(self._opening.get(printer, 0))
        self.feeds[origin] = record
        self._feeding[printer] = record

    def seen(self, printer: str, what: str, data: bytes | int) -> None:
        """One transfer."""
        record = self._feeding.get(printer)
        if record is None:
            return
        if what == "out":
            assert isinstance(data, bytes)
            record.acknowledged += len(data)
            record.cleared = record.cleared or b"REQ,CAN" in data
        elif what == "reset":
            record.cleared = True
        elif what == "gone":
            record.lost = True
        elif what == "status" and not record.cleared:
            record.error = record.error or data not in (0x18, 0x08)
            record.busy_after = record.busy_after or data == 0x08
            record.ready_after_busy = record.busy_after and data == 0x18
