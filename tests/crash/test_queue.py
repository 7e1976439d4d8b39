"""Cards through a print queue (ipp.md §9) in the simulation: cut anywhere, and whatever cupsd and its backends do."""

from __future__ import annotations

import functools

import pytest

from tests.crash import house
from tests.crash.cuts import Planned
from tests.crash.queue_ear import LEAST_S
from tests.crash.rotation import part
from tests.crash.story import cuts_of, tell

KINDS = ("queue", "queue-blind")
#: So many runs see every cut: 19 cuts a kind and run, 1 s of one core.
RUNS = 19


@functools.cache
def cuts(kind: str) -> list[Planned]:
    """Every cut of the uncut story."""
    return cuts_of(kind)


def test_a_queue_whose_backend_does_not_wait_asks_about_every_card() -> None:
    result = tell("queue-blind")
    assert not result.findings
    assert result.cards == 1
    assert sum("answers Q-" in line for line in result.history) == 1


def test_the_ear_and_the_model_know_the_same_shortest_run() -> None:
    assert house.tiny_model("queue").ipp.least_s == LEAST_S


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_single_cuts(kind: str) -> None:
    chosen = part(cuts(kind), RUNS)
    assert len(chosen) > 10
    for planned in chosen:
        result = tell(kind, [planned])
        told = "\n".join([kind, str(planned), *result.history, *result.findings])
        assert not result.findings, told
