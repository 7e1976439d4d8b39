"""The one-way rule between the rooms, as import-linter reads it from pyproject.toml."""

from __future__ import annotations

import logging

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.house.tree import ROOT


@pytest.mark.slow
def test_rooms_import_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow: the import graph of four packages is built from their sources."""
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    # It configures logging anew, which silences every logger that there is; the tests after it listen to ours.
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False
    assert status == EXIT_STATUS_SUCCESS
