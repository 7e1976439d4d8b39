"""The parts of a day's facts: each from the tally of its entries and, where rows still say it, from rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

import drivers
from printstation.config import Config
from printstation.lifecycle.answers import QuestionReason
from printstation.lifecycle.card import CardState
from printstation.lifecycle.job import OPEN_STATES, JobState
from printstation.lifecycle.request_reasons import request_reason
from printstation.lifecycle.sentences import sentence
from printstation.reports.facts import (
    ByCause,
    CountFacts,
    Facts,
    JobFacts,
    QuestionFacts,
    StopFacts,
    SupplyFacts,
    TypeFacts,
    WitnessFacts,
)
from printstation.reports.tally import BLANK, CAME, WENT, Tally
from printstation.reports.tally import plain as plain
from printstation.store import cards, feeds, units
from printstation.store import counts as count_rows
from printstation.store import questions as question_rows
from printstation.store import supplies as supply_rows
from printstation.store.tables import SupplyState, card, job, supply

#: The class of a job without a reason.
NO_REASON = "none"
#: What became of a supply that nobody prints with any more.
ENDED = (SupplyState.SPENT, SupplyState.DESTROYED, SupplyState.MISSING)
#: Items of a report, of each kind: what ended lately, what is loaded, what is stored.
MAX_SUPPLIES = 100
#: Two looks at a gauge that counts in twos (matica-xid.md, page 28) differ by one from what was used.
GAUGE_STEP = 1


@dataclass(frozen=True)
class Gauge:
    """What a device says of itself: what is left on its ribbon, and the cards that it counted in its life."""

    serial: str | None
    ribbon: int | None
    cards: int | None = None


# ------------------------------------------------------------------------------- blanks
def opening(before: Facts | None, earlier: Tally) -> dict[str, int]:
    """{card type: blanks at the start}: what remained at the close before, and what moved since."""
    start = {row.card_type: row.remaining for row in before.types} if before else {}
    for card_type, row in earlier.blanks.items():
        start[card_type] = start.get(card_type, 0) + _net(row)
    return start


def _net(row: Mapping[str, int]) -> int:
    return sum(row.get(c, 0) for c in CAME) - sum(row.get(c, 0) for c in WENT)


def types(conn: Connection | None, start: Mapping[str, int], tally: Tally) -> tuple[TypeFacts, ...]:
    """A row a card type. What remains is counted from rows, so that a lost row does not add up."""
    rows = cards.balance(conn) if conn is not None else {}
    names = sorted({*start, *tally.blanks, *(name for name in rows if _blanks(rows[name]))})
    found = []
    for name in names:
        moved = tally.blanks.get(name, Counter())
        first = start.get(name, 0)
        left = first + _net(moved) if conn is None else _blanks(rows.get(name, {}))
        causes = {cause: n for cause, n in sorted(tally.causes.get(name, {}).items()) if n}
        sums = {column: moved.get(column, 0) for column in (*CAME, *WENT)}
        if first or left or any(sums.values()):
            found.append(TypeFacts(name, first, **sums, remaining=left, causes=causes))
    return tuple(found)


def _blanks(states: Mapping[str, int]) -> int:
    return sum(states.get(state, 0) for state in BLANK)


def waiting(conn: Connection) -> ByCause:
    """Invalid cards that wait for their destruction, by cause."""
    rows = conn.execute(
        select(card.c.card_type, card.c.cause, func.count())
        .where(card.c.state == CardState.SPOILED)
        .group_by(card.c.card_type, card.c.cause)
        .order_by(card.c.card_type, card.c.cause)
    )
    found: ByCause = {}
    for card_type, cause, number in rows:
        found.setdefault(card_type, {})[cause] = int(number)
    return found


def waited(before: Facts | None, *tallies: Tally) -> ByCause:
    """The same at the end of a day that is long over: what waited at the close before, and came and went since.

    A spoiled card that turned out to be good, or missing, is not taken off: no entry says what its cause was.
    """
    sums: dict[str, Counter[str]] = {}
    for card_type, causes in (before.waiting if before else {}).items():
        sums[card_type] = Counter(causes)
    for tally in tallies:
        for sign, rows in ((1, tally.recorded), (-1, tally.destroyed)):
            for card_type, causes in rows.items():
                for cause, number in causes.items():
                    sums.setdefault(card_type, Counter())[cause] += sign * number
    return plain(sums)


def counts(conn: Connection, is_of: Callable[[str], bool]) -> tuple[CountFacts, ...]:
    """The lines that no close has taken yet, and are of this day."""
    lines = [line for line in count_rows.unfiled(conn) if is_of(line.at)]
    newest = {(line.card_type, line.place): line.id for line in lines}
    return tuple(
        CountFacts(
            line.id,
            line.card_type,
            line.place,
            line.expected,
            line.counted,
            line.at,
            line.by,
            line.explanation,
            line.explained_by,
            line.supervisor,
            line.missing,
            recounted=newest[line.card_type, line.place] != line.id,
        )
        for line in lines
    )


# ------------------------------------------------------------------------------- jobs, stops, questions
def jobs(conn: Connection | None, tally: Tally) -> tuple[JobFacts, ...]:
    """Jobs by class; those that are open now, of whatever day."""
    waiting_now: Counter[str] = Counter()
    if conn is not None:
        rows = conn.execute(
            select(job.c.reason, func.count())
            .where(job.c.state.in_(sorted(OPEN_STATES)))
            .group_by(job.c.reason)
        )
        for word, number in rows:
            waiting_now[request_reason(word).name or word or NO_REASON] += int(number)
    names = sorted({*tally.jobs, *waiting_now})
    ended = {name: tally.jobs.get(name, Counter()) for name in names}
    return tuple(
        JobFacts(
            name,
            row["posted"],
            row[JobState.COMPLETED],
            row[JobState.ABORTED],
            row[JobState.CANCELED],
            waiting_now[name],
        )
        for name, row in ended.items()
    )


def stopping(keywords: Iterable[str]) -> list[str]:
    """Those of a printer's reasons that stop it; an unknown one does."""
    table = drivers.reasons()
    return [word for word in keywords if word not in table or table[word].stops]


def stops(tally: Tally) -> tuple[StopFacts, ...]:
    """What stopped which printer, how often and for how long."""
    table = drivers.reasons()
    return tuple(
        StopFacts(
            printer,
            keyword,
            table[keyword].id if keyword in table else keyword,
            stop.count,
            round(stop.seconds, 3),
        )
        for (printer, keyword), stop in sorted(tally.stops.items())
        if stop.count
    )


def questions(conn: Connection) -> tuple[QuestionFacts, ...]:
    """What is open now."""
    found = []
    for asked in question_rows.open_ones(conn):
        number = asked.difference
        if asked.reason is QuestionReason.HOPPER_COUNT and asked.printer is not None:
            number = cards.in_hopper(conn, asked.printer)
        text = sentence(
            asked.reason,
            printer=asked.printer,
            card=asked.card,
            serial=asked.serial,
            count=number,
        )
        place = asked.printer or ""
        found.append(QuestionFacts(asked.id, place, text.id, asked.asked_at, asked.card or ""))
    return tuple(found)


def supplies(conn: Connection, since: str) -> tuple[SupplyFacts, ...]:
    """Ribbons, films and kits that ended since then, those that lie in a printer, and those in the store."""
    ended = conn.execute(
        select(supply)
        .where(supply.c.state.in_(ENDED), supply.c.ended_at > since)
        .order_by(supply.c.seq)
        .limit(MAX_SUPPLIES)
    )
    here = [
        item
        for state in (SupplyState.LOADED, SupplyState.STORED)
        for item in supply_rows.page(conn, states=[state], limit=MAX_SUPPLIES)
    ]
    return tuple(_supply(item) for item in (*ended, *here))


def _supply(item: Any) -> SupplyFacts:
    return SupplyFacts(
        str(item.kind),
        item.serial or item.lot or item.id,
        item.printer or "",
        item.rated,
        item.used,
        str(item.state),
        item.used if item.state in (SupplyState.SPENT, SupplyState.DESTROYED) else None,
    )


# ------------------------------------------------------------------------------- witnesses
def witnesses(
    conn: Connection | None,
    config: Config,
    before: Facts | None,
    tally: Tally,
    gauges: Mapping[str, Gauge],
) -> tuple[WitnessFacts, ...]:
    """Journal, device counter and ribbon of each printer, and whether they say the same."""
    earlier = {row.printer: row for row in before.witnesses} if before else {}
    names = [*(printer.name for printer in config.printers)]
    names += sorted(set(tally.fed) - set(names))
    found = []
    for name in names:
        told = WitnessFacts(name, tally.fed[name], sides=tally.sides[name])
        since = before.as_of if before else ""
        found.append(_witness(conn, config, told, earlier.get(name), gauges.get(name), since))
    return tuple(found)


def _witness(
    conn: Connection | None,
    config: Config,
    told: WitnessFacts,
    earlier: WitnessFacts | None,
    gauge: Gauge | None,
    since: str,
) -> WitnessFacts:
    """What the journal told of a printer, with the device's two witnesses beside it.

    The day's opening is the reading of the close before; where there is none, a calibrated counter's is that
    before the first card.
    A counter that nobody calibrated decides no card's fate (`exactly-once.md` §2); over a whole day it counts
    the same cards all the same, and what it says is shown.
    """
    serial = units.serial_at(conn, told.printer) if conn is not None else None
    unit = units.get(conn, serial) if conn is not None and serial else None
    same = earlier if earlier is not None and earlier.serial == serial else None
    own = gauge if gauge is not None and gauge.serial == serial else Gauge(serial, None)
    calibrated = unit if unit is not None and unit.expected is not None else None
    now = calibrated.seen if calibrated else own.cards
    start = same.counter_after if same else None
    if start is None and calibrated is not None and conn is not None:
        start = feeds.opening_counter(conn, told.printer, calibrated.serial, since)
    panels = _used(same.ribbon if same else None, own.ribbon)
    off = unit.difference if unit is not None else 0
    beyond = now - start - told.cards if now is not None and start is not None else 0
    fits = panels is None or _fits(panels, told, _panels(config, told.printer))
    return replace(
        told,
        serial=serial,
        counter_before=start,
        counter_after=now,
        ribbon=own.ribbon,
        panels=panels,
        agree=not off and fits and (calibrated is not None or not beyond),
        explanation=_why(off, beyond, calibrated is not None)
        or _no_opening(
            told.cards and now is not None and start is None,
            told.cards and own.ribbon is not None and (same is None or same.ribbon is None),
        ),
    )


def _used(start: int | None, left: int | None) -> int | None:
    """Panels since the day before; a ribbon that grew is another one, and says nothing."""
    return start - left if start is not None and left is not None and left <= start else None


def _panels(config: Config, printer: str) -> int:
    """Panels of a whole print of this printer; 1 where nothing is known of them."""
    known = config.printer(printer)
    return len(known.unit_model().panels) if known is not None and not known.outside else 1


def _fits(used: int, told: WitnessFacts, panels: int) -> bool:
    """Whether a ribbon that went down so far printed these cards. Some devices count panels, others prints (a
    side each) or cards, and some only in twos: no sheet says it of all, so each of these readings is taken."""
    if not told.cards:
        return used == 0
    readings = (told.cards, told.sides, told.sides * panels)
    return any(abs(used - reading) <= GAUGE_STEP for reading in readings)


def _no_opening(counter: object, ribbon: object) -> str:
    """What cannot be compared on this day, since nothing was read before its first card."""
    read = " dan ".join(
        word for word, missing in (("penghitung", counter), ("pita", ribbon)) if missing
    )
    return f"{read} belum punya bacaan awal; dibandingkan mulai laporan berikutnya" if read else ""


def _why(off: int, beyond: int, calibrated: bool) -> str:
    if off:
        return f"penghitung menunjukkan {off:+d} kartu yang belum dijelaskan"
    if beyond and calibrated:
        return f"penghitung {beyond:+d}: sudah dijelaskan dalam jawaban"
    if beyond:
        return f"penghitung {beyond:+d} terhadap jurnal (belum dikalibrasi)"
    return ""
