"""What the driver writes to the pipe is what `printstation-sim decode` reads: faces in, the same faces out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from drivers.matica.driver import attach
from simulator.decode import decode
from tests.unit.drivers.matica.kit import Desk, StoragePort, assert_same, noise


class Recorder(StoragePort):
    """A cable that keeps what was taken."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.device, "SIM-7", desk.clock)
        self.taken = bytearray()

    def write(self, data: bytes, timeout_s: float) -> int:
        count = super().write(data, timeout_s)
        self.taken += data[:count]
        return count


@pytest.mark.parametrize(
    "name",
    [
        "tiny-matica",
        pytest.param("xid580i", marks=pytest.mark.slow),  # full cards: 1 s
        pytest.param("xid8600", marks=pytest.mark.slow),
    ],
)
def test_a_recorded_card_is_decoded_dot_for_dot(name: str, tmp_path: Path) -> None:
    desk = Desk(name)
    cable = Recorder(desk)
    desk.driver = attach(cable, desk.model, desk.clock, 0)
    faces = [noise(desk.model, seed) for seed in (1, 2)]
    desk.feed(faces)
    desk.watch()
    assert decode(name, bytes(cable.taken), tmp_path) == 0
    for face, side in zip(faces, ("front", "back"), strict=True):
        assert_same(face, Image.open(tmp_path / f"card-1-{side}.png"))
    assert not (tmp_path / "card-2.json").exists()
