"""Every panel coding: the sheet's bytes by hand, and what the simulator (written from the sheet alone) reads."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.evolis import coding
from simulator.devicefile import Geometry
from simulator.evolis import panels as evolis_panels

Dots = NDArray[np.uint8]
STEPS = (32, 64, 128)
LINES, ACROSS = 40, 648
GEOMETRY = Geometry(LINES, ACROSS, 0, "P1", 81)


def read(panel: str, steps: int, compressed: bool, data: bytes) -> Dots:
    return evolis_panels.levels(panel, steps, compressed, data, GEOMETRY)


def pictures(steps: int) -> dict[str, Dots]:
    """Noise, flats, gradients and lines whose runs have every awkward length."""
    random = np.random.default_rng(steps)
    top = steps - 1
    shape = (LINES, ACROSS)
    found = {
        "noise": random.integers(0, steps, shape, dtype=np.uint8),
        "blank": np.zeros(shape, np.uint8),
        "full": np.full(shape, top, np.uint8),
        "gradient": np.broadcast_to(np.arange(ACROSS) * top // ACROSS, shape).astype(np.uint8),
        "islands": np.where(random.random(shape) < 0.02, top, 0).astype(np.uint8),
    }
    awkward = np.zeros(shape, np.uint8)
    lengths = (1, 2, 3, 254, 255, 256, 257, 510, 511, 512, 513, 640, 646, 647, 648)
    for line, length in zip(range(LINES), lengths * 3, strict=False):
        awkward[line, :length] = line % top + 1 if line % 2 else top
    found["awkward"] = awkward
    return found


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("kind", list(pictures(64)))
def test_a_dye_panel_is_read_as_it_was_drawn(steps: int, kind: str) -> None:
    dots = pictures(steps)[kind]
    assert np.array_equal(read("y", steps, False, coding.dense(dots, steps)), dots)
    assert np.array_equal(read("y", steps, True, coding.runs(dots, steps)), dots)


@pytest.mark.parametrize("kind", list(pictures(64)))
def test_a_resin_panel_is_read_as_it_was_drawn(kind: str) -> None:
    bits = (pictures(64)[kind] > 0).astype(np.uint8)
    black = bits * np.uint8(255)
    assert np.array_equal(read("k", 2, False, coding.bitmap(black)), bits)
    assert np.array_equal(read("k", 2, True, coding.lines(black)), bits)


@pytest.mark.parametrize(("steps", "size"), [(32, 411_480), (64, 493_776), (128, 576_072)])
def test_sizes_of_the_sheet(steps: int, size: int) -> None:
    assert len(coding.dense(np.zeros((1016, 648), np.uint8), steps)) == size
    assert len(coding.bitmap(np.zeros((1016, 648), np.uint8))) == 82_296


def test_dots_are_packed_most_significant_bit_first() -> None:
    eight = np.array([[1, 0, 0, 0, 0, 0, 0, 63]], np.uint8)
    assert coding.dense(eight, 64) == bytes((0b00000100, 0, 0, 0, 0, 0b00111111))
    assert coding.dense(eight >> np.uint8(1), 32) == bytes((0, 0, 0, 0, 0b00011111))
    assert coding.dense(np.array([[127] + [0] * 7], np.uint8), 128) == bytes(
        (254, 0, 0, 0, 0, 0, 0)
    )
    with pytest.raises(ValueError, match="eights"):
        coding.dense(np.zeros((1, 7), np.uint8), 64)


def test_lines_of_resin_by_hand() -> None:
    """evolis.md §4 (V): 00 empty, FF all ones, else a count and its bytes."""
    black = np.zeros((4, 648), np.uint8)
    black[1] = 255
    black[2, 0] = 255
    black[3, 647] = 255
    assert coding.lines(black) == b"\0" + b"\xff" + b"\1\x80" + b"\x51" + b"\0" * 80 + b"\x01"


def test_runs_of_dye_by_hand() -> None:
    """evolis.md §4: single dots, runs with their extra counter bits, a blank line; none crosses a line's end."""
    line = np.zeros((3, 648), np.uint8)
    line[0, :3] = (5, 6, 6)
    line[2, :300] = 9
    assert coding.runs(line, 64) == (
        b"\x05" + b"\x86\x02" + bytes((0x80 | 0x40, 511 - 256)) + bytes((0x80, 645 - 511))
        + b"\x80\0"
        + bytes((0x80 | 0x40 | 9, 300 - 256)) + bytes((0x80 | 0x40, 348 - 256))
    )  # fmt: skip


@pytest.mark.parametrize("steps", STEPS)
def test_the_levels_of_the_house_become_the_printers(steps: int) -> None:
    levels = np.arange(64, dtype=np.uint8).reshape(1, 64)
    scaled = coding.scaled(levels, steps)
    assert (scaled[0, 0], scaled[0, -1]) == (0, steps - 1)
    back = np.unpackbits(
        np.frombuffer(evolis_panels.plane(scaled, steps), np.uint8).reshape(6, 8), axis=1
    )
    shown = sum(back[bit].astype(int) << bit for bit in range(6))
    assert np.abs(shown - np.arange(64)).max() <= (1 if steps == 32 else 0)
