"""Each planted bug is found by the judge within 2,000 seeds; without one, the same seeds pass elsewhere."""

from __future__ import annotations

import pytest

from tests.crash.history import run
from tests.crash.planted import PLANTED

MOST_SEEDS = 2000
#: Where the search starts; any place would do, and this one is repeated at every run.
FIRST = 100_000


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED[name](monkeypatch)
    for seed in range(FIRST, FIRST + MOST_SEEDS):
        found = run(seed).findings
        if found:
            print(f"{name}: seed {seed}, after {seed - FIRST + 1} seeds: {found[0]}")
            return
    raise AssertionError(f"{name} was not found in {MOST_SEEDS} seeds")
