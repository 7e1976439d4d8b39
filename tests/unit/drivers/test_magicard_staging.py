"""A staged card, read back as the sheet's device would."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from drivers import Face, model
from drivers.magicard.staging import stage_card
from tests.unit.drivers import sheet
from tests.unit.drivers.magicard_kit import blank, tiny

SIZE = (16, 642)


def marked(size: tuple[int, int], dot: tuple[int, int]) -> Face:
    """White but for one pure-yellow-removing dot of level 63 and resin in the opposite corner."""
    face = blank(size)
    face.rgb.putpixel(dot, (255, 255, 0))
    face.resin.putpixel((size[0] - 1 - dot[0], size[1] - 1 - dot[1]), 255)
    return face


def test_front_is_turned_counter_clockwise_and_back_clockwise() -> None:
    # Upper left corner. Counter-clockwise: last line, dot 0. Clockwise: line 0, last dot.
    face = marked(SIZE, (0, 0))
    front, back = sheet.pages(b"".join(stage_card(tiny(), [face, face]).payload))
    assert _only(sheet.unpack(front.planes["B"], "P1", 6, 642)) == (15, 0, 63)
    assert _only(sheet.unpack(front.planes["K"], "P1", 1, 642)) == (0, 641, 1)
    assert _only(sheet.unpack(back.planes["B"], "P1", 6, 642)) == (0, 641, 63)
    assert not any(front.planes["G"])
    assert not any(front.planes["R"])


def test_alto_is_half_a_turn_further_and_draws_resin_in_full_colour() -> None:
    (page,) = sheet.pages(b"".join(stage_card(tiny("alto"), [marked(SIZE, (0, 0))]).payload))
    assert list(page.planes) == ["B", "G", "R"]
    yellow = sheet.unpack(page.planes["B"], "P3", 6, 642)
    assert yellow[0, 641] == 63  # the dye dot
    assert yellow[15, 0] == 63  # the resin dot
    assert _only(sheet.unpack(page.planes["G"], "P3", 6, 642)) == (15, 0, 63)
    assert _only(sheet.unpack(page.planes["R"], "P3", 6, 642)) == (15, 0, 63)


@pytest.mark.parametrize("name", ["tango2e", "enduro", "alto"])
def test_a_random_face_comes_back(name: str) -> None:
    random = np.random.default_rng(7)
    rgb = random.integers(0, 256, (642, 16, 3), dtype=np.uint8)
    mask = random.integers(0, 2, (642, 16), dtype=np.uint8)
    face = Face(Image.fromarray(rgb), Image.fromarray(mask * np.uint8(255)))
    (page,) = sheet.pages(b"".join(stage_card(tiny(name), [face]).payload))
    turn = -1 if name == "alto" else 1
    packing = model(name).magicard.packing
    for letter, channel in zip("BGR", (2, 1, 0), strict=True):
        level = (255 - rgb[:, :, channel]) >> 2
        expected = np.where(mask, 0 if model(name).resin else 63, level)
        got = sheet.unpack(page.planes[letter], packing, 6, 642)
        assert (got == np.rot90(expected, turn)).all()
    if model(name).resin:
        got = sheet.unpack(page.planes["K"], packing, 1, 642)
        assert (got == np.rot90(mask, turn)).all()


def test_tango_header_is_the_real_one() -> None:
    header = stage_card(model("tango2e"), [blank((1016, 642))]).payload[0]
    real = (
        ",NOC1,VER5.3.4,LANENG,REJOFF,ESS1,KEE,RT2,DPXOFF,PAG1,SLWON,XCO0,YCO0,WID1016,HGT642,OVRON,"
        "NNNOFF,USFOFF,PCT0,0,1025,641,DDD50,TDT00000000,IMFBGRK,SZB512064,SZG512064,SZR512064,SZK85344"
    )
    assert header == b"\x05" * 64 + b"\x01" + real.encode() + b"\x1c"
    # The real one goes out in a write of 251 bytes (§5); a TDT has eight digits there, too.
    assert len(header) == 251 + len(real) - 185


def test_enduro_and_alto_headers() -> None:
    enduro = stage_card(model("enduro"), [blank((1016, 642))]).payload[0]
    assert enduro == b"\x05" * 64 + (
        b"\x01,NOC1,VER1.0-,LANENG,TDT00000000,RSPDEF,COEH,KGE2,DPXOFF,PAG1,IMFBGRK,XCO0,YCO0,WID1016,"
        b"HGT642,OVRON,NNNOFF,USFOFF,PCT0,0,1015,641,ICC0,CPW50,DDD50,"
        b"SZB585216,SZG585216,SZR585216,SZK97536\x1c"
    )
    alto = stage_card(model("alto"), [blank((1000, 642))]).payload[0]
    assert alto == b"\x05" * 64 + (
        b"\x01,NOC1,VER1.7.2.0,LANENG,TDT00000000,KGE,PAG1,IMFBGRK,XCO0,YCO0,WID1000,HGT642,OVRON,"
        b"NNNOFF,USFOFF,PCT0,0,999,641,ICC0,SZB576000,SZG576000,SZR576000\x1c"
    )


@pytest.mark.parametrize("name", ["tango2e", "enduro"])
def test_two_sides_are_two_complete_pages(name: str) -> None:
    staged = stage_card(tiny(name), [blank(SIZE), blank(SIZE)])
    front, back = sheet.pages(b"".join(staged.payload))
    assert staged.sides == 2
    assert staged.size == sum(len(part) for part in staged.payload)
    assert [front.value(key) for key in ("DPX", "PAG", "BAC", "OVR")] == ["ON", "1", "CKO", "ON"]
    assert [back.value(key) for key in ("DPX", "PAG", "OVR")] == ["ON", "2", "OFF"]
    assert not any(token.startswith("BAC") for token in back.tokens)


def test_staging_twice_gives_the_same_bytes() -> None:
    face = marked(SIZE, (3, 4))
    assert stage_card(tiny(), [face]) == stage_card(tiny(), [face])


def test_wrong_sizes_and_numbers_of_faces_are_refused() -> None:
    with pytest.raises(ValueError, match="prints \\(16, 642\\) dots"):
        stage_card(tiny(), [blank((17, 642))])
    with pytest.raises(ValueError, match="1 to 1 sides"):
        stage_card(tiny("alto"), [blank(SIZE), blank(SIZE)])
    with pytest.raises(ValueError, match="1 to 2 sides"):
        stage_card(tiny(), [])


def _only(grid: sheet.Grid) -> tuple[int, int, int]:
    ((line, dot),) = np.argwhere(grid).tolist()
    return line, dot, int(grid[line, dot])


@pytest.mark.parametrize("name", ["tango2e", "enduro", "alto"])
def test_a_card_that_is_fed_by_hand_says_so_before_the_print_head(name: str) -> None:
    known = model(name)
    faces = [blank((known.width_px, known.height_px))]
    usual, by_hand = (
        stage_card(known, faces, by_hand=hand).payload[0].split(b",") for hand in (False, True)
    )
    at = by_hand.index(b"HFDON")
    assert [*by_hand[:at], *by_hand[at + 1 :]] == usual
    assert at < min(by_hand.index(word) for word in (b"KEE", b"KGE", b"KGE2") if word in by_hand)
    assert known.hand_feed_s > 0
