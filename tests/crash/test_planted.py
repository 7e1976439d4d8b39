"""Each planted bug is found by the judge within 2,000 seeds. Where a profile is given, the same seeds of that
profile pass without the bug: it is the bug that is found, not the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.crash.cuts import Cut
from tests.crash.planted import PLANTED
from tests.crash.profile import ACTS, FAMILY_WEIGHTS, PLAIN, Profile
from tests.crash.search import assert_found, first_finding
from tests.crash.world import KINDS

MOST_SEEDS = 2000
#: Where the search starts; any place would do, and this one is repeated at every run.
FIRST = 100_000


def of_family(name: str) -> Profile:
    """Plain histories at that family's printers alone."""
    kinds = {kind: weight for kind, weight in FAMILY_WEIGHTS.items() if KINDS[kind].family == name}
    return replace(PLAIN, kinds=kinds)


#: Histories in which what the bug breaks happens more often. The judge is the same.
PROFILES: Mapping[str, Profile] = {
    "serial_not_compared": replace(
        PLAIN,
        acts={**ACTS, "swap_unit": 25, "unplug": 10, "kill": 6},
        kinds={"none": 2, "pick": 2, "eject": 2, "none-repeats": 2},
        printers=(1, 2),
    ),
    # Printers that are busy while they only receive, and now and then take no bytes for some seconds.
    "busy_counted_from_feed": replace(
        PLAIN,
        acts={"post": 30, "byte_fault": 8, "load": 4},
        kinds={"none-repeats": 1},
        cards=(15, 25),
        cut_every=0,
    ),
    # The cover is opened just when the card has come out, and closed before the verdict.
    "error_that_went_away_forgotten": replace(
        PLAIN,
        acts={"post": 30, "cover": 12, "load": 4, "count_hopper": 1},
        kinds={"eject": 1},
        cards=(20, 30),
        cut_every=0,
        delays_s=(1.7, 2.5),
        pace_s=1.2,
    ),
    # Many deaths of the station, at printers that print again what they were not told to drop.
    "recovery_not_idempotent": replace(
        PLAIN,
        acts={**ACTS, "jam": 15},
        cuts={Cut.STATION: 4, Cut.CABLE: 2},
        kinds={"none-repeats": 1},
        cut_every=250,
    ),
    "continuity_not_checked": replace(
        PLAIN, acts={**ACTS, "test_print": 15}, kinds={"pick": 2, "eject": 2}
    ),
    "evolis_left_without_discard": of_family("evolis"),
    "evolis_parser_left_waiting": of_family("evolis"),
    "matica_left_without_discard": of_family("matica"),
    "matica_film_not_wound_on": of_family("matica"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = PROFILES.get(name, PLAIN)
    PLANTED[name](monkeypatch)
    assert_found(name, profile, FIRST, MOST_SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROFILES)
def test_the_profile_alone_finds_nothing(name: str) -> None:
    for seed in range(FIRST, FIRST + 5):
        assert first_finding(seed, PROFILES[name]) is None
