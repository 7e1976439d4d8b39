"""The month's recap of spoiled and withdrawn cards by cause, for the bupati or wali kota and the governor.

The letters ask for it every month (domain.md §3.5). The paper and the table carry the same figures
and no resident.
"""

from __future__ import annotations

import csv as tables
import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from printstation.documents import typesetting, words
from printstation.documents.office import Office, Signer


@dataclass(frozen=True)
class RecapRow:
    """Cards of one type that became invalid for one cause this month, and what became of them.

    `waiting` are those that lie in the store for destruction at the month's end, of earlier months too.
    """

    card_type: str
    cause: str
    recorded: int
    destroyed: int
    waiting: int


@dataclass(frozen=True)
class StockRow:
    """The month's blanks of one type: *baru, terpakai, rusak, sisa*."""

    card_type: str
    opening: int
    received: int
    used: int
    spoiled: int
    remaining: int


@dataclass(frozen=True)
class MinutesLine:
    """One destruction of the month, as its minutes tell."""

    number: str
    day: date
    method: str
    cards: int


@dataclass(frozen=True)
class Recap:
    """One month; `month` is any day of it, `day` the day under the signature.

    `number` is the letter's; `to` is the addressee, `copies` who else gets it.
    """

    office: Office
    month: date
    day: date
    number: str
    to: str
    copies: tuple[str, ...]
    rows: tuple[RecapRow, ...]
    stock: tuple[StockRow, ...]
    destructions: tuple[MinutesLine, ...]
    signers: tuple[Signer, ...]
    provisional: bool = False


def render(recap: Recap) -> bytes:
    """The recap as PDF; the same recap gives the same bytes."""
    return typesetting.pdf("recap", data(recap), {})


def data(recap: Recap) -> dict[str, Any]:
    """All texts of the recap as the template takes them."""
    month = words.month(recap.month)
    return {
        "office": recap.office.data(),
        "date": [recap.day.year, recap.day.month, recap.day.day, 0, 0, 0],
        "title": f"Rekapitulasi Kartu Rusak dan Tidak Berlaku {month}",
        "month": month,
        "number": recap.number,
        "to": recap.to,
        "copies": list(recap.copies),
        "provisional": recap.provisional,
        "groups": [_group(recap, card_type) for card_type in _types(recap)],
        "total": _figures("Jumlah", recap.rows),
        "stock": [
            [
                words.word("card_type", row.card_type),
                *map(_or_dash, (row.opening, row.received, row.used, row.spoiled)),
                words.number(row.remaining),
                words.share(row.spoiled, row.used + row.spoiled),
            ]
            for row in recap.stock
        ],
        "destructions": [
            [
                line.number,
                words.short_date(line.day),
                words.word("method", line.method),
                words.number(line.cards),
            ]
            for line in recap.destructions
        ],
        "destroyed": words.number(sum(line.cards for line in recap.destructions)),
        "signers": [signer.data() for signer in recap.signers],
        "signed_at": f"{recap.office.seat}, {words.long_date(recap.day)}",
    }


#: The table's columns. Keywords stand beside the office's words, so that a program can rely on them.
COLUMNS = (
    *("bulan", "kantor", "wilayah", "jenis", "jenis_kartu", "sebab", "sebab_kartu"),
    *("tercatat", "dimusnahkan", "menunggu"),
)


def csv(recap: Recap) -> str:
    """The same rows as a table: comma, CRLF, quotes where needed (RFC 4180); figures without points."""
    out = io.StringIO()
    writer = tables.writer(out)
    writer.writerow(COLUMNS)
    for row in recap.rows:
        writer.writerow(
            [
                f"{recap.month:%Y-%m}",
                _no_formula(recap.office.name),
                _no_formula(recap.office.regency),
                _no_formula(row.card_type),
                _no_formula(words.word("card_type", row.card_type)),
                _no_formula(row.cause),
                _no_formula(words.word("cause", row.cause)),
                row.recorded,
                row.destroyed,
                row.waiting,
            ]
        )
    return out.getvalue()


def _no_formula(text: str) -> str:
    """A spreadsheet runs what begins with these signs; an apostrophe makes it a text again."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _types(recap: Recap) -> list[str]:
    """In the order in which they first come."""
    return list(dict.fromkeys(row.card_type for row in recap.rows))


def _group(recap: Recap, card_type: str) -> dict[str, Any]:
    rows = tuple(row for row in recap.rows if row.card_type == card_type)
    name = words.word("card_type", card_type)
    return {
        "name": name,
        "rows": [_figures(words.capital(words.word("cause", row.cause)), (row,)) for row in rows],
        "total": _figures(f"Jumlah {name}", rows),
    }


def _figures(name: str, rows: tuple[RecapRow, ...]) -> list[str]:
    return [
        name,
        _or_dash(sum(row.recorded for row in rows)),
        _or_dash(sum(row.destroyed for row in rows)),
        _or_dash(sum(row.waiting for row in rows)),
    ]


def _or_dash(value: int) -> str:
    return words.number(value) if value else "–"
