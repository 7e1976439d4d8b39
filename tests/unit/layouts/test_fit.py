"""Fitting texts: the order of the means, and that nothing is ever cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts import fonts
from layouts.fit import DoesNotFit, Fitted, NoGlyph, fit
from layouts.schema import FontFace, Template, Text

WIDE = "IBM Plex Sans Condensed"
NARROW = "Barlow Condensed"
FONT = FontFace(family=WIDE, weight="Medium", narrower=NARROW)
LONG = "RADEN AJENG SITI NURHALIZA KUSUMANINGRUM WIDYADHARI PRAMESTI"


def place(w: float, h: float = 6.0, floor: float = 2.0, lines: int = 2) -> Text:
    template = Template(parts=("{name}",))
    return Text(x=0, y=0, w=w, h=h, text=template, font="f", size=3.0, floor=floor, lines=lines)


def width_mm(fitted: Fitted) -> float:
    return fitted.size_mm * max(
        fonts.width_em(fitted.family, fitted.weight, line) for line in fitted.lines
    )


def test_a_short_text_keeps_size_and_family() -> None:
    assert fit("BUDI", place(40), FONT) == Fitted(("BUDI",), WIDE, "Medium", 3.0)


def test_then_the_narrower_family_at_full_size() -> None:
    room = 3.0 * fonts.width_em(NARROW, "Medium", LONG) + 0.1
    assert fit(LONG, place(room), FONT) == Fitted((LONG,), NARROW, "Medium", 3.0)


def test_then_a_smaller_size_down_to_the_floor() -> None:
    room = 2.0 * fonts.width_em(NARROW, "Medium", LONG) + 0.01
    fitted = fit(LONG, place(room), FONT)
    assert fitted.lines == (LONG,) and 2.0 <= fitted.size_mm < 2.1


def test_then_two_lines_broken_at_a_space() -> None:
    room = 2.0 * fonts.width_em(NARROW, "Medium", LONG) - 1
    fitted = fit(LONG, place(room), FONT)
    assert len(fitted.lines) == 2 and " ".join(fitted.lines) == LONG


def test_then_it_is_refused() -> None:
    with pytest.raises(DoesNotFit):
        fit(LONG, place(20), FONT)
    with pytest.raises(DoesNotFit):
        fit(LONG.replace(" ", ""), place(40), FONT)
    with pytest.raises(DoesNotFit):
        fit(LONG, place(40, lines=1), FONT)


def test_two_lines_need_the_height() -> None:
    with pytest.raises(DoesNotFit):
        fit(LONG, place(40, h=3.0), FONT)


@pytest.mark.parametrize("character", ["漢", "ب", "🙂"])
def test_a_character_without_a_drawing_is_refused(character: str) -> None:
    with pytest.raises(NoGlyph):
        fit(f"BUDI {character}", place(40), FONT)


def test_a_character_of_one_family_only_chooses_that_family() -> None:
    assert fonts.has_glyph(NARROW, "Medium", "Δ") and not fonts.has_glyph(WIDE, "Medium", "Δ")
    assert fit("Δ", place(30), FONT).family == NARROW


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="ABCDEFGHIJ '.,-KLMNOPQRSTUVWXYZ", min_size=1, max_size=90),
    st.floats(min_value=5, max_value=80),
)
def test_what_fits_is_whole_and_inside(text: str, room: float) -> None:
    try:
        fitted = fit(text, place(room), FONT)
    except DoesNotFit:
        return
    assert " ".join(fitted.lines) == text
    assert width_mm(fitted) <= room + 1e-9
    assert 2.0 <= fitted.size_mm <= 3.0
