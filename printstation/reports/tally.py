"""Adds up what the entries of a day did: blanks, invalid cards, jobs, stops. Fed in order, knows no rows.

Pure: entries in, figures out. Whoever feeds it says which entries are of the day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from printstation.lifecycle.card import CardState, Origin
from printstation.lifecycle.job import JobState
from printstation.lifecycle.steps import Step
from printstation.reports.facts import ByCause
from printstation.store.movements import Moved

S = CardState
#: The column of a card's state; a blank has none, since it is what remains.
COLUMN: dict[str, str | None] = {
    S.STORED: None,
    S.LOADED: None,
    S.RESERVED: None,
    **dict.fromkeys((S.ENCODED, S.FED, S.PRINTED, S.ACCEPTED, S.HANDED_OVER), "used"),
    **dict.fromkeys((S.SPOILED, S.DESTROYED), "spoiled"),
    S.LENT: "lent",
    S.RETURNED: "returned",
    S.MISSING: "missing",
}
BLANK = frozenset(state for state, column in COLUMN.items() if column is None)
#: The column of an entry that brings blanks into being.
BORN = {
    "blanks-received": "received",
    "blanks-borrowed": "borrowed",
    "surplus-received": "corrected",
}
CAME = ("received", "borrowed", "home", "corrected")
WENT = ("used", "spoiled", "lent", "returned", "missing")
#: A card came back from the device as it went in.
_UNTOUCHED = frozenset(
    {
        Step.UNTOUCHED,
        Step.UNTOUCHED_ENCODED,
        Step.UNTOUCHED_CANCEL,
        Step.UNTOUCHED_ENCODED_CANCEL,
    }
)


@dataclass
class Stop:
    """One reason at one printer: how often, how long, and since when it stands."""

    count: int = 0
    seconds: float = 0.0
    since: datetime | None = None


@dataclass
class Tally:
    """The sums of one stretch of the journal."""

    #: {card type: column -> cards}
    blanks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    causes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    recorded: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    destroyed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    #: {printer: cards that left its hopper or were fed by hand}
    fed: Counter[str] = field(default_factory=Counter)
    #: {printer: sides that these cards have}
    sides: Counter[str] = field(default_factory=Counter)
    #: {reason: "posted" or a job's state -> jobs}
    jobs: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    stops: dict[tuple[str, str], Stop] = field(default_factory=lambda: defaultdict(Stop))
    standing: dict[str, frozenset[str]] = field(default_factory=dict)

    def card(self, move: Moved) -> None:
        """Cards moved."""
        if move.kind == Step.FEED and move.printer:
            self._feed(move, move.cards)
        elif move.kind in _UNTOUCHED and move.printer:
            self._feed(move, -move.cards)
        self._recap(move)
        if move.origin != Origin.SURRENDERED and move.source != S.HANDED_OVER:
            self._blank(move)

    def _feed(self, move: Moved, cards: int) -> None:
        assert move.printer is not None
        self.fed[move.printer] += cards
        self.sides[move.printer] += cards * move.sides

    def _blank(self, move: Moved) -> None:
        row, went = self.blanks[move.card_type], COLUMN[move.target]
        if move.source is None:
            row[BORN.get(move.kind, "corrected")] += move.cards
            return
        came = COLUMN[move.source]
        if came == went:
            return
        if came == "lent" and went is None:
            row["home"] += move.cards
            return
        if came is not None:
            row[came] -= move.cards
        if went is not None:
            row[went] += move.cards
        if went == "spoiled":
            self.causes[move.card_type][move.cause or "other"] += move.cards

    def _recap(self, move: Moved) -> None:
        cause = move.cause or "other"
        if move.target == S.SPOILED:
            self.recorded[move.card_type][cause] += move.cards
        elif move.target == S.DESTROYED:
            self.destroyed[move.card_type][cause] += move.cards

    def job(self, reason: str, posted: bool, state: str | None) -> None:
        """A job was posted, or moved to a state."""
        if posted:
            self.jobs[reason]["posted"] += 1
        if state in (JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED):
            self.jobs[reason][str(state)] += 1

    def stop(self, printer: str, keywords: Iterable[str], at: datetime) -> None:
        """From now on these reasons stop a printer; none means that it goes on."""
        now = frozenset(keywords)
        for keyword in now - self.standing.get(printer, frozenset()):
            self.stops[printer, keyword].count += 1
            self.stops[printer, keyword].since = at
        for keyword in self.standing.get(printer, frozenset()) - now:
            self._ends(self.stops[printer, keyword], at)
        self.standing[printer] = now

    def stand(self, standing: Mapping[str, Iterable[str]], at: datetime) -> None:
        """What stopped printers before the first entry, and still does."""
        for printer, keywords in standing.items():
            self.stop(printer, keywords, at)

    def end(self, at: datetime) -> None:
        """The stretch is over: what still stands has lasted until now."""
        for printer, keywords in self.standing.items():
            for keyword in keywords:
                self._ends(self.stops[printer, keyword], at)

    def _ends(self, stop: Stop, at: datetime) -> None:
        # A clock that was set back makes a stop no shorter than nothing.
        stop.seconds += max(0.0, (at - (stop.since or at)).total_seconds())
        stop.since = None


def plain(sums: dict[str, Counter[str]]) -> ByCause:
    """Sums without noughts, in a fixed order."""
    rows = {
        kind: {cause: n for cause, n in sorted(row.items()) if n}
        for kind, row in sorted(sums.items())
    }
    return {kind: row for kind, row in rows.items() if row}
