"""What went over each cable, so that a feed's facts can be told without the station's own notes."""

from __future__ import annotations

from dataclasses import dataclass

from tests.crash.signs import Sign
from tests.crash.world import Origin


@dataclass
class Record:
    """What both ends know of one feed, in the opening of the cable in which it was sent."""

    #: Busy was seen after the device had every byte, and ready after that.
    busy_after: bool = False
    ready_after_busy: bool = False
    error: bool = False
    #: The cable was lost or opened again before the card had its fate.
    lost: bool = False
    #: So it was, but not before the device had been seen to end, or had been cleared.
    lost_late: bool = False
    #: A cancel or a reset went out: what is seen from here on proves nothing of the card.
    cleared: bool = False


class Transcript:
    """One record a feed."""

    def __init__(self) -> None:
        self.feeds: dict[Origin, Record] = {}
        self._current: dict[str, tuple[Origin, Record]] = {}

    def begins(self, printer: str, origin: Origin) -> None:
        """The first header of a job is complete."""
        self._current[printer] = origin, self.feeds.setdefault(origin, Record())

    def under_way(self) -> list[tuple[str, Origin]]:
        """Printers with a feed that has no fate yet, as far as is known here."""
        return [(printer, origin) for printer, (origin, _) in self._current.items()]

    def ends(self, printer: str) -> None:
        """The cable is opened anew: what was under way is of another session now."""
        found = self._current.pop(printer, None)
        if found is not None:
            _lose(found[1])

    def settled(self, printer: str) -> None:
        """The card has its fate; what follows is not of it."""
        self._current.pop(printer, None)

    def seen(self, printer: str, sign: Sign | None) -> None:
        """What one transfer said."""
        found = self._current.get(printer)
        if found is None or sign is None:
            return
        record = found[1]
        if sign is Sign.CLEARED:
            record.cleared = True
        elif sign is Sign.GONE:
            _lose(record)
        elif sign is not Sign.RESET and not record.cleared:
            _status(record, sign)


def _lose(record: Record) -> None:
    if not record.lost:
        record.lost, record.lost_late = True, record.ready_after_busy or record.cleared


def _status(record: Record, sign: Sign) -> None:
    record.error = record.error or sign is Sign.ERROR
    record.busy_after = record.busy_after or sign is Sign.BUSY
    record.ready_after_busy = record.busy_after and sign is Sign.READY
