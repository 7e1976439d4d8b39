"""An office of its own for each test of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.printstation.acts.kit import Office
from tests.unit.printstation.store.kit import open_store


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Five blanks lie in the hopper; whatever a test did, the audit agrees with it."""
    for store in open_store(tmp_path):
        office = Office(store).stocked()
        yield office
        office.check()


@pytest.fixture(params=["pick", "eject"])
def counting(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """The same with a unit that has a counter."""
    for store in open_store(tmp_path):
        office = Office(store, request.param).stocked()
        yield office
        office.check()
