"""Backup and restore: a checked copy that knows that it is one, and an original that is never overwritten."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from printstation.store import journal
from printstation.store.backup import MANIFEST, BackupError, backup, restore
from tests.unit.printstation.store.kit import add_job, new_store

MADE_AT = "2026-11-24T01:00:00.000Z"


def no_check(_: Path) -> None:
    """A copy that agrees with itself."""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A data folder with one job and a key."""
    folder = tmp_path / "data"
    folder.mkdir()
    store = new_store(folder)
    add_job(store, "J")
    with store.write() as tx:
        journal.append(tx, "an entry")
    store.engine.dispose()
    (folder / "printstation.key").write_bytes(b"k" * 32)
    return folder


def copied(house: Path, target: Path) -> Path:
    backup(house / "printstation.db", house / "printstation.key", target, MADE_AT, "mark", no_check)
    return target


def put_back(source: Path, folder: Path) -> None:
    restore(source, folder / "printstation.db", folder / "printstation.key", no_check)


def contents(path: Path) -> list[tuple[str, ...]]:
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT id FROM job UNION ALL SELECT name FROM meta ORDER BY 1")
        return [tuple(row) for row in found.fetchall()]


def test_a_copy_carries_the_mark_and_the_original_does_not(house: Path, tmp_path: Path) -> None:
    target = copied(house, tmp_path / "backup")
    assert contents(target / "printstation.db") == [("J",), ("mark",), ("station",)]
    assert contents(house / "printstation.db") == [("J",), ("station",)]
    manifest = json.loads((target / MANIFEST).read_text())
    assert (manifest["made_at"], manifest["entries"]) == (MADE_AT, 1)
    assert (target / "printstation.key").stat().st_mode & 0o777 == 0o600


def test_a_copy_is_taken_beside_a_writer(house: Path, tmp_path: Path) -> None:
    writer = sqlite3.connect(house / "printstation.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM payload")
    writer.execute("DELETE FROM job")
    target = copied(house, tmp_path / "backup")
    writer.execute("ROLLBACK")
    writer.close()
    assert ("J",) in contents(target / "printstation.db")


def test_what_was_backed_up_is_put_back_with_its_mark(house: Path, tmp_path: Path) -> None:
    put_back(copied(house, tmp_path / "backup"), tmp_path / "new")
    assert contents(tmp_path / "new" / "printstation.db") == [("J",), ("mark",), ("station",)]
    assert (tmp_path / "new" / "printstation.key").read_bytes() == b"k" * 32


@pytest.mark.parametrize("name", ["printstation.db", "printstation.db-wal", "printstation.db-shm"])
def test_an_original_is_never_overwritten(house: Path, tmp_path: Path, name: str) -> None:
    source = copied(house, tmp_path / "backup")
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / name).write_bytes(b"somebody's")
    with pytest.raises(BackupError, match="move"):
        put_back(source, folder)
    assert [(p.name, p.read_bytes()) for p in folder.iterdir()] == [(name, b"somebody's")]


def test_another_key_is_never_overwritten(house: Path, tmp_path: Path) -> None:
    source = copied(house, tmp_path / "backup")
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "printstation.key").write_bytes(b"o" * 32)
    with pytest.raises(BackupError, match="another key"):
        put_back(source, folder)
    assert (folder / "printstation.key").read_bytes() == b"o" * 32


@pytest.mark.parametrize("damage", ["manifest", "database", "key", "bytes"])
def test_an_incomplete_or_changed_backup_is_refused(
    house: Path, tmp_path: Path, damage: str
) -> None:
    source = copied(house, tmp_path / "backup")
    names = {"manifest": MANIFEST, "database": "printstation.db", "key": "printstation.key"}
    if damage == "bytes":
        with (source / "printstation.db").open("ab") as file:
            file.write(b"x")
    else:
        (source / names[damage]).unlink()
    with pytest.raises(BackupError):
        put_back(source, tmp_path / "new")
    assert not (tmp_path / "new" / "printstation.db").exists()


def test_a_copy_that_does_not_agree_with_itself_leaves_nothing_behind(
    house: Path, tmp_path: Path
) -> None:
    def differs(_: Path) -> None:
        raise BackupError("it differs")

    target = tmp_path / "backup"
    with pytest.raises(BackupError, match="differs"):
        backup(
            house / "printstation.db", house / "printstation.key", target, MADE_AT, "mark", differs
        )
    assert list(target.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(house: Path, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "mine").write_text("mine")
    with pytest.raises(BackupError, match="not empty"):
        copied(house, tmp_path / "backup")
    assert (tmp_path / "backup" / "mine").read_text() == "mine"


def test_a_station_that_never_ran_has_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        copied(tmp_path, tmp_path / "backup")


def test_a_disk_that_fails_half_way_leaves_nothing_behind(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(BackupError, match="no space left"):
        copied(house, tmp_path / "backup")
    assert list((tmp_path / "backup").iterdir()) == []
