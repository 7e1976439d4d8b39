"""Packing against the independent reading of the sheet in `sheet.py`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.magicard.packing import Head, colour_plane, resin_plane
from tests.unit.drivers import sheet

PACKINGS = ("P1", "P2", "P3")
HEADS = {packing: Head(packing, 672, 15) for packing in PACKINGS}


@pytest.mark.parametrize("packing", PACKINGS)
@given(lines=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_round_trip(packing: str, lines: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    levels = random.integers(0, 64, (lines, 642), dtype=np.uint8)
    plane = colour_plane(levels, HEADS[packing])
    assert len(plane) == lines * 6 * sheet.row_bytes(packing)
    assert (sheet.unpack(plane, packing, 6, 642) == levels).all()
    # Nothing but the picture is lit: not the margins, not the unused words.
    assert sheet.lit(plane) == int(np.unpackbits(levels).sum())

    black = random.integers(0, 2, (lines, 642), dtype=np.uint8)
    resin = resin_plane(black * np.uint8(255), HEADS[packing])
    assert (sheet.unpack(resin, packing, 1, 642) == black).all()
    assert sheet.lit(resin) == int(black.sum())


@pytest.mark.parametrize(
    ("packing", "dot", "where"),
    [
        ("P1", 0, (1, 0x01)),  # head dot 15: byte 1, its last bit
        ("P1", 641, (82, 0x80)),  # head dot 656
        ("P2", 0, (27, 0x02)),  # head dot 15: word 6, bit 31 - 30 = 1
        ("P2", 273, (0, 0x40)),  # head dot 288: word 0, bit 30
        ("P3", 0, (24, 0x40)),  # head dot 15: word 6, bit 30
        ("P3", 273, (3, 0x02)),  # head dot 288: word 0, bit 1
    ],
)
def test_dots_worked_out_by_hand(packing: str, dot: int, where: tuple[int, int]) -> None:
    levels = np.zeros((1, 642), np.uint8)
    levels[0, dot] = 1 << 2
    plane = colour_plane(levels, HEADS[packing])
    size = sheet.row_bytes(packing)
    lit = [(i, byte) for i, byte in enumerate(plane) if byte]
    assert lit == [(2 * size + where[0], where[1])]  # third bit plane: least significant first


def test_planes_have_the_sizes_of_the_real_headers() -> None:
    card, alto = np.zeros((1016, 642), np.uint8), np.zeros((1000, 642), np.uint8)
    assert len(colour_plane(card, HEADS["P1"])) == 512064
    assert len(resin_plane(card, HEADS["P1"])) == 85344
    assert len(colour_plane(card, HEADS["P2"])) == 585216
    assert len(resin_plane(card, HEADS["P2"])) == 97536
    assert len(colour_plane(alto, HEADS["P3"])) == 576000


def test_a_picture_wider_than_the_head_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        colour_plane(np.zeros((1, 658), np.uint8), HEADS["P1"])


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_narrow_picture_fits_as_well(packing: str) -> None:
    levels = np.arange(20, dtype=np.uint8)[None]
    plane = colour_plane(levels, HEADS[packing])
    assert (sheet.unpack(plane, packing, 6, 20) == levels).all()
