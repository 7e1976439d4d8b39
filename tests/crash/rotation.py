"""What one run of the tests looks at, where all of it would take too long: another part at every run.

`PRINTSTATION_SEED` repeats a run; every test that uses this prints what it looked at when it fails.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def first_seed() -> int:
    """Another one every minute, the same in every worker of a run; PRINTSTATION_SEED repeats it."""
    given = os.environ.get("PRINTSTATION_SEED")
    if given:
        return int(given)
    # Workers of one run are started within seconds of each other, and inherit the first one's choice.
    chosen = str(int(time.time()) // 60 * 1000)
    return int(os.environ.setdefault("PRINTSTATION_SEED_OF_THE_RUN", chosen))


def part(whole: Sequence[T], shares: int) -> Sequence[T]:
    """Every so many-th of them; `shares` runs in a row see all of them."""
    return whole[first_seed() // 1000 % shares :: shares]
