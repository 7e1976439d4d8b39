"""The state folder: what was saved is loaded, whole, by one process at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.state import Keeper, StateError, StateFolder

PICTURE = b"\x89PNG" + bytes(1000)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    folder = StateFolder(tmp_path / "a" / "state")
    yield folder
    folder.close()


def reopened(path: Path) -> dict[str, Any] | None:
    folder = StateFolder(path)
    try:
        return folder.load()
    finally:
        folder.close()


def files(path: Path) -> list[str]:
    return sorted(p.suffix for p in path.iterdir() if p.name != "lock")


def test_round_trip(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    assert folder.load() is None
    snapshot = {"cards": [{"id": "c1", "front": PICTURE, "back": None}], "n": 1.5, "who": "Ayu é"}
    folder.save(snapshot)
    folder.close()
    assert reopened(tmp_path) == snapshot


def test_a_save_writes_only_new_pictures_and_drops_old_ones(
    folder: StateFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a" / "state"
    folder.save({"a": PICTURE, "same": bytes(PICTURE)})
    replaced: list[str] = []
    real = os.replace

    def counted(old: Path, new: Path) -> None:
        replaced.append(Path(new).suffix)
        real(old, new)

    monkeypatch.setattr(os, "replace", counted)
    folder.save({"a": PICTURE, "b": PICTURE + b"2"})
    assert sorted(replaced) == [".bin", ".json"]
    assert files(path) == [".bin", ".bin", ".json"]
    folder.save({"b": PICTURE + b"2"})
    assert files(path) == [".bin", ".json"]


def test_a_cut_save_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut before each rename in turn: what is loaded is the old world, and no leftovers stay."""
    folder = StateFolder(tmp_path)
    folder.save({"front": PICTURE})
    real = os.replace
    for survives in (0, 1):
        left = [None] * survives

        def cut(old: Path, new: Path, left: list[None] = left) -> None:
            if not left:
                raise OSError(28, "No space left on device")
            left.pop()
            real(old, new)

        monkeypatch.setattr(os, "replace", cut)
        with pytest.raises(OSError, match="No space"):
            folder.save({"front": PICTURE + b"new"})
    folder.close()
    assert reopened(tmp_path) == {"front": PICTURE}
    assert files(tmp_path) == [".bin", ".json"]


def test_a_second_process_is_refused(folder: StateFolder, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="in use by another simulator"):
        StateFolder(tmp_path / "a" / "state")


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": 1, "snapshot": {"front": {"$bytes": "gone.bin"}}}', "[1]"]
)
def test_a_damaged_folder_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text, encoding="utf-8")
    with pytest.raises(StateError, match="cannot be read: take another folder"):
        reopened(tmp_path)


def test_a_state_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"format": 99, "snapshot": {}}', encoding="utf-8")
    with pytest.raises(StateError, match="format 99"):
        reopened(tmp_path)


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="state folder"):
        StateFolder(tmp_path / "file")


class Office:
    revision = 0
    taken = 0

    def snapshot(self) -> dict[str, Any]:
        self.taken += 1
        return {"revision": self.revision}


def test_the_keeper_saves_each_revision_once(folder: StateFolder) -> None:
    office = Office()
    keeper = Keeper(office, folder)
    keeper.save_if_changed()
    keeper.save_if_changed()
    office.revision = 7
    keeper.save_if_changed()
    assert office.taken == 2
    assert folder.load() == {"revision": 7}


def test_a_world_that_cannot_be_written_ends_the_simulator(
    folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(snapshot: dict[str, Any]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "save", full)
    with pytest.raises(SystemExit, match="cannot be written: No space left"):
        Keeper(Office(), folder).save_if_changed()
    Keeper(Office(), None).save_if_changed()
