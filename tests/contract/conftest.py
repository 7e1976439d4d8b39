"""Peers that several contract tests start anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.cupsd_kit import Cupsd, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Cupsd]:
    """A real cupsd with the queue `cards`."""
    folder = tmp_path / "cups"
    folder.mkdir()
    with running(folder) as found:
        yield found
