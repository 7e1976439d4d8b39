"""The simulation itself: a seed repeats, pictures tell whose they are, and the judge sees what is put before it."""

from __future__ import annotations

import pytest
import zxingcpp
from sqlalchemy import Connection

from simulator import planes as simulated
from simulator.devicefile import load_device
from simulator.world import Layer
from tests.crash import house, picture
from tests.crash.history import run
from tests.crash.story import tell


def test_a_seed_repeats_exactly() -> None:
    first, second = run(4711), run(4711)
    assert first.history == second.history
    assert (first.points, first.seconds) == (second.points, second.seconds)
    assert run(4712).history != first.history


@pytest.mark.slow
def test_quick_statements_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [run(seed).history for seed in range(60, 64)]
    engine = house.files().engine
    monkeypatch.setattr(engine, "_connection_cls", Connection)
    assert [run(seed).history for seed in range(60, 64)] == quick


def test_planes_decode_to_the_reference_that_they_are_kept_under() -> None:
    geometry = load_device("tiny-none").geometry
    for layout in ("tiny-one", "tiny-two"):
        for side, found in picture.planes(layout, "R-0042").items():
            layers = [
                Layer(letter, plane, total=80, device="tiny-none", lines=80)
                for letter, plane in found.items()
            ]
            seen = simulated.compose(layers, geometry, side).resize((640, 400), 0)
            assert [code.text for code in zxingcpp.read_barcodes(seen)] == ["R-0042"]


def test_every_plane_of_every_reference_is_its_own() -> None:
    seen = [
        plane
        for reference in ("R-0001", "R-0002", "R-0003")
        for found in picture.planes("tiny-two", reference).values()
        for plane in found.values()
    ]
    # Of one reference both sides may share a plane's bytes nowhere: the layouts differ.
    assert len(set(seen)) == len(seen)


def test_the_story_is_told_with_its_card() -> None:
    result = tell("pick")
    assert any("draws card 1 for feed 1" in line for line in result.history)
    assert any("card 1 is in output" in line for line in result.history)
