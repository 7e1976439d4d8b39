"""The doctor run by somebody who may not look into the data folder, or whose disk takes nothing: he is told so,
and never that a station that he cannot see is broken."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from printstation.diagnostics import look_machine
from printstation.diagnostics.bundle import collect
from printstation.diagnostics.view import AS_ANOTHER, Line, State
from tests.unit.printstation.diagnostics.rig import Rig


def raising(number: int) -> Callable[[Path, int], tuple[float, ...]]:
    def fail(_folder: Path, _count: int) -> tuple[float, ...]:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.fixture
def shut(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """The data folder is another user's, mode 0700: its name can be seen, and nothing in it."""
    real = os.stat

    def stat(path: Any, **kwargs: Any) -> os.stat_result:
        if isinstance(path, os.PathLike) and Path(path).parent == rig.folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, **kwargs)

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "geteuid", lambda: real(rig.folder).st_uid + 1)
    monkeypatch.setattr(look_machine, "_syncs", raising(errno.EACCES))
    return rig


def by_check(lines: list[Line]) -> dict[str, Line]:
    return {line.check: line for line in lines}


def test_what_another_user_keeps_is_not_called_broken(shut: Rig) -> None:
    lines = by_check(shut.lines())
    for check in ("disk", "key", "database", "daemon"):
        assert (lines[check].state, lines[check].do) == (State.ATTENTION, AS_ANOTHER), lines[check]
    assert State.BROKEN not in {line.state for line in lines.values()}


def test_no_printer_is_opened_while_the_lock_cannot_be_seen(shut: Rig) -> None:
    shut.lines()
    assert shut.opened == []


def test_a_bundle_is_packed_without_what_may_not_be_read(shut: Rig) -> None:
    members = collect(shut.look(), [])
    assert b"cannot be read" in members["counts.json"] and "journal.jsonl" not in members


def test_a_disk_that_was_made_read_only_is_told_from_missing_rights(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_machine, "_syncs", raising(errno.EROFS))
    line = by_check(rig.lines())["disk"]
    assert (line.state, "kernel's log" in line.do) == (State.BROKEN, True), line


def test_a_folder_that_its_own_owner_may_not_write_is_broken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_machine, "_syncs", raising(errno.EACCES))
    assert by_check(rig.lines())["disk"].state is State.BROKEN


def test_a_folder_in_the_databases_place_is_no_first_start(rig: Rig) -> None:
    rig.database.unlink()
    rig.database.mkdir()
    line = by_check(rig.lines())["database"]
    assert (line.state, "is no file" in line.seen) == (State.BROKEN, True), line
