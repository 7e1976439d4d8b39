"""Cards through the station's own walk to a real cupsd: what each end becomes, and that nothing runs twice.

Slow: a print server starts for each test, and a card takes some dozens of looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.contract.cupsd_kit import Cupsd, needs_cupsd, running
from tests.contract.ipp_kit import LEAST_S, QueueRig

pytestmark = [pytest.mark.slow, needs_cupsd]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cupsd]:
    folder = tmp_path / "cups"
    folder.mkdir()
    with running(folder) as server:
        yield server


@pytest.fixture
def rig(tmp_path: Path, server: Cupsd) -> QueueRig:
    return QueueRig(tmp_path, server)


def opens_gate(
    rig: QueueRig, code: int | str = 0, after_s: float = 2 * LEAST_S, run: int = 1
) -> None:
    """The device is done so many of the station's seconds after its run began."""
    begun: list[float] = []

    def is_over() -> bool:
        if len(rig.server.starts()) == run and rig.server.waits() and not begun:
            begun.append(rig.clock.passed)
        return bool(begun) and rig.clock.passed - begun[0] > after_s

    rig.when(is_over, lambda: rig.server.open_gate(code))


def test_a_card_is_printed_dot_by_dot(rig: QueueRig) -> None:
    opens_gate(rig)
    job = rig.office.submit()
    rig.run(rig.ended(job), waits=400)
    assert rig.office.states(job) == ("completed", "printed")
    assert rig.office.asked() == []
    printed = rig.server.printed()
    assert printed[:4] == b"RaS3" and len(printed) == 4 + 1796 + 638 * 1011 * 3
    page = Image.frombytes("RGB", (638, 1011), printed[1800:])
    face = rig.drawn[job]
    black = Image.new("RGB", face.rgb.size)
    wanted = Image.composite(black, face.rgb, face.resin)
    # The page stands upright: the card's left edge is its lower one, so its left lower corner comes first.
    assert page.transpose(Image.Transpose.ROTATE_270).tobytes() == wanted.tobytes()
    assert len(rig.server.starts()) == 1
