"""Indonesian as an office writes it: numbers, dates, durations, and the words for our keywords.

The spelling is that of EYD V; dates are DD-MM-YYYY, numbers 1.234,5, times of day 16.05.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

Table = Literal["cause", "card_type", "supply", "supply_state", "place", "method"]

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)
_UNITS = (
    *("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"),
    *("sepuluh", "sebelas"),
)
# Powers of ten that have a name; a milliard is far beyond any stock.
_NAMED = ((10**9, "miliar"), (10**6, "juta"), (1000, "ribu"), (100, "ratus"), (10, "puluh"))
LARGEST = 10**12 - 1


@functools.cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, str]] = tomllib.loads(text)
    return rows


def word(table: Table, keyword: str) -> str:
    """What the office calls it; a keyword that the table does not have is shown as it stands."""
    return _tables()[table].get(keyword, keyword)


def known(table: Table) -> frozenset[str]:
    """The keywords that have a word."""
    return frozenset(_tables()[table])


def number_words(value: int) -> str:
    """2026 is *dua ribu dua puluh enam*. Refuses what is negative or above `LARGEST`."""
    if not 0 <= value <= LARGEST:
        raise ValueError("only 0 to 999 milliard are written in words")
    if value < len(_UNITS):
        return _UNITS[value]
    if value < 20:
        return f"{_UNITS[value - 10]} belas"
    for size, name in _NAMED:
        if value >= size:
            head, tail = divmod(value, size)
            # One hundred and one thousand are contracted, one million is not.
            said = f"se{name}" if head == 1 and size <= 1000 else f"{number_words(head)} {name}"
            return f"{said} {number_words(tail)}" if tail else said
    raise AssertionError("every number from 20 has a named power of ten")


def number(value: float, places: int = 0) -> str:
    """1234.5 with one place is `1.234,5`; a true minus sign stands before what is negative."""
    text = f"{abs(value):,.{places}f}".translate(str.maketrans(",.", ".,"))
    return f"−{text}" if value < 0 and text.strip("0.,") else text


def signed(value: int) -> str:
    """A difference: `+3`, `−2`, `0`."""
    return f"+{number(value)}" if value > 0 else number(value)


def share(part: float, whole: float) -> str:
    """Per cent with one place; a dash where there is no whole."""
    return f"{number(100 * part / whole, 1)} %" if whole else "–"


def day_name(day: date) -> str:
    return DAYS[day.weekday()]


def short_date(day: date) -> str:
    """25-11-2026."""
    return f"{day.day:02d}-{day.month:02d}-{day.year:04d}"


def long_date(day: date) -> str:
    """25 November 2026."""
    return f"{day.day} {month(day)}"


def month(day: date) -> str:
    """November 2026."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def date_in_words(day: date) -> str:
    """As minutes begin: *Rabu tanggal dua puluh lima bulan November tahun dua ribu dua puluh enam*."""
    return (
        f"{day_name(day)} tanggal {number_words(day.day)} bulan {MONTHS[day.month - 1]} "
        f"tahun {number_words(day.year)}"
    )


def clock_time(moment: datetime, zone: str, seconds: bool = False) -> str:
    """16.05 WIB. The moment has to be in the office's zone already."""
    return f"{moment:%H.%M.%S} {zone}" if seconds else f"{moment:%H.%M} {zone}"


def duration(length: timedelta) -> str:
    """1 jam 24 menit; below a minute the seconds."""
    seconds = round(length.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    if not hours and not minutes:
        return f"{seconds} detik"
    parts = ((hours, "jam"), (minutes, "menit"))
    return " ".join(f"{number(count)} {unit}" for count, unit in parts if count)


def capital(text: str) -> str:
    """The first letter large, the others as they are."""
    return text[:1].upper() + text[1:]
