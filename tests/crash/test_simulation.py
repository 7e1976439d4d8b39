"""The simulation itself: a seed repeats, pictures tell whose they are, and the judge sees what is put before it."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from sqlalchemy import Connection

from simulator import planes as simulated
from simulator.devicefile import load_device
from simulator.world import Layer
from tests.crash import house, picture
from tests.crash.history import run
from tests.crash.profile import FAMILY_WEIGHTS, profile_of
from tests.crash.story import tell
from tests.crash.world import KINDS


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


#: One kind of every shape of card: family, size and sides.
SHAPES = sorted({picture.alike(kind) for kind in KINDS})


@pytest.mark.parametrize("kind", SHAPES)
def test_planes_decode_to_the_reference_that_they_are_kept_under(kind: str) -> None:
    device = load_device(KINDS[kind].device)
    wanted = ["front", "back"][: house.tiny_model(kind).sides]
    assert list(picture.planes(kind, "tiny-two", "R-0042")) == wanted
    for layout in ("tiny-one", "tiny-two"):
        for side, found in picture.planes(kind, layout, "R-0042").items():
            layers = [
                Layer(letter, plane, total=80, device=device.name, lines=80)
                for letter, plane in found.items()
            ]
            seen = simulated.compose(layers, device.geometry, side).resize((640, 400), 0)
            assert [code.text for code in zxingcpp.read_barcodes(seen)] == ["R-0042"]


@pytest.mark.parametrize("kind", SHAPES)
def test_every_plane_of_every_reference_is_its_own(kind: str) -> None:
    seen = [
        plane
        for reference in ("R-0001", "R-0002", "R-0003")
        for found in picture.planes(kind, "tiny-two", reference).values()
        for plane in found.values()
    ]
    # Of one reference both sides may share a plane's bytes nowhere: the layouts differ.
    assert len(set(seen)) == len(seen)


def test_the_families_have_seeds_of_their_own() -> None:
    """Old seeds tell their old histories; of the others enough draw printers of every family."""
    kept = (Path(__file__).parent / "seeds.txt").read_text(encoding="utf-8").splitlines()
    old = kept[: next(n for n, line in enumerate(kept) if line.startswith("# All families"))]
    numbers = [int(line.split("#")[0]) for line in old if line.split("#")[0].strip()]
    assert not [seed for seed in numbers if profile_of(seed).kinds is FAMILY_WEIGHTS]
    share = sum(profile_of(seed).kinds is FAMILY_WEIGHTS for seed in range(500)) / 500
    assert 0.2 < share < 0.4
    assert {KINDS[kind].family for kind in FAMILY_WEIGHTS} >= {"magicard", "evolis", "matica"}


def test_the_story_is_told_with_its_card() -> None:
    result = tell("pick")
    assert any("draws card 1 for feed 1" in line for line in result.history)
    assert any("card 1 is in output" in line for line in result.history)
