"""Fresh histories at every run, and every history that ever failed (exactly-once.md §13)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.history import run
from tests.crash.rotation import first_seed

#: Seeds that once failed, one a line, with what was wrong after it.
KNOWN = [
    int(line.split("#")[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line.split("#")[0].strip()
]
COUNT = int(os.environ.get("PRINTSTATION_SEEDS", "500"))
#: One test is that many seeds: pytest's own cost of a test is more than a history's.
CHUNK = 10


def failure(seed: int) -> str:
    """What is wrong with this history, told whole; empty when it is as it should be."""
    result = run(seed)
    if not result.findings:
        return ""
    told = "\n".join([*result.history, *result.findings])
    return f'{told}\nrepeat with: make soak ARGS="--seed {seed}"'


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(-(-COUNT // CHUNK)))
def test_fresh_seeds(chunk: int) -> None:
    start = first_seed() + chunk * CHUNK
    print(f"seeds {start} to {start + CHUNK - 1}")
    for seed in range(start, start + CHUNK):
        assert not failure(seed), failure(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", KNOWN)
def test_a_history_that_once_failed(seed: int) -> None:
    assert not failure(seed), failure(seed)
