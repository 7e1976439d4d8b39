"""`printstation-sim decode` of Evolis jobs: a complete one of each form, and every way to be damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from simulator.decode import decode

BLACK_FRONT = b"\x1bDbc;k;2;1016;" + b"\xff" * 508 + b"\0" * 508 + b"\r"
BLACK_BACK = b"\x1bDb;k;2;" + b"\xff" * 81 + b"\0" * (82_296 - 81) + b"\r"
#: The whole order of a real Windows job (evolis.md §5), another picture in it.
WINDOWS = (
    b"\x1bPr;k\r" + b"\0" * 58 + b"\x1bPmi;F;s\r\x1bPc;k;=;10\r\x1bPdt;DU\r\x1bMr;s\r\x1bPpws;1234567890\r"
    + b"\x1bSs\r\x1bSr\r" + BLACK_FRONT + b"\x1bSe;1\r"
)  # fmt: skip
TWO = b"\x1bPr;k\r\x1bSs\r\x1bSr\r" + BLACK_FRONT + b"\x1bSv\r" + BLACK_BACK + b"\x1bSe\r"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_windows_job(tmp_path: Path) -> None:
    assert decode("dualys3-k", WINDOWS, tmp_path) == 0
    assert names(tmp_path) == ["card-1-front.png", "card-1.json"]
    (side,) = json.loads((tmp_path / "card-1.json").read_text())["sides"]
    assert side["side"] == "front"
    assert side["tokens"] == [
        "Pr;k", "Pmi;F;s", "Pc;k;=;10", "Pdt;DU", "Mr;s", "Ppws;1234567890", "Ss", "Sr", "Dbc;k;2", "Se;1",
    ]  # fmt: skip
    assert (side["planes"], side["black_dots"]) == ({"k": 1016}, 508 * 648)
    picture = np.asarray(Image.open(tmp_path / "card-1-front.png"))
    assert picture.shape == (648, 1016, 3)
    assert picture[:, 508:].max() == 0 and picture[:, :508].min() == 255  # line 0 is the right edge


def test_several_cards_and_two_sides(tmp_path: Path) -> None:
    assert decode("dualys3-k", WINDOWS + b"\x1bRlr\r" + TWO, tmp_path) == 0
    assert names(tmp_path) == [
        "card-1-front.png",
        "card-1.json",
        "card-2-back.png",
        "card-2-front.png",
        "card-2.json",
    ]
    back = json.loads((tmp_path / "card-2.json").read_text())["sides"][1]
    assert (back["tokens"], back["black_dots"]) == (["Sv", "Db;k;2", "Se"], 648)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (TWO[:-3], "offset {n}: the stream ends inside a command"),
        (TWO[:-100], "offset {n}: the stream ends inside panel k (82201 of 82296 bytes)"),
        (TWO[: TWO.index(b"\x1bSe")], "offset {n}: the stream ends before the Se of a card"),
        (TWO.replace(b"\x1bSv", b"\x1bSs"), "a new card before the Se of the one before"),
        (BLACK_FRONT, "panel k outside a card"),
        (b"hello" + TWO, "offset 0: stray byte 68 between commands"),
        (TWO.replace(b"\xff" * 508, b"\x60" * 508), "panel k: a line of 96 bytes"),
    ],
)
def test_damage_is_told_and_complete_cards_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stream: bytes, message: str
) -> None:
    assert decode("dualys3-k", WINDOWS + stream, tmp_path) == 2
    assert names(tmp_path) == ["card-1-front.png", "card-1.json"]
    told = capsys.readouterr().err
    offset = len(WINDOWS)
    wanted = message.replace("{n}", str(offset + len(stream))).replace(
        "offset 0", f"offset {offset}"
    )
    assert wanted in told and told.count("\n") == 1
