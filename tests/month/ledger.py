"""What the people of the office know without asking the station, and what they file."""

from __future__ import annotations

from collections import Counter as Bag
from dataclasses import dataclass, field

from tests.crash import house


@dataclass
class Ledger:
    """What the people of the office know without asking the station."""

    store: int = house.STOCK
    shelf: list[str] = field(default_factory=list)
    spoiled: Bag[str] = field(default_factory=Bag)
    box: int = 0
    handed_over: int = 0
    destroyed: int = 0
    lent: int = 0
    stolen: int = 0


@dataclass(frozen=True)
class Paper:
    """What is filed in a binder: the day's report and the head that is printed on it."""

    day: str
    pdf: bytes
    head: str
    figures: tuple[int, int, int, int, int]
