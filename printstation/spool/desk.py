"""What a worker needs from the house: one value, so that each of its parts has the same few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from drivers import Driver, Model, Tap
from printstation.clock import Clock, Signal, SystemClock
from printstation.refusals import Refusal
from printstation.spool.ahead import Ends
from printstation.spool.duty import Duty
from printstation.spool.errands import Errands
from printstation.spool.faces import Painter
from printstation.spool.sight import Sight
from printstation.spool.timings import Timings
from printstation.store import feeds, jobs
from printstation.store.engine import Remembered, Store, Tx

T = TypeVar("T")

#: How long to wait before writing again when the database was held or the disk was full.
WRITE_AGAIN_S = 1.0
#: Refusals of the store that pass: what happened to the card must be written, however long it takes.
PASSING = frozenset({"database-busy", "disk-low"})


class Leave(Exception):
    """The station leaves at once; nothing more is written. Recovery settles."""


class StationClock(SystemClock):
    """The drivers' clock: a wait ends at once when the station leaves."""

    def __init__(self, inner: Clock, leaving: Callable[[], bool]) -> None:
        super().__init__()
        self._inner = inner
        self._leaving = leaving

    def monotonic(self) -> float:
        return self._inner.monotonic()

    def sleep(self, seconds: float) -> None:
        if self._leaving():
            raise Leave
        self._inner.sleep(seconds)
        if self._leaving():
            raise Leave


@dataclass
class Desk:
    """One printer's place in the station."""

    name: str
    uri: str
    model: Model
    card_types: tuple[str, ...]
    #: Most sides of a layout that this printer takes, by card type (all where it is not named).
    most_sides: Mapping[str, int]
    store: Store
    clock: Clock
    paint: Painter
    #: Opens the device; the second argument is `busy_wait_s` of `drivers.open_driver`.
    open_driver: Callable[[Model, float], Driver]
    #: Bytes free where the database lies, and how many must be.
    free_mb: Callable[[], int]
    min_free_mb: int
    #: Raised when something changed that may let the printer go on.
    wake: Signal
    #: When it rests, is cleaned, and the like.
    duty: Duty = field(default=Duty(), kw_only=True)
    #: What a person asks of it between two cards.
    errands: Errands = field(default_factory=Errands, kw_only=True)
    #: What its worker last saw, and the recorder of its wire (None for a queue).
    sight: Sight = field(default_factory=Sight, kw_only=True)
    tap: Tap | None = field(default=None, kw_only=True)
    #: How long its cards take.
    timings: Timings = field(default_factory=Timings, kw_only=True)
    #: When the cards of all printers should be out.
    ends: Ends = field(default_factory=Ends, kw_only=True)
    #: Card types of which each card is encoded for its resident first: none of them comes from the hopper.
    encode_first: frozenset[str] = field(default=frozenset(), kw_only=True)
    #: No new card starts.
    stopping: Callable[[], bool]
    #: Everything ends now.
    leaving: Callable[[], bool]

    #: Whether rows say that a card is in this printer's hands (a feed not stopped, a job processing).
    untidy: Remembered[bool] = field(init=False, repr=False)

    @property
    def hopper_types(self) -> tuple[str, ...]:
        """The card types that this printer draws from its hopper."""
        return tuple(kind for kind in self.card_types if kind not in self.encode_first)

    @property
    def by_hand(self) -> bool | None:
        """Whether an encoded card is pushed in here, or laid into the hopper; None where none is taken."""
        if not self.encode_first.intersection(self.card_types):
            return None
        return self.model.hand_feed_s > 0

    def __post_init__(self) -> None:
        self.untidy = Remembered(self.store, self.name, self._is_untidy)

    def _is_untidy(self) -> bool:
        with self.store.read() as conn:
            fed = feeds.unsettled(conn, printer=self.name)
            return jobs.processing_at(conn, self.name) is not None or any(
                feed.stopped_at is None for feed in fed
            )

    def write(self, act: Callable[[Tx], T]) -> T:
        """Carry out one transaction, again and again while the database is held or the disk is full."""
        while True:
            try:
                with self.store.write() as tx:
                    return act(tx)
            except Refusal as refusal:
                if refusal.code not in PASSING:
                    raise
            if self.leaving():
                raise Leave
            self.clock.sleep(WRITE_AGAIN_S)

    def disk_low(self) -> bool:
        """Nothing starts below `min_free_mb`, so that a moving card can always be recorded (§11)."""
        return self.free_mb() < self.min_free_mb
