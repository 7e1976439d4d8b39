"""Four printers at full speed, one of them dead: the others notice nothing. On the virtual clock, where a gap is
made of looks, answers and commits, and of whatever one printer keeps another one waiting for."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from printstation.spool.timings import Histogram
from simulator.device import NoReply
from tests.crash.director import Director
from tests.crash.office import Counter
from tests.crash.operator import Operator
from tests.crash.sim import Sim
from tests.crash.story import PROFILE
from tests.crash.world import SimPrinter

LIVE = ("p1", "p2", "p3")
DYING = "p4"
CARDS = 6
#: What the issue allows.
MOST = 1.05
SEED = 6


def power_off(printer: SimPrinter) -> None:
    """It is gone from the bus."""
    printer.power_off()


def silence(printer: SimPrinter) -> None:
    """It is there and answers nothing: every question waits for its deadline."""

    def nothing(*_: object) -> bytes:
        raise NoReply

    printer.control = nothing  # type: ignore[assignment, method-assign]
    printer.bulk_in = lambda *_: None  # type: ignore[method-assign]
    printer.bulk_out = lambda *_: None  # type: ignore[method-assign]


Death = Callable[[SimPrinter], None]


def gaps(death: Death | None) -> tuple[float, float, list[str]]:
    """Mean idle gap and mean feed-to-out of the three, in virtual seconds, and what the fourth says at the end."""
    rng = random.Random(SEED)
    sim = Sim(dict.fromkeys((*LIVE, DYING), "none"), rng)
    counter = Counter(sim)
    director = Director(counter, Operator(counter, PROFILE), PROFILE)

    def day() -> None:
        for printer in sim.printers:
            director.stock_up(printer, CARDS)
        for _ in range(4 * CARDS):
            director.post_order(director.new_order(two_sided=False))
        if death is not None:
            death(sim.printers[DYING])

    def printed() -> int:
        query = "SELECT count(*) AS n FROM card WHERE state = 'printed' AND printer IN (?, ?, ?)"
        return int(sim.rows(query, *LIVE)[0]["n"])

    try:
        sim.open()
        sim.spawn("day", day)
        sim.run(lambda: printed() == CARDS * len(LIVE), 600.0)
        assert printed() == CARDS * len(LIVE), "the three printed all that they had"
        assert sim.station is not None
        times = [sim.station.timings[name] for name in LIVE]
        dead = next(view for view in sim.station.views() if view.name == DYING)
        said = [reason.keyword for reason in dead.reasons]
    finally:
        sim.turns.end()
    return _mean([t.gap for t in times]), _mean([t.card for t in times]), said


def _mean(histograms: list[Histogram]) -> float:
    counts = sum(sum(h.read()[0]) for h in histograms)
    assert counts >= len(LIVE) * (CARDS - 1), counts
    return sum(h.read()[1] for h in histograms) / counts


@pytest.mark.parametrize("death", [power_off, silence])
def test_a_dead_printer_widens_no_gap_of_the_others(death: Death) -> None:
    gap, card, said = gaps(None)
    with_dead, card_with_dead, dead_said = gaps(death)
    assert said == [] or "disconnected" not in said
    assert "disconnected" in dead_said
    assert with_dead <= MOST * gap, (with_dead, gap)
    assert card_with_dead <= MOST * card
