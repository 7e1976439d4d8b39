"""What a printer may be asked to do without harm: rests, cleaning, exercise, transfer temperature.

Everything is derived from rows (feeds, and what people did), so that a restart or a power cut neither cools a
machine nor forgets that it is hot. The rules stand in the model's file; a `[[printers]]` table overrides them.
Wall time is what rows hold and it may jump: at worst a rest is one too many or, once, none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from drivers import Model
from printstation.clock import Clock, rfc3339
from printstation.config import PrinterConfig
from printstation.spool.view import SeenReason
from printstation.store import upkeep
from printstation.store.engine import Remembered, Store
from printstation.store.tables import UpkeepKind

RESTING = "resting"
CLEANING_DUE = "cleaning-due"
EXERCISE_DUE = "exercise-due"
TEMPERATURE_DUE = "transfer-temperature-due"
TEMPERATURE = "transfer-temperature"


@dataclass(frozen=True)
class Duty:
    """The rules of one printer; zeros and None are no rule. Seconds are the printer's own, `speed` of which
    pass in one of the wall's."""

    rest_after_cards: int = 0
    rest_s: float = 0.0
    clean_every_cards: int = 0
    exercise_after_s: float = 0.0
    temperature: tuple[int, int] | None = None
    #: How long a card whose end nobody wrote down may have moved.
    card_s: float = 0.0
    zone: tzinfo = UTC
    speed: float = 1.0

    @property
    def none(self) -> bool:
        """Whether there is nothing to look after."""
        rules = (self.rest_after_cards, self.clean_every_cards, self.exercise_after_s)
        return not any(rules) and self.temperature is None

    @property
    def rest(self) -> timedelta:
        """How long a rest is by the wall. Rows hold milliseconds: one that ended between two would be missed."""
        return timedelta(milliseconds=math.ceil(1000 * self.rest_s / self.speed))

    @property
    def card(self) -> timedelta:
        """How long a card may move, by the wall."""
        return timedelta(seconds=self.card_s / self.speed)

    @property
    def exercise(self) -> timedelta:
        """How long a printer may stand unused, by the wall."""
        return timedelta(seconds=self.exercise_after_s / self.speed)


def duty_of(printer: PrinterConfig, model: Model | None, zone: tzinfo, speed: float = 1.0) -> Duty:
    """The rules for a printer: its own where it has some, else the model's (None: it is driven by others)."""

    def rule(name: str) -> float:
        own = getattr(printer, name)
        return float(own if own is not None else getattr(model, name, 0))

    band = printer.transfer_temperature or (model.transfer_temperature if model else ())
    return Duty(
        rest_after_cards=int(rule("rest_after_cards")),
        rest_s=rule("rest_s"),
        clean_every_cards=int(rule("clean_every_cards")),
        exercise_after_s=rule("exercise_after_s"),
        temperature=(band[0], band[1]) if band else None,
        card_s=model.print_s if model else 0.0,
        zone=zone,
        speed=speed,
    )


@dataclass(frozen=True)
class Worked:
    """What the rows say, as far as the rules ask: changes with a commit and with nothing else.

    `hot_since` is when the last card of a full run came to rest; None when the run is not full.
    """

    hot_since: datetime | None = None
    cleaning_due: bool = False
    last_used: datetime | None = None
    celsius: int | None = None
    entered_at: datetime | None = None


def worked(conn: Connection, printer: str, duty: Duty) -> Worked:
    """Read it in one view."""
    cleaned = upkeep.last(conn, printer, UpkeepKind.CLEANING)
    entry = upkeep.last(conn, printer, UpkeepKind.TEMPERATURE) if duty.temperature else None
    every = duty.clean_every_cards
    after = cleaned.after_feed if cleaned else 0
    return Worked(
        hot_since=_hot_since(conn, printer, duty),
        cleaning_due=bool(every) and upkeep.fed_since(conn, printer, after, every) >= every,
        last_used=_last_used(conn, printer, cleaned) if duty.exercise_after_s else None,
        celsius=entry.celsius if entry else None,
        entered_at=_moment(entry.at) if entry else None,
    )


def _hot_since(conn: Connection, printer: str, duty: Duty) -> datetime | None:
    """The end of the newest card, if it is the last of `rest_after_cards` without a rest between any two."""
    if not duty.rest_after_cards or not duty.rest_s:
        return None
    newest: datetime | None = None
    later: datetime | None = None
    number = 0
    for fed in upkeep.newest_fed(conn, printer, duty.rest_after_cards):
        end = _end(fed, duty)
        # A gap below zero is a clock that was set back: how long the pause was is not known.
        if later is not None and not timedelta(0) <= later - end < duty.rest:
            return None
        newest, later, number = newest or end, _moment(fed.fed_at), number + 1
    return newest if number == duty.rest_after_cards else None


def _end(fed: upkeep.Fed, duty: Duty) -> datetime:
    """When a card came to rest. A card whose fate was told days later has not moved for days."""
    start = _moment(fed.fed_at)
    longest = start + duty.card
    return min(_moment(fed.ended_at), longest) if fed.ended_at else longest


def _last_used(conn: Connection, printer: str, cleaned: upkeep.Upkeep | None) -> datetime | None:
    fed = next(upkeep.newest_fed(conn, printer, 1), None)
    moments = [_moment(fed.fed_at)] if fed else []
    if cleaned is not None:
        moments.append(_moment(cleaned.at))
    return max(moments, default=None)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Due:
    """What is to be said of a printer now, and when its rest ends."""

    reasons: tuple[SeenReason, ...] = ()
    resumes_at: str | None = None


def due(known: Worked, duty: Duty, now: datetime, *, rested: bool = False) -> Due:
    """The reasons that hold now. `rested`: the rest is over whatever the wall's clock says."""
    found: list[SeenReason] = []
    resumes = None
    if known.hot_since is not None and not rested:
        until = known.hot_since + duty.rest
        if now < until:
            found.append(SeenReason(RESTING))
            # A clock that was set back does not move the next card by as much.
            resumes = rfc3339(min(until, now + duty.rest))
    if duty.temperature is not None:
        found.extend(_temperature(known, duty, now))
    if known.cleaning_due:
        found.append(SeenReason(CLEANING_DUE))
    if known.last_used is not None and now - known.last_used >= duty.exercise:
        found.append(SeenReason(EXERCISE_DUE))
    return Due(tuple(found), resumes)


def _temperature(known: Worked, duty: Duty, now: datetime) -> list[SeenReason]:
    assert duty.temperature is not None
    low, high = duty.temperature
    if known.celsius is not None and not low <= known.celsius <= high:
        return [SeenReason(TEMPERATURE, f"{known.celsius} °C, {low}-{high} °C")]
    today = now.astimezone(duty.zone).date()
    if known.entered_at is None or known.entered_at.astimezone(duty.zone).date() != today:
        return [SeenReason(TEMPERATURE_DUE)]
    return []


class DutyWatch:
    """A worker's view of its printer's duty. A rest ends by the wall's clock or by the one that never jumps,
    whichever is first."""

    def __init__(self, store: Store, printer: str, duty: Duty, clock: Clock) -> None:
        self._duty, self._clock = duty, clock
        self._rows = Remembered(store, printer, lambda: _read(store, printer, duty))
        self._resting: tuple[datetime, float] | None = None

    def due(self) -> Due:
        """What holds now."""
        if self._duty.none:
            return Due()
        known = self._rows.get()
        return due(known, self._duty, self._clock.now(), rested=self._rested(known.hot_since))

    def _rested(self, hot_since: datetime | None) -> bool:
        if hot_since is None:
            self._resting = None
            return False
        spent = self._clock.monotonic()
        if self._resting is None or self._resting[0] != hot_since:
            self._resting = (hot_since, spent)
        return spent - self._resting[1] >= self._duty.rest_s


def _read(store: Store, printer: str, duty: Duty) -> Worked:
    with store.read() as conn:
        return worked(conn, printer, duty)
