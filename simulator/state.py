"""What the simulator remembers over its own death: one folder, one process at a time.

`state.json` holds the office's snapshot; every `bytes` in it (pictures, planes) lies in a file of
its own, named by its content, so that a save writes only what is new. The files are replaced whole,
never changed: a reader finds the old state or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Protocol

FORMAT = 1
STATE = "state.json"
BYTES_KEY = "$bytes"
BYTES_SUFFIX = ".bin"


class StateError(Exception):
    """The folder cannot be used; one line that says what to do."""


class StateFolder:
    """An opened folder. A second process on it is refused."""

    def __init__(self, path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StateError(f"state folder {path}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise StateError(f"state folder {path} is in use by another simulator") from error
        self._path = path
        # The bytes object itself is kept: as long as it lives, its id names it and its content.
        self._stored: dict[int, tuple[bytes, str]] = {}

    def close(self) -> None:
        os.close(self._lock)
        os.close(self._folder)

    def load(self) -> dict[str, Any] | None:
        """The last saved snapshot, None in a new folder. Leftovers of a cut save are removed."""
        try:
            text = (self._path / STATE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        used: set[str] = set()
        try:
            document = json.loads(text)
            if document["format"] != FORMAT:
                raise StateError(
                    f"state folder {self._path} has format {document['format']}, not {FORMAT}: "
                    "take another folder"
                )
            snapshot: dict[str, Any] = self._decode(document["snapshot"], used)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StateError(
                f"state folder {self._path} cannot be read: take another folder"
            ) from error
        self._remove(used)
        return snapshot

    def save(self, snapshot: dict[str, Any]) -> None:
        """Replace the state. When it returns, power may fail. Raises OSError (disk full …)."""
        kept: dict[int, tuple[bytes, str]] = {}
        document = {"format": FORMAT, "snapshot": self._encode(snapshot, kept)}
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
        self._replace(STATE, text.encode())
        os.fsync(self._folder)
        names = {name for _, name in kept.values()}
        for _, name in self._stored.values():
            if name not in names:
                (self._path / name).unlink(missing_ok=True)
        self._stored = kept

    def _encode(self, value: Any, kept: dict[int, tuple[bytes, str]]) -> Any:
        if isinstance(value, bytes):
            return {BYTES_KEY: self._store(value, kept)}
        if isinstance(value, dict):
            return {key: self._encode(item, kept) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._encode(item, kept) for item in value]
        return value

    def _store(self, content: bytes, kept: dict[int, tuple[bytes, str]]) -> str:
        known = self._stored.get(id(content)) or kept.get(id(content))
        if known is None:
            name = hashlib.sha256(content).hexdigest()[:32] + BYTES_SUFFIX
            if not (self._path / name).exists():
                self._replace(name, content)
            known = (content, name)
        kept[id(content)] = known
        return known[1]

    def _decode(self, value: Any, used: set[str]) -> Any:
        if isinstance(value, dict):
            if value.keys() == {BYTES_KEY}:
                name = value[BYTES_KEY]
                content = (self._path / name).read_bytes()
                used.add(name)
                self._stored[id(content)] = (content, name)
                return content
            return {key: self._decode(item, used) for key, item in value.items()}
        if isinstance(value, list):
            return [self._decode(item, used) for item in value]
        return value

    def _replace(self, name: str, content: bytes) -> None:
        temporary = self._path / (name + ".new")
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._path / name)

    def _remove(self, used: set[str]) -> None:
        for path in self._path.iterdir():
            stray = path.suffix == ".new" or (path.suffix == BYTES_SUFFIX and path.name not in used)
            if stray:
                path.unlink(missing_ok=True)


class Remembered(Protocol):
    """What the keeper asks of the office."""

    @property
    def revision(self) -> int:
        """Grows with every change of it."""

    def snapshot(self) -> dict[str, Any]:
        """The whole world, JSON values and bytes."""


class Keeper:
    """Saves the office whenever it has changed. Without a folder it does nothing."""

    def __init__(self, office: Remembered, folder: StateFolder | None) -> None:
        self._office = office
        self._folder = folder
        self._saved: int | None = None

    def save_if_changed(self) -> None:
        """Cheap when nothing changed: called before every answer.

        A world that cannot be written ends the simulator: going on would show a host cards that a
        restart has never seen.
        """
        if self._folder is None or self._office.revision == self._saved:
            return
        revision = self._office.revision
        try:
            self._folder.save(self._office.snapshot())
        except OSError as error:
            raise SystemExit(f"the state folder cannot be written: {error.strerror}") from error
        self._saved = revision
