"""How a printer is kept, as the page shows it: cards since its last cleaning, and the temperature of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from printstation.api.needs import Station
from printstation.api.printers import PrinterOut
from printstation.config import PrinterConfig
from printstation.console.acts import Act, of_printer
from printstation.spool.duty import (
    CLEANING_DUE,
    EXERCISE_DUE,
    TEMPERATURE,
    TEMPERATURE_DUE,
    Worked,
    due,
)
from printstation.store import upkeep
from printstation.store.tables import UpkeepKind
from printstation.store.upkeep import Upkeep

#: Counting has an end: this, or the printer's own limit where that is higher. 0.7 ms a printer (10,000 feeds each).
MOST_COUNTED = 1000
#: The forms that end a reason of a printer; the first one that this printer has. A run records itself: to record a
#: cleaning that nobody did must not be the nearer button.
ENDS = (
    (CLEANING_DUE, ("run", "clean")),
    (EXERCISE_DUE, ("run", "clean")),
    (TEMPERATURE, ("temperature",)),
    (TEMPERATURE_DUE, ("temperature",)),
    ("media-empty", ("load",)),
    ("no-blanks", ("load",)),
)


@dataclass(frozen=True)
class Care:
    """One printer. `due` are the keywords of `reasons.toml` that hold by the rows, whatever the worker saw."""

    acts: tuple[Act, ...]
    cards: int
    #: There are more than were counted.
    more: bool
    #: Cleaning is due after so many cards; 0 is no rule.
    every: int
    cleaned: Upkeep | None
    #: Lowest and highest; None where nothing is transferred.
    band: tuple[int, int] | None
    entry: Upkeep | None
    due: frozenset[str]

    @property
    def cleaning_due(self) -> bool:
        """Whether it has to be cleaned now."""
        return CLEANING_DUE in self.due

    @property
    def temperature_due(self) -> bool:
        """Whether today's temperature is not entered."""
        return TEMPERATURE_DUE in self.due

    @property
    def too_hot_or_cold(self) -> bool:
        """Whether the last entry stops the printer."""
        return TEMPERATURE in self.due

    def wants(self, printer: PrinterOut) -> frozenset[str]:
        """The forms that somebody has to fill in now: what a reason asks for, by the rows or by the worker."""
        said = self.due | {reason.keyword for reason in printer.reasons}
        offered = [act.name for act in self.acts]
        found = (
            next((form for form in forms if form in offered), None)
            for keyword, forms in ENDS
            if keyword in said
        )
        return frozenset(form for form in found if form is not None)


def care(conn: Connection, station: Station, printer: PrinterConfig) -> Care:
    """Read it: three rows, and a count that has an end."""
    duty = station.duty_of(printer)
    every = duty.clean_every_cards
    cleaned = upkeep.last(conn, printer.name, UpkeepKind.CLEANING)
    entry = upkeep.last(conn, printer.name, UpkeepKind.TEMPERATURE) if duty.temperature else None
    most = max(every, MOST_COUNTED)
    cards = upkeep.fed_since(conn, printer.name, cleaned.after_feed if cleaned else 0, most)
    known = Worked(
        cleaning_due=bool(every) and cards >= every,
        celsius=entry.celsius if entry else None,
        entered_at=datetime.fromisoformat(entry.at) if entry else None,
    )
    reasons = due(known, duty, station.clock.now()).reasons
    return Care(
        acts=of_printer(station, printer),
        cards=cards,
        more=cards == most,
        every=every,
        cleaned=cleaned,
        band=duty.temperature,
        entry=entry,
        due=frozenset(reason.keyword for reason in reasons),
    )
