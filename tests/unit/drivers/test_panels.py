"""One face to panels: six bits, resin clears dye, no K means full colour."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from drivers import Face
from drivers.panels import separate


def face(rgb: list[tuple[int, int, int]], resin: list[int]) -> Face:
    colour = Image.new("RGB", (len(rgb), 1))
    colour.putdata(rgb)
    mask = Image.new("L", (len(resin), 1))
    mask.putdata(resin)
    return Face(colour, mask)


def test_levels_drop_two_bits() -> None:
    panels = separate(face([(255, 252, 251), (0, 3, 4), (128, 127, 64)], [0, 0, 0]), resin=True)
    assert panels.cyan.tolist() == [[0, 63, 31]]
    assert panels.magenta.tolist() == [[0, 63, 32]]
    assert panels.yellow.tolist() == [[1, 62, 47]]


def test_resin_clears_the_dye_under_it() -> None:
    panels = separate(face([(10, 20, 30), (10, 20, 30)], [255, 0]), resin=True)
    assert panels.black is not None
    assert panels.black.tolist() == [[255, 0]]
    assert panels.cyan.tolist() == [[0, 61]]
    assert panels.magenta.tolist() == [[0, 58]]
    assert panels.yellow.tolist() == [[0, 56]]


def test_without_k_resin_is_full_dye() -> None:
    panels = separate(face([(255, 255, 255), (255, 255, 255)], [255, 0]), resin=False)
    assert panels.black is None
    assert panels.cyan.tolist() == panels.magenta.tolist() == panels.yellow.tolist() == [[63, 0]]


def test_panels_are_bytes_and_the_face_stays_as_it_was() -> None:
    given = face([(1, 2, 3)], [255])
    panels = separate(given, resin=True)
    assert panels.cyan.dtype == np.uint8
    assert given.rgb.getpixel((0, 0)) == (1, 2, 3)
    assert given.resin.getpixel((0, 0)) == 255


@pytest.mark.parametrize("grey", [1, 127, 254])
def test_a_mask_with_a_third_value_is_refused(grey: int) -> None:
    with pytest.raises(ValueError, match="0 and 255 only"):
        separate(face([(0, 0, 0)], [grey]), resin=True)


def test_two_sizes_and_other_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="RGB and L"):
        separate(Face(Image.new("RGB", (2, 1)), Image.new("L", (1, 1))), resin=True)
    with pytest.raises(ValueError, match="RGB and L"):
        separate(Face(Image.new("L", (1, 1)), Image.new("L", (1, 1))), resin=True)


@pytest.mark.parametrize(("turn", "pillows"), [("left", "ROTATE_90"), ("right", "ROTATE_270")])
def test_panels_are_turned_as_pillow_turns_the_picture(turn: str, pillows: str) -> None:
    rows, columns = np.mgrid[0:5, 0:7]
    dots = (rows * 7 + columns).astype(np.uint8)
    rgb = Image.merge("RGB", [Image.fromarray(dots * np.uint8(k)) for k in (1, 3, 5)])
    mask = Image.fromarray(np.where(dots % 3, 0, 255).astype(np.uint8))
    how = Image.Transpose[pillows]
    wanted = separate(Face(rgb.transpose(how), mask.transpose(how)), resin=True)
    found = separate(Face(rgb, mask), resin=True, turn=turn)
    for name in ("yellow", "magenta", "cyan", "black"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
