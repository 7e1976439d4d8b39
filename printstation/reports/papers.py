"""From facts to the data of the documents: the daily report and the month's recap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from printstation.documents import daily_report
from printstation.documents.daily_report import (
    CauseCount,
    Count,
    DailyReport,
    JobRow,
    JournalHead,
    OpenQuestion,
    Stop,
    Supply,
    TypeRow,
    Witness,
)
from printstation.documents.office import Office, Signer
from printstation.reports.days import Day
from printstation.reports.facts import (
    CountFacts,
    Facts,
    OfficeFacts,
    StopFacts,
    TypeFacts,
    WitnessFacts,
)
from printstation.reports.figures import NO_REASON
from printstation.reports.gather import ZONE_NAMES, moment

#: Under the report of a day that nobody has closed yet there are lines to sign on, and no names.
NOBODY = ""


def daily(day: Day) -> bytes:
    """The day's report as PDF; the same day gives the same bytes."""
    return daily_report.render(report(day))


def office_of(facts: OfficeFacts) -> Office:
    """The office as its letters name it."""
    return Office(
        name=facts.name,
        regency=facts.city,
        province=facts.province,
        address=facts.address,
        seat=facts.city.removeprefix("Kota ").removeprefix("Kabupaten "),
    )


def report(day: Day) -> DailyReport:
    """A day's facts as the report takes them."""
    facts = day.facts
    zone = _zone(facts)
    return DailyReport(
        office=office_of(facts.office),
        day=date.fromisoformat(facts.day),
        zone=facts.zone,
        as_of=moment(facts.as_of).astimezone(zone),
        provisional=not day.closed,
        types=tuple(_type(row) for row in facts.types),
        counts=tuple(_count(line) for line in facts.counts),
        jobs=tuple(
            JobRow(
                _word(row.reason), row.posted, row.completed, row.aborted, row.canceled, row.open
            )
            for row in facts.jobs
        ),
        stops=tuple(_stop(stop) for stop in facts.stops),
        witnesses=tuple(_witness(row) for row in facts.witnesses),
        supplies=tuple(
            Supply(
                item.kind,
                item.serial,
                item.printer,
                item.rated,
                item.used,
                item.yielded,
                item.state,
            )
            for item in facts.supplies
        ),
        questions=tuple(
            OpenQuestion(asked.printer, asked.sentence, _local(asked.asked_at, zone), asked.card)
            for asked in facts.questions
        ),
        signers=_signers(facts),
        head=JournalHead(day.head.seq if day.head else 0, day.code),
    )


def _word(reason: str) -> str:
    return "" if reason == NO_REASON else reason


def _zone(facts: Facts) -> tzinfo:
    hours = {name: hours for hours, name in ZONE_NAMES.items()}
    if facts.zone in hours:
        return timezone(timedelta(hours=hours[facts.zone]))
    shift = facts.zone.removeprefix("UTC")
    return timezone(timedelta(hours=float(shift))) if shift else UTC


def _local(at: str, zone: tzinfo) -> datetime:
    return moment(at).astimezone(zone)


def _type(row: TypeFacts) -> TypeRow:
    return TypeRow(
        card_type=row.card_type,
        opening=row.opening,
        received=row.received,
        used=row.used,
        spoiled=row.spoiled,
        remaining=row.remaining,
        borrowed=row.borrowed,
        home=row.home,
        lent=row.lent,
        returned=row.returned,
        missing=row.missing,
        corrected=row.corrected,
        causes=tuple(CauseCount(cause, n) for cause, n in row.causes.items()),
    )


def _stop(stop: StopFacts) -> Stop:
    length = timedelta(seconds=stop.seconds)
    return Stop(stop.printer, stop.keyword, stop.sentence, stop.count, length)


def _witness(row: WitnessFacts) -> Witness:
    return Witness(
        row.printer,
        row.cards,
        row.counter_before,
        row.counter_after,
        row.panels,
        row.agree,
        row.explanation,
    )


def _count(line: CountFacts) -> Count:
    names = dict.fromkeys(name for name in (line.explained_by, line.supervisor) if name)
    words = line.explanation or ("dihitung ulang" if line.recounted else "")
    return Count(
        place=line.place,
        card_type=line.card_type,
        expected=line.expected,
        counted=line.counted,
        by=line.by,
        explanation=words if line.counted != line.expected else "",
        missing=line.missing,
        answerable=tuple(names),
    )


def _signers(facts: Facts) -> tuple[Signer, ...]:
    return (
        Signer(facts.by or NOBODY, "", role="Petugas,"),
        Signer(facts.supervisor or NOBODY, "", role="Mengetahui,"),
    )
