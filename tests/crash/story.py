"""The one-card story: three blanks, one job, one printer, and at most one cut."""

from __future__ import annotations

import random

from tests.crash.cuts import Cut, Planned
from tests.crash.director import Director
from tests.crash.history import Result, Tidy
from tests.crash.judge import judge
from tests.crash.office import Counter
from tests.crash.operator import Operator
from tests.crash.profile import Profile
from tests.crash.sim import Sim

PROFILE = Profile(
    acts={"post": 1},
    printers=(1, 1),
    cards=(1, 1),
    cut_every=0,
    missing=0,
    late=0,
    twice=0,
    test_jobs=0,
    delays_s=(0.3, 2.5),
)
#: Long enough for the card, and for what a cut makes of it.
STORY_S = 60.0
#: What the job must come to when nobody cancels it and *again* is said of every card that is no good.
BLANKS = 3


def tell(
    kind: str, plan: list[Planned] | None = None, *, seed: int = 1, two_sided: bool = False
) -> Result:
    """Run the story and judge it. `points` of the result is how many cut points the story itself has."""
    rng = random.Random(seed)
    sim = Sim({"p1": kind}, rng, plan, trace=False)
    counter = Counter(sim)
    operator = Operator(counter, PROFILE)
    director = Director(counter, operator, PROFILE)
    tidy = Tidy(director)
    points = 0

    def order() -> None:
        director.stock_up("p1", BLANKS)
        posted = director.new_order(two_sided=two_sided)
        counter.in_background("app", lambda: director.post_order(posted))

    def ended() -> bool:
        rows = sim.rows("SELECT 1 FROM job WHERE state IN ('pending', 'processing')")
        return bool(counter.orders) and not counter.pending and sim.up and not rows

    try:
        sim.open()
        sim.spawn("order", order)
        sim.spawn("operator", lambda: rounds(operator))
        sim.run(ended, STORY_S)
        points = sim.points.count
        sim.spawn("tidy", tidy.run)
        sim.run(lambda: tidy.over, STORY_S * 5)
        findings = [f"dead-lock: {what}" for what in tidy.unrest()] if not tidy.over else []
        findings += judge(sim, director, tidy.over)
    finally:
        sim.turns.end()
    return Result(seed, len(sim.truth.origins), points, sim.turns.now, findings, sim.history)


def rounds(operator: Operator) -> None:
    """The operator looks every second."""
    while True:
        operator.sim.turns.sleep(1.0)
        operator.round()


def cuts_of(kind: str, *, two_sided: bool = False) -> list[Planned]:
    """Every cut of the uncut story."""
    points = tell(kind, two_sided=two_sided).points
    return [Planned(at, cut) for at in range(1, points + 1) for cut in Cut]
