"""A month's recap: the sums of its closed days, and of what came since the last close while the month runs.

A day belongs to the month of its close, as in the daily reports, so that both add up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from printstation.config import Office as OfficeConfig
from printstation.documents import recap
from printstation.documents.office import Signer
from printstation.documents.recap import MinutesLine, Recap, RecapRow, StockRow
from printstation.refusals import Refusal
from printstation.reports import gather
from printstation.reports.facts import ByCause, Facts, OfficeFacts, load
from printstation.reports.gather import Office, Scope
from printstation.reports.papers import office_of
from printstation.store import journal, shifts
from printstation.store.tables import SessionState, card, destruction


@dataclass(frozen=True)
class Month:
    """The facts of a month in order; the last of them is provisional unless all of its days are closed."""

    month: str
    facts: tuple[Facts, ...]
    provisional: bool
    office: OfficeFacts
    destructions: tuple[MinutesLine, ...]
    day: date


def look(conn: Connection, office: Office, month: str, now: datetime) -> Month:
    """The facts of a month; refuses `not-found` for one that has not come."""
    today = office.day_of(now)
    if month > today[:7]:
        raise Refusal("not-found", f"month {month} has not come; today is {today}")
    closed = shifts.of_month(conn, month)
    found = [load(shift.facts) for shift in closed]
    running = shifts.next_after(conn, f"{month}-99") is None
    if running:
        found.append(_rest(conn, office, month, now))
    here = office.config.office
    return Month(
        month,
        tuple(found),
        running,
        OfficeFacts(here.name, here.city, here.province, here.address),
        _destructions(conn, office, month),
        date.fromisoformat(today if running else found[-1].day if found else f"{month}-01"),
    )


def _rest(conn: Connection, office: Office, month: str, now: datetime) -> Facts:
    """What came since the last close, as far as it is of this month."""
    head = journal.head(conn)
    after, before = gather.before(conn, f"{month}-99")
    scope = Scope(month, after, head[0] if head else 0, now, before)
    if month != office.day_of(now)[:7]:
        scope = replace(scope, by_clock=office.config.zone, rows_are_now=False)
    return gather.facts(conn, office, scope)


def _destructions(conn: Connection, office: Office, month: str) -> tuple[MinutesLine, ...]:
    rows = conn.execute(
        select(destruction.c.id, destruction.c.number, destruction.c.held_on, destruction.c.method)
        .where(
            destruction.c.state == SessionState.CLOSED,
            destruction.c.held_on.startswith(f"{month}-", autoescape=True),
        )
        .order_by(destruction.c.held_on, destruction.c.seq)
    ).all()
    return tuple(
        MinutesLine(
            row.number,
            date.fromisoformat(row.held_on),
            row.method,
            len(conn.execute(select(card.c.seq).where(card.c.destruction == row.id)).all()),
        )
        for row in rows
    )


@dataclass(frozen=True)
class Letter:
    """What makes the recap a letter: its number, and who signs it. Blank, they are written in by hand."""

    number: str = ""
    signers: tuple[Signer, ...] = ()


def head_of(config: OfficeConfig) -> Signer:
    """The head of the office, as the configuration names them."""
    return Signer(config.head, "", config.head_nip, role=f"{config.head_title},")


def paper(found: Month, letter: Letter) -> bytes:
    """The recap as PDF; the same month and letter give the same bytes."""
    return recap.render(of(found, letter))


def table(found: Month) -> str:
    """The recap as CSV."""
    return recap.csv(of(found, Letter()))


def of(found: Month, letter: Letter) -> Recap:
    """The recap as the document takes it."""
    city = found.office.city
    regent = "Wali Kota" if city.startswith("Kota ") else "Bupati"
    place = city.removeprefix("Kota ").removeprefix("Kabupaten ")
    return Recap(
        office=office_of(found.office),
        month=date.fromisoformat(f"{found.month}-01"),
        day=found.day,
        number=letter.number,
        to=f"{regent} {place}",
        copies=(f"Gubernur {found.office.province.removeprefix('Provinsi ')}",),
        rows=rows(found.facts),
        stock=stock(found.facts),
        destructions=found.destructions,
        signers=letter.signers,
        provisional=found.provisional,
    )


def rows(days: Sequence[Facts]) -> tuple[RecapRow, ...]:
    """Recorded and destroyed in the month, and what waits at its end, by type and cause."""
    recorded = _sum(day.recorded for day in days)
    destroyed = _sum(day.destroyed for day in days)
    waiting = _sum([days[-1].waiting] if days else [])
    names = sorted({*recorded, *destroyed, *waiting})
    return tuple(
        RecapRow(*name, recorded[name], destroyed[name], waiting[name])
        for name in names
        if recorded[name] or destroyed[name] or waiting[name]
    )


def _sum(parts: Iterable[ByCause]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for part in parts:
        for card_type, causes in part.items():
            for cause, number in causes.items():
                found[card_type, cause] += number
    return found


def stock(days: Sequence[Facts]) -> tuple[StockRow, ...]:
    """*baru, terpakai, rusak, sisa* of the month; *baru* is everything that came."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for day in days:
        for row in day.types:
            known = sums[row.card_type]
            if "opening" not in known:
                known["opening"] = row.opening
            known["received"] += row.received + row.borrowed + row.home + row.corrected
            known["used"] += row.used
            known["spoiled"] += row.spoiled
            known["remaining"] = row.remaining
    return tuple(
        StockRow(name, *(row[c] for c in ("opening", "received", "used", "spoiled", "remaining")))
        for name, row in sorted(sums.items())
    )
