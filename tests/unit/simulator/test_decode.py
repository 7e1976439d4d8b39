"""`printstation-sim decode`: interfaces.md §1."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from simulator.decode import decode
from tests.unit.simulator import streams

DEVICE = "tiny-none"
ONE = streams.one_side(DEVICE, 1)
TWO = streams.two_sides(DEVICE, 2)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_several_jobs_queries_and_filler(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    stream = b"\x05\x05" + streams.ERR + ONE + streams.CAN + TWO
    assert decode(DEVICE, stream, out) == 0
    assert names(out) == [
        "card-1-front.png",
        "card-1.json",
        "card-2-back.png",
        "card-2-front.png",
        "card-2.json",
    ]
    for name, seed in (("card-1-front", 1), ("card-2-front", 2), ("card-2-back", 3)):
        picture = np.asarray(Image.open(out / f"{name}.png"))
        assert np.array_equal(picture, streams.expected(streams.sample(DEVICE, seed)))


def test_the_description(tmp_path: Path) -> None:
    decode(DEVICE, TWO, tmp_path)
    told = json.loads((tmp_path / "card-1.json").read_text())
    front, back = told["sides"]
    assert (front["side"], back["side"]) == ("front", "back")
    assert front["tokens"][0] == "NOC1" and "PCT0,0,1025,641" in front["tokens"]
    assert front["planes"] == {"B": 3840, "G": 3840, "R": 3840, "K": 640}
    assert back["black_dots"] == int(streams.sample(DEVICE, 3)["K"].sum())


@pytest.mark.parametrize(
    ("stream", "offset"),
    [
        (ONE + ONE[:5000], len(ONE) + 5000),
        (ONE + TWO[: len(ONE) + 6], len(ONE) * 2 + 6),
        (ONE + b"garbage", len(ONE)),
        (ONE + ONE.replace(b"SZB3840", b"SZB3841"), len(ONE) + 64),
    ],
)
def test_damage_ends_it_after_the_complete_cards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stream: bytes, offset: int
) -> None:
    assert decode(DEVICE, stream, tmp_path) == 2
    assert capsys.readouterr().err.startswith(f"offset {offset}: ")
    assert names(tmp_path) == ["card-1-front.png", "card-1.json"]


def test_a_missing_second_side_is_damage(tmp_path: Path) -> None:
    first = TWO[: TWO.index(streams.LEADIN, 100)]
    assert decode(DEVICE, first, tmp_path) == 2
    assert names(tmp_path) == []


def test_sizes_decide_not_imf(tmp_path: Path) -> None:
    levels = streams.sample(DEVICE)
    del levels["K"]
    assert decode(DEVICE, streams.page(DEVICE, streams.packed(DEVICE, levels)), tmp_path) == 0
    told = json.loads((tmp_path / "card-1.json").read_text())["sides"][0]
    assert "IMFBGRK" in told["tokens"] and "K" not in told["planes"] and told["black_dots"] == 0


def test_an_unknown_model_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("epson", b"", tmp_path) == 2
    assert capsys.readouterr().err.count("\n") == 1
