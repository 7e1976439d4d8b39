"""The one-card story: three blanks, one job, one printer, and at most one cut. And the story of a second card,
before which something goes wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash.cuts import Cut, Planned
from tests.crash.director import Director
from tests.crash.history import Result, Tidy
from tests.crash.judge import judge
from tests.crash.office import Counter
from tests.crash.operator import Operator
from tests.crash.profile import Profile
from tests.crash.sim import Sim
from tests.crash.world import SimPrinter

PROFILE = Profile(
    acts={"post": 1},
    printers=(1, 1),
    cards=(1, 1),
    cut_every=0,
    missing=0,
    late=0,
    twice=0,
    test_jobs=0,
    held=0,
    delays_s=(0.3, 2.5),
)
#: Long enough for the card, and for what a cut makes of it.
STORY_S = 60.0
#: What the job must come to when nobody cancels it and *again* is said of every card that is no good.
BLANKS = 3
#: How often somebody who waits for a moment looks.
LOOK_S = 0.05


@dataclass
class Scene:
    """Everybody in a story of one printer."""

    sim: Sim
    director: Director
    tidy: Tidy

    @property
    def printer(self) -> SimPrinter:
        """The only one."""
        return self.sim.printers["p1"]

    def order(self, *, two_sided: bool) -> None:
        """An application orders one card."""
        posted = self.director.new_order(two_sided=two_sided)
        self.director.counter.in_background("app", lambda: self.director.post_order(posted))

    def settled(self) -> bool:
        """Every order was taken, and no job waits or moves."""
        rows = self.sim.rows("SELECT 1 FROM job WHERE state IN ('pending', 'processing')")
        counter = self.director.counter
        return bool(counter.orders) and not counter.pending and self.sim.up and not rows

    def when(self, seen: Callable[[SimPrinter], bool], act: Callable[[], None]) -> None:
        """Somebody stands at the printer and acts at the first moment at which he sees this."""

        def stand() -> None:
            while not seen(self.printer):
                self.sim.turns.sleep(LOOK_S)
                self.printer.advance(self.sim.turns.now)
            act()

        self.sim.spawn("watcher", stand)

    def asked(self, reason: str) -> int:
        """How many questions with this reason there were."""
        found = self.sim.rows("SELECT count(*) AS n FROM question WHERE reason = ?", reason)
        return int(found[0]["n"])


def set_up(kind: str, plan: list[Planned] | None, seed: int) -> Scene:
    """A printer of this kind, its station, and its people."""
    sim = Sim({"p1": kind}, random.Random(seed), plan, trace=False)
    counter = Counter(sim)
    director = Director(counter, Operator(counter, PROFILE), PROFILE)
    return Scene(sim, director, Tidy(director))


def tell(
    kind: str, plan: list[Planned] | None = None, *, seed: int = 1, two_sided: bool = False
) -> Result:
    """Run the story and judge it. `points` of the result is how many cut points the story itself has."""
    scene = set_up(kind, plan, seed)

    def begin() -> None:
        scene.director.stock_up("p1", BLANKS)
        scene.order(two_sided=two_sided)

    return _play(scene, begin, seed)


def tell_of_a_second_card(
    kind: str,
    trouble: Callable[[Scene], None],
    *,
    before_tidy: Callable[[Scene], None] = lambda scene: None,
    after: Callable[[Scene], None] = lambda scene: None,
    two_sided: bool = True,
    seed: int = 1,
) -> Result:
    """One card is printed in peace; then there is trouble, and a second one is ordered. Judged as ever."""
    scene = set_up(kind, None, seed)
    begin = _second(scene, trouble, two_sided)
    return _play(scene, begin, seed, orders=2, before_tidy=before_tidy, after=after)


def play_a_second_card(
    kind: str, trouble: Callable[[Scene], None], then: Callable[[Scene], None], *, seed: int = 1
) -> None:
    """The same without an end and without a judge, who cannot read a database that was exchanged."""
    scene = set_up(kind, None, seed)
    try:
        _run(scene, _second(scene, trouble, two_sided=True), orders=2)
        then(scene)
    finally:
        scene.sim.turns.end()


def _second(scene: Scene, trouble: Callable[[Scene], None], two_sided: bool) -> Callable[[], None]:
    def begin() -> None:
        scene.director.stock_up("p1", BLANKS + 1)
        scene.order(two_sided=False)
        while not scene.settled():
            scene.sim.turns.sleep(LOOK_S)
        trouble(scene)
        scene.order(two_sided=two_sided)

    return begin


def _run(scene: Scene, begin: Callable[[], None], orders: int) -> None:
    sim = scene.sim
    sim.open()
    sim.spawn("order", begin)
    sim.spawn("operator", lambda: rounds(scene.director.operator))
    made = scene.director.counter.orders
    sim.run(lambda: len(made) == orders and scene.settled(), STORY_S)


def _play(
    scene: Scene,
    begin: Callable[[], None],
    seed: int,
    *,
    orders: int = 1,
    before_tidy: Callable[[Scene], None] = lambda scene: None,
    after: Callable[[Scene], None] = lambda scene: None,
) -> Result:
    sim, tidy = scene.sim, scene.tidy
    try:
        _run(scene, begin, orders)
        points = sim.points.count
        before_tidy(scene)
        sim.spawn("tidy", tidy.run)
        sim.run(lambda: tidy.over, STORY_S * 5)
        findings = [f"dead-lock: {what}" for what in tidy.unrest()] if not tidy.over else []
        findings += judge(sim, scene.director, tidy.over)
        after(scene)
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


def assert_survived(kind: str, planned: Planned) -> None:
    """Tells the story with this cut; fails with its history where the judge finds anything."""
    result = tell(kind, [planned])
    told = "\n".join([kind, str(planned), *result.history, *result.findings])
    assert not result.findings, told
