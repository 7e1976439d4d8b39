"""How a history is drawn: which acts and faults, how often. A row is a weight, a profile is a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.crash.cuts import Cut

#: What people and the world do, and how often. Names are methods of `director.Director`.
ACTS: Mapping[str, float] = {
    "post": 30,
    "post_again": 3,
    "post_same_resident": 2,
    "post_other_body": 1,
    "cancel": 4,
    "hold": 2,
    "release": 2,
    "reprint": 3,
    "pause": 1,
    "resume": 2,
    "count_hopper": 2,
    "load": 4,
    "load_wrong": 1,
    "unload": 1,
    "unplug": 3,
    "power_cut": 3,
    "cover": 3,
    "jam": 2,
    "clear_jam": 2,
    "press_ok": 1,
    "new_ribbon": 0.5,
    "test_print": 1.5,
    "swap_unit": 1,
    "take_cards": 1,
    "fault": 10,
    "byte_fault": 4,
    "clock_back": 0.3,
    "disk_full": 0.7,
    "locked": 1,
    "kill": 2,
    "stop": 1,
}

#: What the desk does beside it (`desk.Desk`).
DESK_ACTS: Mapping[str, float] = {
    "check": 18,
    "shelve": 3,
    "hand_over": 9,
    "lend": 2,
    "come_home": 2,
    "burn": 2.5,
    "close_day": 1,
}

#: What befalls print queues, where there are any (`queue_mischief.QueueMischief`).
QUEUE_ACTS: Mapping[str, float] = {"queue_trouble": 12}

#: What an office does rarely (`whole_office.Staff`).
OFFICE_ACTS: Mapping[str, float] = {
    "correct": 22,
    "borrow": 5,
    "settle_loan": 2,
    "ask_slip": 12,
    "hand_over_with_slip": 8,
    "slip_again": 6,
    "slip_canceled": 2,
    "slip_mishap": 7,
    "load_outside": 6,
    "print_outside": 12,
}

CUTS: Mapping[Cut, float] = {Cut.STATION: 4, Cut.BOTH: 2, Cut.POWER: 1, Cut.CABLE: 2}

KIND_WEIGHTS: Mapping[str, float] = {
    "none": 3,
    "none-repeats": 2,
    "pick": 3,
    "pick-keeps": 2,
    "eject": 3,
    "eject-repeats": 2,
    "none-sensor": 1,
    "pick-sensor": 1,
    "eject-sensor": 1,
    "none-holds": 1,
    "eject-holds": 1,
}

#: Every family, mixed in one history. A Matica's card costs twice an Evolis's, which costs twice a Magicard's.
FAMILY_WEIGHTS: Mapping[str, float] = {
    "none": 1,
    "none-repeats": 0.5,
    "pick-keeps": 1,
    "eject": 1,
    "eject-holds": 0.5,
    "evolis-none": 2,
    "evolis-pick": 1.5,
    "evolis-eject": 1.5,
    "evolis-two": 1.5,
    "evolis-forgets": 1,
    "evolis-none-blind": 1,
    "evolis-pick-blind": 1,
    "evolis-eject-blind": 1,
    "matica-none": 2,
    "matica-pick": 1.5,
    "matica-eject": 1.5,
    "queue": 3,
    "queue-blind": 1,
}


@dataclass(frozen=True)
class Profile:
    """One way of drawing histories."""

    acts: Mapping[str, float] = field(default_factory=lambda: ACTS)
    cuts: Mapping[Cut, float] = field(default_factory=lambda: CUTS)
    kinds: Mapping[str, float] = field(default_factory=lambda: KIND_WEIGHTS)
    faults: Mapping[str, float] | None = None
    printers: tuple[int, int] = (2, 4)
    cards: tuple[int, int] = (10, 20)
    #: Blanks in each hopper at the start.
    first_load: tuple[int, int] = (4, 12)
    #: Mean cut points between two cuts; 0 for none. A card takes about 100.
    cut_every: float = 900.0
    #: Mean seconds between two acts.
    pace_s: float = 0.8
    missing: float = 0.05
    late: float = 0.3
    twice: float = 0.15
    #: After how many seconds (more or less) something broken is mended.
    delays_s: tuple[float, ...] = (0.1, 0.7, 2.0, 4.0, 9.0)
    #: Which share of jobs has two sides, asks for a test card, is posted as held.
    two_sided: float = 0.2
    test_jobs: float = 0.05
    held: float = 0.05
    #: Whether the people and machines of `whole_office.py` are there, which its acts need.
    whole_office: bool = False


PLAIN = Profile()
#: The same days with the work of the desk, of the store and of the evening in between.
DESK = Profile(acts={**ACTS, **DESK_ACTS})
#: Every so many seeds have it.
DESK_EVERY = 4
#: The same once more, with what an office does rarely. Of every 16 seeds these have it: remainders that no seed of
#: `seeds.txt` had when it came.
WHOLE_OFFICE = Profile(
    acts={**ACTS, **DESK_ACTS, **OFFICE_ACTS}, cards=(8, 16), pace_s=0.6, whole_office=True
)
OFFICE_EVERY, OFFICE_SEEDS = 16, frozenset({2, 11})
#: Of every 17 seeds, these draw printers of all families: the remainders that no seed of `seeds.txt` had when the
#: families came, so that each old one still tells its own history.
FAMILY_EVERY, FAMILY_SEEDS = 17, frozenset({4, 7, 8, 11, 15})


def profile_of(seed: int) -> Profile:
    """How this seed's history is drawn, unless a test says otherwise."""
    profile = DESK if seed % DESK_EVERY == 0 else PLAIN
    if seed % OFFICE_EVERY in OFFICE_SEEDS:
        profile = WHOLE_OFFICE
    if seed % FAMILY_EVERY in FAMILY_SEEDS:
        return replace(profile, kinds=FAMILY_WEIGHTS, acts={**profile.acts, **QUEUE_ACTS})
    return profile
