"""One card from its bytes to its picture, for every packing and for both sides."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.devicefile import Geometry, device_names, load_device
from tests.unit.simulator import streams
from tests.unit.simulator.rig import Rig
from tests.unit.simulator.streams import Picture

REAL = ("tango2e", "enduro", "alto")


@pytest.mark.parametrize(
    "device", [name for name in device_names() if load_device(name).family == "magicard"]
)
def test_the_picture_is_what_was_sent(device: str) -> None:
    rig = Rig(device)
    levels = streams.sample(device)
    rig.send(streams.page(device, streams.packed(device, levels)))
    rig.wait()
    card = rig.cards()[0]
    assert card["place"] == "output"
    assert card["sides"]["front"]["printed"] == ["B", "G", "R", "K"]
    assert card["sides"]["back"] == {"png": None, "printed": [], "printing": None}
    assert np.array_equal(rig.picture(), streams.expected(levels))


@pytest.mark.parametrize("device", ["tiny-pick", "enduro"])
def test_two_sides_are_both_upright(device: str) -> None:
    rig = Rig(device)
    rig.send(streams.two_sides(device, seed=5))
    rig.wait()
    assert rig.places().count("output") == 1
    assert np.array_equal(rig.picture("1", "front"), streams.expected(streams.sample(device, 5)))
    assert np.array_equal(rig.picture("1", "back"), streams.expected(streams.sample(device, 6)))


def test_a_picture_stands_the_right_way_round() -> None:
    """One red corner and one resin corner, so that a mirrored or turned card cannot pass."""
    rig = Rig("tiny-pick")
    blank = np.zeros((50, 80), np.uint8)
    levels: dict[str, Picture] = {letter: blank.copy() for letter in "BGRK"}
    levels["B"][0, 0] = levels["G"][0, 0] = 63  # top left: no blue, no green
    levels["K"][49, 0] = 1  # bottom left
    rig.send(streams.page("tiny-pick", streams.packed("tiny-pick", levels)))
    rig.wait()
    picture = rig.picture()
    assert picture[0, 0].tolist() == [255, 0, 0]
    assert picture[49, 0].tolist() == [0, 0, 0]
    assert (picture == 255).all(axis=2).sum() == 50 * 80 - 2


@pytest.mark.parametrize("device", REAL)
def test_a_side_takes_half_a_minute_at_most(device: str) -> None:
    rig = Rig(device)
    job = streams.page(device, {"B": bytes(_plane_size(device))})
    rig.send(job)
    rig.until("eject", 1.0)
    assert rig.now < 30.0


def test_status_is_busy_between_ready_and_ready() -> None:
    rig = Rig("tango2e", hopper=2)
    assert rig.status() == 0x18
    rig.send(streams.page("tango2e", {"B": bytes(_plane_size("tango2e"))}))
    assert rig.status() == 0x18, "just after the last byte it still says ready"
    seen = rig.wait()
    assert set(seen[:-1]) == {0x08} and seen[-1] == 0x18


def test_an_empty_idle_hopper_shows_as_media_out() -> None:
    rig = Rig("tiny-pick", hopper=0)
    assert rig.status() == 0x38
    rig.office.load("p", 1, rig.now)
    assert rig.status() == 0x18


def test_counters_move_at_their_moment() -> None:
    moments = {}
    for device in ("tiny-none", "tiny-pick", "tiny-eject"):
        rig = Rig(device)
        rig.send(streams.one_side(device))
        rig.until("B")
        halfway = rig.counter()
        rig.wait()
        moments[device] = (halfway, rig.counter())
    assert moments == {"tiny-none": (None, None), "tiny-pick": (1, 1), "tiny-eject": (0, 1)}


def test_the_card_is_drawn_while_its_data_still_arrive() -> None:
    rig = Rig("tiny-pick")
    job = streams.one_side("tiny-pick")
    rig.send(job[:1000])
    rig.wait(5.0)
    assert rig.cards()[0]["place"] == "path"
    assert rig.cards()[0]["sides"]["front"]["printed"] == []
    rig.send(job[1000:6000])
    rig.wait(5.0)
    assert rig.cards()[0]["sides"]["front"]["printed"] == ["B"], (
        "a panel prints when it is complete"
    )


def test_half_a_panel_is_half_a_picture() -> None:
    rig = Rig("tiny-pick")
    full = {"B": streams.plane("B", np.full((50, 80), 63, np.uint8), "front", _geometry())}
    rig.send(streams.page("tiny-pick", full))
    rig.until("B", 0.5)
    side = rig.cards()[0]["sides"]["front"]
    assert (side["printed"], side["printing"]) == ([], "B")
    yellow = (rig.picture()[:, :, 2] == 0).any(axis=0)
    assert yellow.sum() == 40 and yellow[40:].all(), "line 0 is the card's right end"


def test_bytes_one_at_a_time_make_the_same_card() -> None:
    rig = Rig("tiny-pick")
    levels = streams.sample("tiny-pick")
    rig.send(streams.page("tiny-pick", streams.packed("tiny-pick", levels)), chunk=1)
    rig.wait()
    assert np.array_equal(rig.picture(), streams.expected(levels))


def test_copies_are_cards_of_their_own() -> None:
    rig = Rig("tiny-pick")
    rig.send(streams.one_side("tiny-pick").replace(b"NOC1", b"NOC2"))
    rig.wait()
    assert rig.places().count("output") == 2
    assert rig.counter() == 2


def test_a_hand_fed_job_waits_for_its_card() -> None:
    rig = Rig("tiny-pick", hopper=2)
    rig.send(streams.one_side("tiny-pick", extra=("HFDON",)))
    rig.now += 1.0
    rig.act("hand-feed")
    rig.wait()
    assert rig.places() == ["hopper", "hopper", "output"]


def _plane_size(device: str) -> int:
    geometry = load_device(device).geometry
    return geometry.lines * geometry.row_bytes * 6


def _geometry() -> Geometry:
    return load_device("tiny-pick").geometry
