"""A day's facts from the journal and the rows: of a day that is being closed, of today, or of any other day.

Days are the office's. A close takes every entry since the close before it, whatever the clock said; a day
that has no close of its own is told by the clock, and is provisional.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection

from printstation.clock import rfc3339
from printstation.config import Config
from printstation.lifecycle.request_reasons import request_reason
from printstation.reports import figures
from printstation.reports.facts import Facts, OfficeFacts, load
from printstation.reports.figures import NO_REASON, Gauge
from printstation.reports.tally import Tally
from printstation.store import happenings, movements, shifts

#: The three zones of Indonesia by their hours from UTC.
ZONE_NAMES = {7: "WIB", 8: "WITA", 9: "WIT"}


@dataclass(frozen=True)
class Scope:
    """What the facts are of: a stretch of the journal, and of it one day (or month) by the clock unless all is
    taken."""

    day: str
    after: int
    upto: int
    as_of: datetime
    #: The facts of the close before.
    before: Facts | None
    #: None: every entry is of this day. Else the zone by which entries are sorted into days.
    by_clock: tzinfo | None = None
    #: The rows are as they were at the end of this day.
    rows_are_now: bool = True


@dataclass(frozen=True)
class Office:
    """What the station knows beside its database. `gauges` are the devices' own readings, by printer."""

    config: Config
    gauges: Mapping[str, Gauge] = field(default_factory=dict)

    def day_of(self, moment: datetime) -> str:
        """The day of this moment in the office's zone."""
        return moment.astimezone(self.config.zone).date().isoformat()

    def zone_name(self, moment: datetime) -> str:
        """What the office's people call their time."""
        offset = moment.astimezone(self.config.zone).utcoffset() or timedelta()
        hours = offset.total_seconds() / 3600
        return ZONE_NAMES.get(int(hours), f"UTC{hours:+g}") if hours == int(hours) else "UTC"


def facts(conn: Connection, office: Office, scope: Scope) -> Facts:
    """The facts of a day. Reads its entries once; what stands now is read from rows."""
    earlier, tally = Tally(), Tally()
    _read(conn, scope, earlier, tally)
    tally.end(scope.as_of)
    opening = figures.opening(scope.before, earlier)
    here = office.config.office
    return Facts(
        day=scope.day,
        zone=office.zone_name(scope.as_of),
        as_of=rfc3339(scope.as_of),
        office=OfficeFacts(here.name, here.city, here.province, here.address),
        first_seq=scope.after + 1,
        last_seq=scope.upto,
        types=figures.types(conn if scope.rows_are_now else None, opening, tally),
        recorded=figures.plain(tally.recorded),
        destroyed=figures.plain(tally.destroyed),
        waiting=figures.waiting(conn)
        if scope.rows_are_now
        else figures.waited(scope.before, earlier, tally),
        counts=figures.counts(conn, _is_of(scope)),
        jobs=figures.jobs(conn if scope.rows_are_now else None, tally),
        stops=figures.stops(tally),
        standing={name: sorted(words) for name, words in tally.standing.items() if words},
        witnesses=figures.witnesses(
            conn if scope.rows_are_now else None, office.config, scope.before, tally, office.gauges
        ),
        supplies=figures.supplies(conn, scope.before.as_of if scope.before else "")
        if scope.rows_are_now
        else (),
        questions=figures.questions(conn) if scope.rows_are_now else (),
    )


def _is_of(scope: Scope) -> Callable[[str], bool]:
    """Whether a moment is of the day, by the clock where the clock decides."""
    zone = scope.by_clock
    if zone is None:
        return lambda _at: True
    return lambda at: _local(at, zone).startswith(scope.day)


def _local(at: str, zone: tzinfo) -> str:
    return moment(at).astimezone(zone).date().isoformat()


def moment(at: str) -> datetime:
    """A stored time."""
    return datetime.fromisoformat(at)


def _read(conn: Connection, scope: Scope, earlier: Tally, tally: Tally) -> None:
    """Sort the entries of the stretch into what came before the day and what is of it."""

    def which(at: str) -> Tally | None:
        if scope.by_clock is None:
            return tally
        day = _local(at, scope.by_clock)[: len(scope.day)]
        return earlier if day < scope.day else tally if day == scope.day else None

    for move in movements.between(conn, scope.after, scope.upto):
        if (found := which(move.at)) is not None:
            found.card(move)
    if scope.before is not None:
        earlier.stand(scope.before.standing, moment(scope.before.as_of))
    begun = False
    for event in happenings.between(conn, scope.after, scope.upto):
        found = which(event.at)
        if found is tally and not begun:
            tally.stand(earlier.standing, _start(scope))
            begun = True
        if found is not None:
            _happened(found, event)
    if not begun:
        tally.stand(earlier.standing, _start(scope))


def _start(scope: Scope) -> datetime:
    """When the day began: at the close before, or at midnight where the clock decides."""
    if scope.by_clock is not None:
        first = scope.day if len(scope.day) > len("2026-11") else f"{scope.day}-01"
        return datetime.fromisoformat(first).replace(tzinfo=scope.by_clock)
    return moment(scope.before.as_of) if scope.before else scope.as_of


def _happened(tally: Tally, event: happenings.Happened) -> None:
    if event.kind in (happenings.STOPPED, happenings.READY):
        if event.printer is not None:
            tally.stop(event.printer, figures.stopping(event.keywords), moment(event.at))
        return
    reason = request_reason(event.reason).name or event.reason or NO_REASON
    tally.job(reason, event.kind == happenings.SUBMITTED, event.state)


def before(conn: Connection, day: str) -> tuple[int, Facts | None]:
    """(the last entry, the facts) of the close before this day; its own entry is of the next day."""
    found = shifts.last(conn, before=day)
    return (found.last_seq, load(found.facts)) if found else (0, None)
