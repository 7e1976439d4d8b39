"""Devices that lie on purpose: each is caught, by the promise that it breaks and by no other.

A kit that every device passes proves nothing; and one whose promises all fail at once names no culprit.
"""

from __future__ import annotations

import pytest

from drivers import DriverError
from simulator.devicefile import LIES, liar_names, load_device
from tests.contract.conformance_bench import CABLES
from tests.contract.conformance_units import found_models, unit
from tests.contract.test_conformance import PROMISES, tried

#: Which promise catches whom. A device that hides a card inside cannot be cleared of it either: `discard` has
#: no other witness than that sensor.
CAUGHT_BY = {
    "counts-early": {"an-undrawn-card-moves-no-counter"},
    "counts-sometimes": {"a-counter-counts-cards"},
    "path-empty": {
        "the-path-sensor-tells-the-truth",
        "discard-leaves-nothing",
        "a-dead-host's-bytes-are-nobody's",
    },
    "keeps-job": {"discard-leaves-nothing"},
    "prints-twice": {"feed-moves-one-card"},
    "prints-nothing": {"a-card-bears-its-picture"},
    "ready-early": {"ready-means-out"},
    "no-serial": {"a-unit-tells-its-serial"},
    "same-serial": {"two-units-differ"},
}


def broken(device: str) -> set[str]:
    """The promises that this device does not keep."""
    spec = load_device(device)
    each = unit(found_models()[spec.model], device)
    cable = CABLES[each.model.family][0]
    found = set()
    for promise in PROMISES:
        try:
            tried(promise, each, cable)
        except (AssertionError, DriverError, pytest.fail.Exception):
            found.add(promise.name)
    return found


@pytest.mark.parametrize("device", liar_names())
def test_a_liar_breaks_exactly_its_promise(device: str) -> None:
    (lie,) = load_device(device).habits.lies
    assert broken(device) == CAUGHT_BY[lie]


@pytest.mark.parametrize("device", ["tiny-pick", "dualys3-k"])
def test_its_honest_twin_breaks_none(device: str) -> None:
    assert broken(device) == set()


def test_every_lie_has_its_device_and_its_promise() -> None:
    assert {f"liars/{lie}" for lie in LIES} == set(liar_names())
    assert set(CAUGHT_BY) == set(LIES)
    assert set.union(*CAUGHT_BY.values()) <= {promise.name for promise in PROMISES}
