"""The conformance kit: every promise of the contract, at every model file that is found, on every cable of its
family. A new model is tried by its file alone; see docs/adding-a-printer.md."""

from __future__ import annotations

import pytest

from tests.contract import conformance_cables, conformance_cards
from tests.contract.conformance_bench import BLANKS, CABLES, Bench
from tests.contract.conformance_promise import Promise
from tests.contract.conformance_units import Unit, found_models, unit

PROMISES = (*conformance_cards.promise.all, *conformance_cables.promise.all)
UNITS = [unit(model) for model in found_models().values() if model.family in CABLES]
SUBJECTS = [
    pytest.param(each, cable, id=f"{each.model.name}-{cable}")
    for each in UNITS
    for cable in CABLES[each.model.family]
]


def tried(promise: Promise, each: Unit, cable: str) -> bool:
    """Tell the story; False where the promise is none of this unit's."""
    bench = Bench(each, cable, BLANKS if promise.blanks is None else promise.blanks)
    if not promise.applies(bench):
        return False
    promise.story(bench)
    return True


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
@pytest.mark.parametrize(("each", "cable"), SUBJECTS)
def test_every_model_keeps_its_promises(each: Unit, cable: str, promise: Promise) -> None:
    if not tried(promise, each, cable):
        pytest.skip("this model has no such witness")
