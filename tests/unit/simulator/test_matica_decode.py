"""`printstation-sim decode` of a Matica recording: the OUT pipe's bytes become the cards that were made."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from simulator.decode import decode
from tests.unit.simulator.test_matica import (
    COLS,
    EJECT,
    FLIP,
    LOAD,
    LOAD_ON_OLD_FILM,
    PRINT,
    REJECT,
    ROWS,
    SENSE,
    SIZE,
    Dots,
    Host,
    picture,
)

DEVICE = "tiny-matica"
HOST = Host()


def panels(dots: dict[int, Dots]) -> bytes:
    stream = b""
    for number, values in dots.items():
        block = bytes((0x2A, 0, number, 0, 0)) + struct.pack(">I", SIZE)
        stream += HOST.frame(block, SIZE) + values.tobytes()
    return stream


def orders(*blocks: bytes) -> bytes:
    return b"".join(HOST.frame(block) for block in blocks)


ASKED = HOST.frame(SENSE, 20, True)
ONE = ASKED + orders(LOAD) + ASKED + panels(picture(1)) + orders(PRINT) + ASKED + orders(EJECT)
TWO = orders(LOAD) + panels(picture(1)) + orders(PRINT, FLIP)
TWO += panels(picture(2)) + orders(PRINT, EJECT)


def wanted(dots: dict[int, Dots]) -> Dots:
    seen = 255 - np.stack([dots[n].reshape(ROWS, COLS) for n in (1, 2, 3)], axis=2)
    seen[dots[0].reshape(ROWS, COLS) > 0] = 0
    turned: Dots = seen[::-1, ::-1].astype(np.uint8)
    return turned


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_two_cards(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    assert decode(DEVICE, ONE + TWO, out) == 0
    assert names(out) == [
        "card-1-front.png",
        "card-1.json",
        "card-2-back.png",
        "card-2-front.png",
        "card-2.json",
    ]
    for name, seed in (("card-1-front", 1), ("card-2-front", 1), ("card-2-back", 2)):
        assert np.array_equal(np.asarray(Image.open(out / f"{name}.png")), wanted(picture(seed)))
    front, back = json.loads((out / "card-2.json").read_text())["sides"]
    assert (front["side"], back["side"]) == ("front", "back")
    assert front["tokens"] == ["load", "film-init", "print BGRK buffer 0", "transfer", "flip"]
    assert front["planes"] == dict.fromkeys("BGRK", SIZE)
    assert back["black_dots"] == int(np.count_nonzero(picture(2)[0]))


def test_a_rejected_card_is_none_and_its_film_shows_unless_it_was_wound_on(tmp_path: Path) -> None:
    spoiled = orders(LOAD) + panels(picture(1)) + orders(PRINT, REJECT)
    again = panels(picture(2)) + orders(PRINT, EJECT)
    assert decode(DEVICE, spoiled + orders(LOAD) + again, tmp_path) == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "card-1-front.png")), wanted(picture(2)))
    assert decode(DEVICE, spoiled + orders(LOAD_ON_OLD_FILM) + again, tmp_path) == 0
    assert not np.array_equal(
        np.asarray(Image.open(tmp_path / "card-1-front.png")), wanted(picture(2))
    )


def test_an_action_that_was_refused_comes_again_and_is_one(tmp_path: Path) -> None:
    impatient = orders(LOAD) + panels(picture(1)) + orders(PRINT)
    impatient += orders(FLIP) + ASKED + orders(FLIP) + ASKED + orders(FLIP)
    impatient += panels(picture(2)) + orders(PRINT, EJECT, EJECT)
    assert decode(DEVICE, impatient, tmp_path) == 0
    assert names(tmp_path) == ["card-1-back.png", "card-1-front.png", "card-1.json"]
    back = np.asarray(Image.open(tmp_path / "card-1-back.png"))
    assert np.array_equal(back, wanted(picture(2)))


@pytest.mark.parametrize(
    ("tail", "says"),
    [
        (b"\x01STA", "ends inside a frame (4 of 31 bytes)"),
        (b"X" * 31, "no command frame"),
        (panels(picture(1))[:100], f"ends inside data (69 of {SIZE} bytes)"),
        (orders(LOAD), "before the card is out"),
        (orders(LOAD, FLIP, LOAD), "a new card before the last one is out"),
        (orders(LOAD, bytes.fromhex("3108010000")) + orders(LOAD), "a new card"),
        (orders(LOAD) + orders(bytes.fromhex("3108070001")), "panel B is printed and was never"),
        (HOST.frame(bytes((0x2A, 0, 7)), 4) + b"1234", "no panel 7"),
        (HOST.frame(bytes((0x2A, 0, 3)), 4) + b"1234", f"panel B has 4 bytes where {DEVICE}"),
    ],
)
def test_damage_is_told_and_whole_cards_are_written(
    tail: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decode(DEVICE, ONE + tail, tmp_path) == 2
    assert says in (told := capsys.readouterr().err)
    assert int(told.removeprefix("offset ").split(":")[0]) >= len(ONE)
    assert names(tmp_path) == ["card-1-front.png", "card-1.json"]
