"""A healthy station for each test, copied from one that was made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.printstation.diagnostics.rig import Rig, make_data


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("doctor") / "data")


@pytest.fixture
def rig(tmp_path: Path, data: Path) -> Rig:
    return Rig(tmp_path, data)
