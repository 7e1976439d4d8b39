"""The drawn pictures: pure, bilevel where it must be, readable by machines at every geometry."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops

import layouts
from layouts import Geometry
from tests.unit.layouts.kit import HEAD, QR_ONLY, load, sample, specimen

GEOMETRIES = [Geometry(1016, 642, 300), Geometry(1000, 642, 300), Geometry(2032, 1284, 600)]
REFERENCES = ["a", "KTP-2026.11_000123", "Zz" * 32, "0" * 64, "._-" * 21]


def digest(pictures: dict[str, layouts.Picture]) -> str:
    whole = hashlib.sha256()
    for side, picture in pictures.items():
        for part in (side.encode(), picture.rgb.tobytes(), picture.resin.tobytes()):
            whole.update(part)
    return whole.hexdigest()


def test_same_input_same_bytes_in_any_order_and_thread() -> None:
    cases = [(n, g) for n in specimen().sample_names for g in GEOMETRIES[:2]]

    def draw(case: tuple[str, Geometry]) -> str:
        return digest(layouts.render(specimen(), *sample(case[0]), case[1]))

    first = [draw(case) for case in cases]
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(draw, cases[::-1] * 2))
    assert again == first[::-1] * 2
    assert len(set(first)) == len(cases)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_pictures_have_the_modes_and_sizes_of_a_face(geometry: Geometry) -> None:
    for picture in layouts.render(specimen(), *sample("plain"), geometry).values():
        assert (picture.rgb.mode, picture.resin.mode) == ("RGB", "L")
        assert picture.rgb.size == picture.resin.size == geometry.size
        assert {level for _, level in picture.resin.getcolors() or []} == {0, 255}
        under = Image.new("RGB", geometry.size, "white")
        under.paste(picture.rgb, mask=picture.resin)
        assert ImageChops.invert(under).getbbox() is None, "dye under resin is white"


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("geometry", GEOMETRIES[:2], ids=str)
def test_the_reference_is_read_back_from_the_front(reference: str, geometry: Geometry) -> None:
    values, photo, signature, _ = sample("plain")
    front = layouts.render(specimen(), values, photo, signature, reference, geometry)["front"]
    for seen in (layouts.compose(front), ImageChops.invert(front.resin)):
        codes = zxingcpp.read_barcodes(seen)
        assert [(c.format, c.text) for c in codes] == [(zxingcpp.BarcodeFormat.QRCode, reference)]


def test_the_number_is_read_back_from_the_back() -> None:
    back = layouts.compose(layouts.render(specimen(), *sample("plain"))["back"])
    codes = zxingcpp.read_barcodes(back)
    assert [(c.format, c.text) for c in codes] == [
        (zxingcpp.BarcodeFormat.Code128, "1771991708450001")
    ]


@pytest.mark.parametrize("reference", ["c1", "run-0007", "a" * 17])
def test_a_toy_geometry_still_carries_the_reference(tmp_path: Path, reference: str) -> None:
    layout = load(tmp_path, QR_ONLY)
    geometry = Geometry(80, 50, 24)
    picture = layouts.render(layout, {}, None, None, reference, geometry)["front"]
    seen = layouts.compose(picture)
    assert seen.size == (80, 50)
    (code,) = zxingcpp.read_barcodes(seen.resize((320, 200), Image.Resampling.NEAREST))
    assert code.text == reference


def test_a_code_that_a_geometry_cannot_carry_is_refused(tmp_path: Path) -> None:
    layout = load(tmp_path, QR_ONLY)
    assert layouts.check(layout, {}, None, None, "a" * 64) == ()
    with pytest.raises(layouts.Unprintable) as caught:
        layouts.render(layout, {}, None, None, "a" * 64, Geometry(60, 38, 18))
    assert caught.value.problems[0].code == "does-not-fit"


def test_the_specimen_draws_at_half_the_dots() -> None:
    pictures = layouts.render(specimen(), *sample("longest")[:3], "r", Geometry(508, 321, 150))
    assert pictures["front"].resin.getbbox() is not None


def test_a_module_is_a_whole_number_of_dots() -> None:
    front = layouts.render(specimen(), *sample("plain"))["front"].resin
    left, top, right, bottom = 38, 446, 264, 627
    code = front.crop((left, top, right, bottom))
    code = code.crop(code.getbbox())
    modules, dots = 21, code.width / 21
    assert code.width == code.height and dots == int(dots)
    small = code.resize((modules, modules), Image.Resampling.NEAREST)
    again = small.resize(code.size, Image.Resampling.NEAREST)
    assert ImageChops.difference(code, again).getbbox() is None


LABEL = """
[[sides.front.elements]]
kind = "row"
label = "Agama"
label_when = [{ field = "name", starts_with = "KEPERCAYAAN", text = "Kepercayaan" }]
value = "{name}"
x = 5
y = 5
h = 4
colon_x = 30
value_x = 33
w = 50
label_font = "plain"
font = "plain"
size = 3
"""


def test_a_label_depends_on_data(tmp_path: Path) -> None:
    layout = load(tmp_path, HEAD + LABEL)

    def labels(value: str) -> Image.Image:
        picture = layouts.render(layout, {"name": value}, None, None, "r")["front"]
        return picture.resin.crop((0, 0, 350, 150))

    assert labels("ISLAM").tobytes() == labels("HINDU").tobytes() == labels("").tobytes()
    assert labels("KEPERCAYAAN TERHADAP TUHAN YME").tobytes() != labels("HINDU").tobytes()


def test_an_empty_part_takes_its_comma_along() -> None:
    values, *rest = sample("plain")
    whole, *others = (
        layouts.render(specimen(), values | change, *rest)["front"].resin.tobytes()  # type: ignore[arg-type]
        for change in ({}, {"birth_place": ""}, {"birth_place": " "})
    )
    assert whole != others[0] == others[1]


SIGNED = """
[[sides.front.elements]]
kind = "signature"
x = 5
y = 5
w = 40
h = 20
ink = "INK"
"""


@pytest.mark.parametrize("ink", ["resin", "dye"])
def test_a_signature_is_drawn_in_the_ink_of_the_layout(tmp_path: Path, ink: str) -> None:
    layout = load(tmp_path, HEAD + SIGNED.replace("INK", ink))
    picture = layouts.render(layout, {}, None, sample("plain")[2], "r")["front"]
    inked = {"resin": picture.resin, "dye": ImageChops.invert(picture.rgb)}
    assert inked.pop(ink).getbbox() is not None
    assert inked.popitem()[1].getbbox() is None


def test_dye_may_stay_under_resin_if_the_layout_says_so(tmp_path: Path) -> None:
    side = '[sides.front]\nbackground = "#ff0000"\n'
    for knock_out, colour in (("true", (255, 255, 255)), ("false", (255, 0, 0))):
        text = HEAD.replace("[fonts]", f"knock_out = {knock_out}\n[fonts]")
        layout = load(tmp_path, text + side + LABEL)
        picture = layouts.render(layout, {"name": "X"}, None, None, "r")["front"]
        under = Image.new("RGB", picture.rgb.size, colour)
        under.paste(picture.rgb, mask=picture.resin)
        assert (under.getcolors() or [])[0][1] == colour and len(under.getcolors() or []) == 1


def test_values_are_printed_as_given() -> None:
    """No upper-casing, no trimming inside, no other spelling."""
    values, *rest = sample("plain")
    drawn = {
        layouts.render(specimen(), values | {"name": name}, *rest)["front"].resin.tobytes()  # type: ignore[arg-type]
        for name in ("BUDI SANTOSO", "Budi Santoso", "BUDI  SANTOSO", "BUDI SANTOSO.")
    }
    assert len(drawn) == 4
