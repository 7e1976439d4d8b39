"""Looking at the database and at a backup, without leaving a trace in either."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from printstation.diagnostics.reading import has_log, looking
from printstation.diagnostics.view import Asked, Backup, Data, Gauge, Trouble
from printstation.store import audit, headcode, keyed, supplies
from printstation.store.backup import MANIFEST
from printstation.store.schema import MIGRATIONS
from printstation.store.tables import SupplyState, journal, meta, question, supply

#: Entries that are read for times and troubles: a day of 1,500 cards, each of about 8 entries.
RECENT = 12_000
MOVING, READY = "printer-error", "printer-ready"
TROUBLES = (MOVING, "printer-stopped")
SECOND = 1.0


def look_at_data(database: Path, now: datetime) -> tuple[Data, bool]:
    """The database, and whether anything in it needs its key."""
    try:
        mode = database.stat().st_mode
    except FileNotFoundError:
        return Data(there=False), False
    except OSError as error:
        return _unread(database, error), False
    if not stat.S_ISREG(mode):
        return Data(there=True, problem=f"{database} is no file"), False
    if not os.access(database, os.R_OK):
        return _unread(database, PermissionError(errno.EACCES, os.strerror(errno.EACCES))), False
    data, sealed = _try(database, now)
    if data.problem and has_log(database):
        # A daemon may have started while the file was read as one that nobody changes.
        data, sealed = _try(database, now)
    return data, sealed


def _unread(database: Path, error: OSError) -> Data:
    problem = f"{database} cannot be read: {error.strerror}"
    return Data(there=True, problem=problem, denied=isinstance(error, PermissionError))


def _try(database: Path, now: datetime) -> tuple[Data, bool]:
    try:
        with looking(database) as conn:
            return _look(conn, now)
    except (DatabaseError, sqlite3.Error, OSError) as error:
        what = getattr(error, "orig", error)
        return Data(there=True, problem=f"{database} cannot be read: {what}"), True


def _look(conn: Connection, now: datetime) -> tuple[Data, bool]:
    integrity = str(conn.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    schema = str(conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")
    if integrity != "ok":
        return Data(True, integrity=integrity, schema=schema, known_schemas=(schema,)), True
    known = schemas()
    if schema != known[-1]:
        # Another schema has other columns: only what every version had is looked at.
        return Data(True, integrity=integrity, schema=schema, known_schemas=known), True
    entries, findings = audit.verify(conn)
    recent = list(_recent(conn))
    data = Data(
        there=True,
        integrity=integrity,
        schema=schema,
        known_schemas=known,
        chain=tuple(map(str, findings)),
        entries=entries,
        station=str(
            conn.execute(select(meta.c.value).where(meta.c.name == audit.STATION_ID)).scalar() or ""
        ),
        last_at=_moment(recent[-1]) if recent else None,
        back=tuple(_back(recent)),
        troubles=tuple(_troubles(recent, now - timedelta(days=1))),
        questions=tuple(_questions(conn)),
        gauges=tuple(_gauges(conn)),
        key_id=keyed.key_id(conn) or "",
    )
    return data, keyed.is_used(conn)


@cache
def schemas() -> tuple[str, ...]:
    """Every schema that this version knows, the newest last."""
    from alembic.script import ScriptDirectory

    walked = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return tuple(reversed([revision.revision for revision in walked]))


def head_of(conn: Connection) -> str:
    """The code of the newest entry, as on a signed report."""
    row = conn.execute(
        select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
    ).one_or_none()
    return headcode.head_code(row.seq, row.hash) if row else "empty"


def recent_entries(conn: Connection, most: int) -> Iterator[dict[str, Any]]:
    """The newest entries, oldest first; one that is no JSON object is left out (the chain tells of it)."""
    newest = select(journal.c.seq, journal.c.entry).order_by(journal.c.seq.desc()).limit(most)
    for row in reversed(conn.execute(newest).all()):
        try:
            entry = json.loads(row.entry)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _recent(conn: Connection) -> Iterator[dict[str, Any]]:
    return (entry for entry in recent_entries(conn, RECENT) if _moment(entry) is not None)


def _moment(entry: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(entry["at"])
    except (KeyError, TypeError, ValueError):
        return None


def _back(recent: list[dict[str, Any]]) -> Iterator[tuple[int, float]]:
    for earlier, later in pairwise(recent):
        before, after = _moment(earlier), _moment(later)
        assert before is not None and after is not None
        seconds = (before - after).total_seconds()
        if seconds > SECOND:
            yield int(later.get("seq", 0)), seconds


def _troubles(recent: list[dict[str, Any]], since: datetime) -> Iterator[Trouble]:
    """Of each printer only what is new: a stop is told anew with each further reason, and an error of a moving card
    comes back as the reason of the stop that follows."""
    standing: dict[str, set[str]] = {}
    moving: dict[str, set[str]] = {}
    for entry in recent:
        at, kind, printer = _moment(entry), entry.get("kind"), str(entry.get("printer"))
        if kind not in (*TROUBLES, READY):
            continue
        data = entry.get("data") or {}
        words = list(map(str, data.get("errors") or data.get("reasons") or ()))
        known = set(standing.get(printer, ()))
        if kind == MOVING:
            moving[printer] = set(words)
        else:
            known |= moving.pop(printer, set())
            standing[printer] = set(words)
        fresh = tuple(word for word in words if word not in known)
        if fresh and kind in TROUBLES and at is not None and at >= since:
            yield Trouble(str(entry["at"]), printer, fresh)


def _questions(conn: Connection) -> Iterator[Asked]:
    rows = conn.execute(
        select(question.c.reason, func.count(), func.min(question.c.asked_at))
        .where(question.c.closed_at.is_(None))
        .group_by(question.c.reason)
        .order_by(question.c.reason)
    )
    return (Asked(reason, int(count), oldest) for reason, count, oldest in rows)


def _gauges(conn: Connection) -> Iterator[Gauge]:
    loaded = select(supply).where(supply.c.state == SupplyState.LOADED, supply.c.rated.is_not(None))
    for row in conn.execute(loaded).all():
        used = row.used + supplies.fed_since(conn, row.printer, row.loaded_feed)
        yield Gauge(row.printer, row.kind, row.rated - used, row.rated)


def look_at_backup(folder: Path) -> Backup:
    """The manifest of a backup folder, or of the newest one in a folder of such folders."""
    found = [backup for path in (folder, *_inside(folder)) if (backup := _manifest(path))]
    if not found:
        return Backup(str(folder), None)
    return max(found, key=lambda backup: backup.made_at or datetime.min)


def _inside(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if path.is_dir()]
    except OSError:
        return []


def _manifest(folder: Path) -> Backup | None:
    try:
        table = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made_at = datetime.fromisoformat(table["made_at"])
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return Backup(str(folder), made_at, str(table.get("station", "")))
