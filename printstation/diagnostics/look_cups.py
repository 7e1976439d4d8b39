"""Looking at the files of a cupsd on this machine: what IPP does not show of a queue that cards go through."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import drivers
from printstation.config import is_loopback
from printstation.diagnostics.view import Wrong

CONF, FILES = "cupsd.conf", "cups-files.conf"
DROP_INS = "systemd/system/cups.service.d"


def look_at_server(uri: str, proc: Path, etc: Path) -> tuple[Wrong, ...]:
    """What the files of the cupsd behind a queue's address get wrong; nothing where it is on another machine, or no
    cupsd."""
    if not is_loopback(urlsplit(uri).hostname or ""):
        return ()
    closed: list[Path] = []
    for conf, files in _servers(proc, etc):
        try:
            text = conf.read_text(errors="replace")
        except PermissionError:
            closed.append(conf)
            continue
        except OSError:
            continue
        # How any other cupsd than the system's own is started, nobody knows.
        drop_ins = _drop_ins(etc) if conf == etc / "cups" / CONF else None
        found = drivers.server_findings(uri, text, _text(files), drop_ins)
        if found is not None:
            return tuple(Wrong(**asdict(each)) for each in found)
    return tuple(_unread(conf) for conf in closed)


def _servers(proc: Path, etc: Path) -> Iterator[tuple[Path, Path]]:
    """(cupsd.conf, cups-files.conf) of every cupsd that runs, and the system's own, whether it runs or not."""
    for place in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            if (place / "comm").read_text(errors="replace").strip() != "cupsd":
                continue
            words = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")
            folder = Path(os.readlink(place / "cwd"))
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if conf := _after("-c", words):
            files = _after("-s", words)
            yield folder / conf, folder / files if files else (folder / conf).with_name(FILES)
    yield etc / "cups" / CONF, etc / "cups" / FILES


def _after(option: str, words: list[str]) -> str:
    return next((after for word, after in pairwise(words) if word == option), "")


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return None


def _drop_ins(etc: Path) -> list[str]:
    texts = (_text(path) for path in sorted((etc / DROP_INS).glob("*.conf")))
    return [text for text in texts if text is not None]


def _unread(conf: Path) -> Wrong:
    repair = "run the doctor as root, or compare it with docs/ipp-queues.md"
    return Wrong(conf.name, "not readable for this user", "as cards need it", repair, blocks=False)
