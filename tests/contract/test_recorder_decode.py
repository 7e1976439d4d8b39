"""`printstation-sim decode` on a record of the wire: pictures where they are in it, none where they were left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from simulator.decode import DAMAGED, decode
from simulator.devicefile import load_device
from simulator.trace import read
from tests.contract.conformance_bench import CABLES
from tests.contract.conformance_units import Unit
from tests.contract.test_recorder import MODELS, Heard


class Whole(Heard):
    """A bench whose cards have their full size."""

    def __init__(self, family: str) -> None:
        super().__init__(family, CABLES[family][0])

    def one_card(self, folder: Path, *, images: bool) -> Path:
        """A record of one card of two sides."""
        assert self.tap.start(3600, images, {"model": self.model.name})
        self.feed(sides=self.model.sides)
        self.watch()
        record = self.tap.end()
        assert record is not None and not record.full
        path = folder / "wire.jsonl"
        path.write_text(record.text())
        return path


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cut down."""
    monkeypatch.setattr(
        "tests.contract.test_recorder.unit", lambda model: Unit(model, load_device(model.name))
    )


@pytest.mark.slow
@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("family", MODELS)
def test_a_record_with_images_becomes_pictures(family: str, tmp_path: Path) -> None:
    """Slow: two sides of noise in full size, packed and unpacked."""
    bench, out = Whole(family), tmp_path / "out"
    path = bench.one_card(tmp_path, images=True)
    assert decode(bench.model.name, path.read_bytes(), out) == 0
    assert {p.name for p in out.iterdir()} == {"card-1-front.png", "card-1-back.png", "card-1.json"}
    with Image.open(out / "card-1-front.png") as picture:
        assert picture.size == (bench.model.width_px, bench.model.height_px)


@pytest.mark.slow
@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("family", MODELS)
def test_a_record_without_them_says_so(
    family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slow: as above."""
    bench, out = Whole(family), tmp_path / "out"
    path = bench.one_card(tmp_path, images=False)
    assert path.stat().st_size < 400_000
    assert decode(bench.model.name, path.read_bytes(), out) == 0
    assert "pictures were left out" in capsys.readouterr().err
    assert [p.name for p in out.iterdir()] == ["card-1.json"]
    card = json.loads((out / "card-1.json").read_text())
    assert card["pictures"] == "left out"
    assert [side["side"] for side in card["sides"]] == ["front", "back"]
    assert all("black_dots" not in side for side in card["sides"])
    # A record that was cut in the middle of a line keeps its complete cards.
    cut = path.read_bytes() + b'{"t": 9.5, "kind": "ou'
    assert decode(bench.model.name, cut, tmp_path / "cut") == DAMAGED
    assert capsys.readouterr().err.startswith("line ")
    assert [p.name for p in (tmp_path / "cut").iterdir()] == ["card-1.json"]


def test_a_bare_stream_is_no_record() -> None:
    assert read(b"\x05\x05\x01,NOC1") is None
    assert read(b'{"some": "json"}\n') is None


def test_a_record_that_is_damaged_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = '{"format": "printstation-trace 1"}\n{"t": 0, "kind": "open"}\n'
    for bad in ("no json", '{"t": 1}', '{"kind": "out", "hex": "zz"}', "[]", '{"kind": "out"}'):
        assert decode("enduro", (good + bad).encode(), tmp_path) == DAMAGED
        assert capsys.readouterr().err.startswith("line 3: ")


def test_the_station_and_the_simulator_mean_the_same_format() -> None:
    from drivers.transports import recorder
    from simulator import trace

    assert recorder.FORMAT == trace.FORMAT
