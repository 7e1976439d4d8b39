"""Copying the database while the station runs, checking the copy, and putting one back.

A copy carries a mark (`acts/restoring.py`): whoever opens it knows that the world may have gone on
without it. The key file goes along, since a copy without it could not be read; keep it as safe as the
station itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from printstation.store.engine import file_uri

MANIFEST = "backup.json"
#: What SQLite keeps beside a database that was not closed, as after a power cut.
LOGS = ("-wal", "-shm", "-journal")


class BackupError(Exception):
    """The backup or the restore was not carried out: one line, with what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup folder holds. `head` is the journal's last entry and hash when it was made."""

    made_at: str
    station: str
    entries: int
    head: str
    sha256: str


def backup(
    database: Path, key: Path, target: Path, made_at: str, mark: str, check: Callable[[Path], None]
) -> Manifest:
    """Copy a live database and its key to an empty folder, checked; leaves nothing behind on failure.

    `mark` is the name of the meta row that the copy carries; `check` raises `BackupError` for a copy that
    does not agree with itself. The folder is complete once its manifest is there.
    """
    if not database.exists():
        raise BackupError(f"there is no database {database}; has this station ever run?")
    try:
        target.mkdir(parents=True, exist_ok=True)
        there = any(target.iterdir())
    except OSError as error:
        raise BackupError(
            f"{target} cannot be made: {error.strerror}; name another folder"
        ) from None
    if there:
        raise BackupError(f"{target} is not empty; name a new folder")
    copy = target / database.name
    try:
        _copy_online(database, copy, made_at, mark)
        check(copy)
        manifest = _manifest(copy, made_at)
        shutil.copyfile(key, target / key.name)
        (target / key.name).chmod(0o600)
        for path in (copy, target / key.name):
            _sync(path)
        (target / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1) + "\n")
        _sync(target / MANIFEST)
        _sync(target)
    except OSError as error:
        _empty(target)
        said = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error
        raise BackupError(f"the backup failed: {said}") from None
    except sqlite3.Error as error:
        _empty(target)
        raise BackupError(f"the backup failed: {error}") from None
    except BackupError:
        _empty(target)
        raise
    return manifest


def restore(source: Path, database: Path, key: Path, check: Callable[[Path], None]) -> Manifest:
    """Put a backup into an empty data folder; the next start treats it as the copy that it is.

    Refuses a folder that holds a database already, the log of one, or another key: an original is never
    overwritten by a copy. A log left behind would be played into the restored database by SQLite.
    """
    try:
        manifest = Manifest(**json.loads((source / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError):
        raise BackupError(
            f"{source} is no complete backup: {MANIFEST} is missing or damaged"
        ) from None
    for there in (database, *(database.with_name(database.name + end) for end in LOGS)):
        if there.exists():
            raise BackupError(
                f"{there} exists; move {database.name}* away first, so that nothing of it is lost, then "
                "restore again"
            )
    if not (source / key.name).exists():
        raise BackupError(f"{source} is no complete backup: {key.name} is missing")
    if key.exists() and key.read_bytes() != (source / key.name).read_bytes():
        raise BackupError(
            f"{key} is another key than that of the backup; move it away with the database it belongs to"
        )
    copy = source / database.name
    if not copy.exists() or _sha256(copy) != manifest.sha256:
        raise BackupError(f"{copy} is not the file that was backed up; use another backup")
    check(copy)
    database.parent.mkdir(parents=True, exist_ok=True)
    fresh = database.with_suffix(".restoring")
    shutil.copyfile(source / key.name, key)
    key.chmod(0o600)
    shutil.copyfile(copy, fresh)
    for path in (key, fresh):
        _sync(path)
    fresh.rename(database)
    _sync(database.parent)
    return manifest


def _copy_online(database: Path, copy: Path, made_at: str, mark: str) -> None:
    source = sqlite3.connect(file_uri(database, "ro"), uri=True)
    target = sqlite3.connect(copy)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        target.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (mark, made_at))
        target.commit()
        verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise BackupError(f"the copy is damaged: {verdict}")
    finally:
        source.close()
        target.close()


def _manifest(copy: Path, made_at: str) -> Manifest:
    conn = sqlite3.connect(file_uri(copy, "ro"), uri=True)
    try:
        station = conn.execute("SELECT value FROM meta WHERE name = 'station'").fetchone()[0]
        tail = conn.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    finally:
        conn.close()
    seq, digest = tail if tail else (0, b"")
    return Manifest(made_at, station, seq, digest.hex(), _sha256(copy))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
