"""What an office does rarely is drawn, and its judge finds what was planted in it."""

from __future__ import annotations

from collections import Counter as Bag
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash import house
from tests.crash.cuts import Cut
from tests.crash.history import run
from tests.crash.planted_office import PLANTED
from tests.crash.profile import OFFICE_ACTS, WHOLE_OFFICE, Profile, profile_of
from tests.crash.search import assert_found, first_finding

#: Where the search starts, and how far it goes. From 300,000 on each bug was met within 55 seeds when it was
#: planted; the rarer ones start there, so that a run is quick as long as those seeds tell the same.
FIRST, MOST_SEEDS = 300_000, 200
STARTS = {
    "answers_not_remembered": 300_054,
    "found_card_beside_its_successor": 300_026,
    "encoded_card_for_whoever_waits": 300_015,
    "number_not_compared_at_the_check": 300_016,
}
#: Histories in which what the bug breaks happens more often. The judge is the same.
PROFILES: Mapping[str, Profile] = {
    "answers_not_remembered": replace(WHOLE_OFFICE, cuts={Cut.STATION: 1}, cut_every=150),
}
#: Entries of the journal that each of these acts leaves when it was taken.
LEAVES = frozenset(
    {
        "card-found-spoiled",
        "card-disowned-spoiled",
        "blanks-borrowed",
        "card-returned",
        "loan-settled",
        "slip-printed",
        "card-encoded",
        "card-called",
    }
)


def office_seeds(count: int) -> list[int]:
    """The first seeds that have this profile."""
    return [seed for seed in range(16 * count) if profile_of(seed).whole_office][:count]


def test_no_old_seed_tells_another_history() -> None:
    kept = (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    old = kept[: next(n for n, line in enumerate(kept) if line.startswith("# All families"))]
    numbers = [int(line.split("#")[0]) for line in old if line.split("#")[0].strip()]
    assert numbers
    assert not [seed for seed in numbers if profile_of(seed).whole_office]
    assert 0.1 < sum(profile_of(seed).whole_office for seed in range(500)) / 500 < 0.2


@pytest.mark.slow
def test_every_act_is_taken_in_a_few_histories() -> None:
    seen: Bag[str] = Bag()
    outside = 0
    for seed in office_seeds(12):
        if not LEAVES - seen.keys() and outside:
            break
        result = run(seed)
        assert not result.findings
        rows = house.files().reader().execute("SELECT kind, printer FROM journal").fetchall()
        seen.update(row["kind"] for row in rows)
        outside += sum(row["kind"] == "card-fed" and row["printer"] == "outside" for row in rows)
    assert not LEAVES - seen.keys()
    assert outside > 0
    assert set(OFFICE_ACTS) <= set(WHOLE_OFFICE.acts)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = PROFILES.get(name, WHOLE_OFFICE)
    PLANTED[name](monkeypatch)
    assert_found(name, profile, STARTS.get(name, FIRST), MOST_SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROFILES)
def test_the_profile_alone_finds_nothing(name: str) -> None:
    for seed in range(FIRST, FIRST + 3):
        assert first_finding(seed, PROFILES[name]) is None
