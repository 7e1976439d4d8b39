"""The one-card story with one cut, at every gate and every transfer, for every kind of model.

Exhaustive: a story has some 130 cut points, and at each the station dies, or the station and the power,
or the power alone, or the cable comes out.
"""

from __future__ import annotations

import functools

import pytest

from tests.crash.cuts import Cut, Planned
from tests.crash.story import cuts_of, tell
from tests.crash.world import KINDS

#: Every counter, with and without a path sensor, repeating, keeping a card, keeping its job without power.
SUBJECTS = tuple(KINDS)
#: One test is every so many-th cut, so that two workers share the work evenly.
SHARES = 8


@functools.cache
def cuts(kind: str) -> list[Planned]:
    """Every cut of the uncut story of this kind."""
    return cuts_of(kind)


@pytest.mark.parametrize("kind", SUBJECTS)
def test_the_uncut_story_makes_one_card_and_asks_nothing(kind: str) -> None:
    result = tell(kind)
    assert not result.findings
    assert result.cards == 1
    assert not any("answers" in line for line in result.history)


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("kind", SUBJECTS)
def test_every_single_cut(kind: str, share: int) -> None:
    for planned in cuts(kind)[share::SHARES]:
        result = tell(kind, [planned])
        told = "\n".join([str(planned), *result.history, *result.findings])
        assert not result.findings, told


@pytest.mark.slow
@pytest.mark.parametrize("cut", Cut)
def test_every_seventh_cut_of_a_card_with_two_sides(cut: Cut) -> None:
    points = tell("pick", two_sided=True).points
    for at in range(1, points + 1, 7):
        result = tell("pick", [Planned(at, cut)], two_sided=True)
        assert not result.findings, "\n".join([*result.history, *result.findings])


@pytest.mark.slow
def test_a_second_cut_during_the_recovery_from_the_first() -> None:
    points = tell("eject").points
    for at in range(points // 3, points, 9):
        for gap in (5, 12, 25, 40):
            result = tell("eject", [Planned(at, Cut.BOTH), Planned(at + gap, Cut.STATION)])
            assert not result.findings, "\n".join([*result.history, *result.findings])
