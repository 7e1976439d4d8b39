"""Invented residents: the layout's samples under other names, numbers and references.

Nobody real: the region 177199 does not exist, and neither do the names together.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

#: A regency code that the ministry has not given to anybody.
REGION = "177199"
MEN = ("BUDI", "AGUS", "JOKO", "RAHMAT", "SLAMET", "YOHANES", "MADE", "TEGUH")
WOMEN = ("SITI", "DEWI", "SRI", "RINA", "NI LUH", "MARIA", "WULAN", "AYU")
FAMILY = ("CONTOH", "UMPAMA", "MISALNYA", "TELADAN", "PERCOBAAN", "SPESIMEN")
EARLIEST, LATEST = date(1950, 1, 1), date(2007, 12, 31)
#: Women's day of birth in a NIK is raised by this (Permendagri; `domain.md`).
WOMAN = 40


def residents(samples: list[dict[str, Any]], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """`count` complete bodies for `POST /v1/jobs`; the same seed gives the same people."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        sample = samples[(number - 1) % len(samples)]
        yield _someone(sample, f"DEMO-{seed:08X}-{number:04d}", chance)


def _someone(sample: dict[str, Any], reference: str, chance: random.Random) -> dict[str, Any]:
    values = dict(sample["values"])
    woman = values.get("sex", chance.choice(("LAKI-LAKI", "PEREMPUAN"))) == "PEREMPUAN"
    born = EARLIEST + timedelta(days=chance.randrange((LATEST - EARLIEST).days))
    day = born.day + (WOMAN if woman else 0)
    nik = f"{REGION}{day:02d}{born:%m%y}{chance.randrange(1, 10_000):04d}"
    if "birth_date" in values:
        values["birth_date"] = f"{born:%d-%m-%Y}"
    if len(values["name"].split()) <= 3:
        # The longest sample keeps its name: it is there to show that it fits.
        values["name"] = f"{chance.choice(WOMEN if woman else MEN)} {chance.choice(FAMILY)}"
    old = {sample["resident"]: nik, sample["reference"]: reference}
    values = {
        name: old.get(value, value) if isinstance(value, str) else value
        for name, value in values.items()
    }
    return {**sample, "resident": nik, "reference": reference, "values": values}
