"""A card of an Evolis printer, end to end: the daemon, the cable and the simulated printer as processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.office import Machine, Office, opened
from tests.process.operator import Operator

pytestmark = pytest.mark.slow  # two processes start: 4 s

#: Faster than life, and slow enough that the daemon sees each printer move.
SPEED = 60.0
#: The body's names of the planes: y is its B, m its G, c its R.
PLANES = {
    "zenius": {"front": ("B", "G", "R", "K"), "back": ()},
    "primacy": {"front": ("B", "G", "R", "K"), "back": ("K",)},
}


def lies_in_the_world(office: Office, reference: str, device: str) -> bool:
    cards = [card for card in office.made() if card.reference == reference]
    return [(card.place, card.printed) for card in cards] == [("output", PLANES[device])]


@pytest.mark.parametrize("device", PLANES)
def test_a_card_is_printed_and_lies_in_the_world(tmp_path: Path, device: str) -> None:
    with opened(tmp_path, (Machine("ev", device, blanks=3),), speed=SPEED) as office:
        job = office.job()
        [ended] = Operator(office).see_through(job)
        assert (ended["state"], ended["evidence"]["rule"]) == ("completed", 3)
        assert lies_in_the_world(office, job["reference"], device)
        assert len(office.made()) == 1
        assert office.command("audit").returncode == 0
