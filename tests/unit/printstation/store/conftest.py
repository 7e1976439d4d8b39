"""A store of its own for each test of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from printstation.store.engine import Store
from tests.unit.printstation.store.kit import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield from open_store(tmp_path)
