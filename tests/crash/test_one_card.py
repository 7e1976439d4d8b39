"""The one-card story with one cut, at every gate and every transfer, for every kind of model.

A story has some 130 cut points at a Magicard, and at each the station dies, or the station and the power,
or the power alone, or the cable comes out: all of them at every run. The other families ask more and have some
500 points; of those every run takes another part.
"""

from __future__ import annotations

import functools

import pytest

from tests.crash.cuts import Cut, Planned
from tests.crash.rotation import part
from tests.crash.story import assert_survived, cuts_of, tell
from tests.crash.world import KINDS

#: Every counter, with and without a path sensor, repeating, keeping a card, keeping its job without power.
SUBJECTS = tuple(
    kind for kind, row in KINDS.items() if row.family == "magicard" and not row.by_hand
)
#: The same of the families whose stories are four times as long.
OTHERS = tuple(kind for kind, row in KINDS.items() if row.family in ("evolis", "matica"))
#: So many runs see every cut of those: 12 cuts a kind and run, 1 s of one core. Odd, so that all four kinds of
#: cuts are among them.
RUNS = 151
#: One test is every so many-th cut, so that two workers share the work evenly.
SHARES = 8


@functools.cache
def cuts(kind: str) -> list[Planned]:
    """Every cut of the uncut story of this kind."""
    return cuts_of(kind)


@pytest.mark.parametrize("kind", (*SUBJECTS, *OTHERS))
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
        assert_survived(kind, planned)


@pytest.mark.slow
@pytest.mark.parametrize("kind", OTHERS)
def test_single_cuts_of_the_other_families(kind: str) -> None:
    chosen = part(cuts(kind), RUNS)
    assert len(chosen) > 10
    for planned in chosen:
        assert_survived(kind, planned)


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
