"""The facts of any day, closed or not, and the head of the journal that its report shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from printstation.refusals import Refusal
from printstation.reports import gather
from printstation.reports.facts import Facts, load
from printstation.reports.gather import Office, Scope
from printstation.store import journal, shifts
from printstation.store.headcode import head_code
from printstation.store.shifts import Head, Shift


@dataclass(frozen=True)
class Day:
    """A day's facts. `closed` ones never change; `told_in` is the later close that has a day without its own."""

    facts: Facts
    closed: bool
    told_in: str | None
    head: Head | None

    @property
    def code(self) -> str:
        """The head as it is printed; empty while the journal is."""
        return head_code(self.head.seq, self.head.hash) if self.head else ""


def look(conn: Connection, office: Office, day: str, now: datetime) -> Day:
    """The facts of a day; refuses `not-found` for one that has not come.

    Today is what its close would tell now: everything since the last one. Another day without a close of its
    own is told by the clock.
    """
    found = shifts.get(conn, day)
    if found is not None:
        return closed(conn, found)
    later = shifts.next_after(conn, day)
    today = office.day_of(now)
    if later is None and day > today:
        raise Refusal("not-found", f"day {day} has not come; today is {today}")
    head = journal.head(conn)
    upto = later.last_seq if later else head[0] if head else 0
    after, before = gather.before(conn, day)
    scope = Scope(day, after, upto, now, before)
    if later is not None or day < today:
        ended = _end(office, day)
        scope = replace(scope, by_clock=office.config.zone, rows_are_now=False, as_of=ended)
    facts = gather.facts(conn, office, scope)
    return Day(facts, False, later.day if later else None, shifts.head_at(conn, upto))


def closed(conn: Connection, shift: Shift) -> Day:
    """A closed day: its stored facts, and the entry of its close."""
    head = shifts.head_at(conn, shift.last_seq + 1)
    return Day(load(shift.facts), True, None, head)


def _end(office: Office, day: str) -> datetime:
    midnight = datetime.combine(
        date.fromisoformat(day) + timedelta(days=1), time(), office.config.zone
    )
    return midnight - timedelta(milliseconds=1)
