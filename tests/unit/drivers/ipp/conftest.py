"""One driver a test."""

from __future__ import annotations

import pytest

from tests.unit.drivers.ipp.bench import Bench


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Its tiny card fits no queue; sizes are checked in test_check.py."""
    monkeypatch.setattr("drivers.ipp.check._page", lambda printer, model: iter(()))
    return Bench()
