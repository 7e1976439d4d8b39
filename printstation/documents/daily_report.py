"""The day's report: blanks, counts, witnesses and stops of one office's day, with the journal's head.

Everything on it is a figure that was given; only a row that does not add up is found here, and shown.
No resident is on it: people named are those who counted, who answer for a difference, and who sign.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from printstation.documents import qr, typesetting, words
from printstation.documents.office import Office, Signer
from printstation.lifecycle.request_reasons import request_reason


@dataclass(frozen=True)
class CauseCount:
    """How many were spoiled for one cause."""

    cause: str
    count: int


@dataclass(frozen=True)
class TypeRow:
    """One card type's day: what was there in the morning, what came and went, what remains.

    *baru* is `received`, *terpakai* `used`, *rusak* `spoiled`, *sisa* `remaining`. `home` are loans
    that came back; `corrected` is what was corrected, with its sign.
    """

    card_type: str
    opening: int
    received: int
    used: int
    spoiled: int
    remaining: int
    borrowed: int = 0
    home: int = 0
    lent: int = 0
    returned: int = 0
    missing: int = 0
    corrected: int = 0
    causes: tuple[CauseCount, ...] = ()

    @property
    def unexplained(self) -> int:
        """What remains beyond what the row's own figures say; 0 when it adds up."""
        came = self.opening + self.received + self.borrowed + self.home + self.corrected
        went = self.used + self.spoiled + self.lent + self.returned + self.missing
        return self.remaining - (came - went)


@dataclass(frozen=True)
class Count:
    """A human count of one type at one place (`lifecycle/places.py`), against the rows.

    A difference has its `explanation`, or is carried as `missing` with the names of those who
    answer for it.
    """

    place: str
    card_type: str
    expected: int
    counted: int
    by: str = ""
    explanation: str = ""
    missing: int = 0
    answerable: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobRow:
    """Jobs of one request reason by what became of them."""

    reason: str
    posted: int
    completed: int
    aborted: int
    canceled: int
    open: int


@dataclass(frozen=True)
class Stop:
    """How often and how long one reason stopped one printer. `sentence` is the Indonesian one."""

    printer: str
    keyword: str
    sentence: str
    count: int
    total: timedelta


@dataclass(frozen=True)
class Witness:
    """Three witnesses to the cards of one printer; None is a witness that this printer has not."""

    printer: str
    cards: int
    counter_before: int | None
    counter_after: int | None
    panels: int | None
    agree: bool
    explanation: str = ""


@dataclass(frozen=True)
class Supply:
    """A ribbon, film or kit: rated and used in cards; `yielded` once it is spent."""

    kind: str
    serial: str
    printer: str
    rated: int | None
    used: int
    yielded: int | None = None
    state: str = ""


@dataclass(frozen=True)
class OpenQuestion:
    """What the station still waits to be told."""

    printer: str
    sentence: str
    asked_at: datetime
    card: str = ""


@dataclass(frozen=True)
class JournalHead:
    """The journal's last entry: its number, and the code that `printstation audit --head` takes."""

    seq: int
    code: str


@dataclass(frozen=True)
class DailyReport:
    """One day. `as_of` is the moment up to which it tells, in the office's zone, as all moments here."""

    office: Office
    day: date
    zone: str
    as_of: datetime
    provisional: bool
    types: tuple[TypeRow, ...]
    counts: tuple[Count, ...]
    jobs: tuple[JobRow, ...]
    stops: tuple[Stop, ...]
    witnesses: tuple[Witness, ...]
    supplies: tuple[Supply, ...]
    questions: tuple[OpenQuestion, ...]
    signers: tuple[Signer, ...]
    head: JournalHead


def render(report: DailyReport) -> bytes:
    """The report as PDF; the same report gives the same bytes."""
    return typesetting.pdf("daily_report", data(report), exact(report))


def exact(report: DailyReport) -> dict[str, str]:
    """The head's code as it is typed in, and the same as a QR code."""
    return {"code": report.head.code, "qr": qr.svg(report.head.code)}


def data(report: DailyReport) -> dict[str, Any]:
    """All texts of the report as the template takes them."""
    return {
        "office": report.office.data(),
        "date": typesetting.moment(report.as_of),
        "day": f"{words.day_name(report.day)}, {words.long_date(report.day)}",
        "title": f"Laporan Harian Blangko {words.short_date(report.day)}",
        "as_of": f"{words.short_date(report.as_of)} pukul "
        f"{words.clock_time(report.as_of, report.zone, seconds=True)}",
        "provisional": report.provisional,
        "blanks": _blanks(report.types),
        "causes": _causes(report.types),
        "counts": [_count(count) for count in report.counts],
        "jobs": _jobs(report.jobs),
        "stops": [_stop(stop) for stop in report.stops],
        "witnesses": [_witness(witness) for witness in report.witnesses],
        "supplies": [_supply(supply) for supply in report.supplies],
        "questions": [_question(question, report.zone) for question in report.questions],
        "signers": [signer.data() for signer in report.signers],
        "signed_at": f"{report.office.seat}, {words.long_date(report.day)}",
        "head_seq": words.number(report.head.seq),
    }


# (column heading, field), in the order of the page; what remains comes after them.
_COLUMNS = (
    ("Awal", "opening"),
    ("Baru", "received"),
    ("Dipinjam", "borrowed"),
    ("Kembali", "home"),
    ("Terpakai", "used"),
    ("Rusak", "spoiled"),
    ("Dipinjamkan", "lent"),
    ("Dikembalikan", "returned"),
    ("Hilang", "missing"),
    ("Koreksi", "corrected"),
)
# These stand there even when all of them are nought: the ministry's letter asks for them.
_ALWAYS = {"opening", "received", "used", "spoiled"}


def _blanks(types: tuple[TypeRow, ...]) -> dict[str, Any]:
    shown = [
        (heading, field)
        for heading, field in _COLUMNS
        if field in _ALWAYS or any(getattr(row, field) for row in types)
    ]
    rows = [
        [
            words.word("card_type", row.card_type),
            *(_or_dash(getattr(row, field)) for _, field in shown),
            words.number(row.remaining),
        ]
        for row in types
    ]
    total = [
        "Jumlah",
        *(_or_dash(sum(getattr(row, field) for row in types)) for _, field in shown),
        words.number(sum(row.remaining for row in types)),
    ]
    return {
        "headings": ["Jenis", *(heading for heading, _ in shown), "Sisa"],
        "rows": rows,
        "total": total,
        "wrong": [
            f"{words.word('card_type', row.card_type)}: sisa berbeda {words.signed(row.unexplained)} "
            "dari jumlah baris ini."
            for row in types
            if row.unexplained
        ],
    }


def _causes(types: tuple[TypeRow, ...]) -> list[dict[str, str]]:
    """Per type with spoiled cards one line: *gagal cetak 3, rusak 1*."""
    return [
        {
            "card_type": words.word("card_type", row.card_type),
            "causes": ", ".join(
                f"{words.word('cause', each.cause)} {words.number(each.count)}"
                for each in row.causes
            ),
        }
        for row in types
        if row.causes
    ]


def _count(count: Count) -> dict[str, Any]:
    notes = [count.explanation] if count.explanation else []
    if count.missing:
        names = f" – penanggung jawab: {', '.join(count.answerable)}" if count.answerable else ""
        notes.append(f"hilang {words.number(count.missing)}{names}")
    difference = count.counted - count.expected
    return {
        "cells": [
            _place(count.place),
            words.word("card_type", count.card_type),
            words.number(count.expected),
            words.number(count.counted),
            words.signed(difference),
        ],
        "differs": difference != 0,
        "note": "; ".join(notes) or ("belum dijelaskan" if difference else "cocok"),
        "by": count.by,
    }


def _place(place: str) -> str:
    """`hopper:tango` is *Hopper tango*: a printer's name is written as its office wrote it."""
    kind, _, printer = place.partition(":")
    return " ".join((words.capital(words.word("place", kind)), printer)).strip()


def _reason(word: str) -> str:
    """The office's word for a request's reason; what stands in no table as it was given."""
    if not word:
        return "Tanpa alasan tercatat"
    return request_reason(word).id or words.capital(word)


def _jobs(rows: tuple[JobRow, ...]) -> list[list[str]]:
    figures = [field.name for field in fields(JobRow) if field.name != "reason"]
    lines = [
        [
            _reason(row.reason),
            *(_or_dash(getattr(row, figure)) for figure in figures),
        ]
        for row in rows
    ]
    total = [_or_dash(sum(getattr(row, figure) for row in rows)) for figure in figures]
    return [*lines, ["Jumlah", *total]] if rows else []


def _stop(stop: Stop) -> list[str]:
    return [
        stop.printer,
        stop.keyword,
        stop.sentence,
        words.number(stop.count),
        words.duration(stop.total),
    ]


def _witness(witness: Witness) -> dict[str, Any]:
    before, after = witness.counter_before, witness.counter_after
    counters = after - before if before is not None and after is not None else None
    return {
        "cells": [
            witness.printer,
            words.number(witness.cards),
            _or_none(before),
            _or_none(after),
            _or_none(counters),
            _or_none(witness.panels),
        ],
        "agree": witness.agree,
        "note": witness.explanation or ("sesuai" if witness.agree else "belum dijelaskan"),
    }


def _supply(supply: Supply) -> list[str]:
    return [
        words.capital(words.word("supply", supply.kind)),
        supply.serial or "–",
        supply.printer or "–",
        words.word("supply_state", supply.state) or "–",
        "–" if supply.rated is None else words.number(supply.rated),
        words.number(supply.used),
        "–"
        if supply.yielded is None
        else f"{words.number(supply.yielded)} ({words.share(supply.yielded, supply.rated or 0)})",
    ]


def _question(question: OpenQuestion, zone: str) -> list[str]:
    asked = f"{words.short_date(question.asked_at)} {words.clock_time(question.asked_at, zone)}"
    return [question.printer, asked, question.card or "–", question.sentence]


def _or_dash(value: int) -> str:
    return words.number(value) if value else "–"


def _or_none(value: int | None) -> str:
    return "tidak ada" if value is None else words.number(value)
