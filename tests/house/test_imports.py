"""The one-way rule between the rooms, as import-linter reads it from pyproject.toml."""

from __future__ import annotations

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.house.tree import ROOT


@pytest.mark.slow
def test_rooms_import_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow: the import graph of four packages is built from their sources."""
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS
