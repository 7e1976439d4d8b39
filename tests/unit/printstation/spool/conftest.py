"""A printer of its own for each test of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.printstation.spool.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A printer without counter and sensor; whatever a test did, the audit agrees with it."""
    rig = Rig(tmp_path)
    yield rig
    rig.office.check()
    rig.store.engine.dispose()


@pytest.fixture(params=["pick", "eject"])
def counting(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The same with a counter."""
    rig = Rig(tmp_path, request.param)
    yield rig
    rig.office.check()
    rig.store.engine.dispose()
