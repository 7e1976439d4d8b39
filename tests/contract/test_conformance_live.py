"""The same promises over the cables that there are in life: USB/IP, a pseudo-terminal, TCP. One model a family."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contract.conformance_bench import BLANKS
from tests.contract.conformance_live import LIVE_CABLES, LiveBench
from tests.contract.conformance_promise import Promise
from tests.contract.conformance_units import Unit, found_models, unit
from tests.contract.test_conformance import PROMISES

# Every bench is a loop and a thread of its own, and some answers are waited for in real time: 0.5 s each.
pytestmark = pytest.mark.slow

TINY = [unit(found_models()[name]) for name in ("tiny-pick", "tiny-sensor", "tiny-matica")]
SUBJECTS = [
    pytest.param(each, cable, id=f"{each.model.family}-{cable}")
    for each in TINY
    for cable in LIVE_CABLES[each.model.family]
]
Stand = Callable[[Unit, str, int], LiveBench]


@pytest.fixture
def stand() -> Iterator[Stand]:
    """Stands a unit on a bench, and clears the bench."""
    benches: list[LiveBench] = []

    def stand(each: Unit, cable: str, blanks: int) -> LiveBench:
        benches.append(LiveBench(each, cable, blanks))
        return benches[-1]

    yield stand
    for bench in benches:
        bench.close()


@pytest.mark.parametrize(
    "promise", [each for each in PROMISES if not each.by_hand], ids=lambda promise: promise.name
)
@pytest.mark.parametrize(("each", "cable"), SUBJECTS)
def test_a_family_keeps_its_promises_over_a_real_cable(
    stand: Stand, each: Unit, cable: str, promise: Promise
) -> None:
    bench = stand(each, cable, BLANKS if promise.blanks is None else promise.blanks)
    if not promise.applies(bench):
        pytest.skip("this model has no such witness")
    promise.story(bench)
