"""The bundle that a station sends for help: what a maker must know, and nothing of any resident.

Every text goes through the `Scrubber`, persons become numbers, sealed rows are not read at all; at the end the
finished members are looked through once more, and one that shows a long number is not written.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import platform
import re
import sqlite3
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, func, select
from sqlalchemy.exc import DatabaseError

import drivers
from printstation.config import Config
from printstation.diagnostics.doctor import examine
from printstation.diagnostics.look_data import head_of, recent_entries
from printstation.diagnostics.reading import looking
from printstation.diagnostics.scrub import MASK, MOST_DIGITS, Scrubber
from printstation.diagnostics.view import View
from printstation.station import DATABASE
from printstation.store.journal import STATION
from printstation.store.tables import card, job, printer
from printstation.store.tables import metadata as tables

#: A day of 600 cards, each of about 8 entries; 1 MB.
MOST_ENTRIES = 5_000
MOST_REASONS = 2_000
#: Of each log, its end.
MOST_LOG_BYTES = 512 * 1024
MOST_LOGS = 4
REASON_KINDS = ("printer-stopped", "printer-ready", "printer-error")
NIK = re.compile(rb"\d{16}")
#: What a configuration says of a printer; keys that are not named here are left out, whatever they are.
PRINTER_KEYS = (
    *("name", "kind", "model", "uri", "card_types", "counter", "path_sensor", "print_s"),
    *("holds_job", "backend_waits", "versions"),
    *(
        "rest_after_cards",
        "rest_s",
        "clean_every_cards",
        "exercise_after_s",
        "transfer_temperature",
    ),
)
STATION_KEYS = ("listen", "timezone", "language", "clock_speed", "min_free_mb", "log_level")
ABOUT = """A printstation support bundle.

versions.json  Python, operating system, packages
config.json    the configuration; keys that are not needed, and all that could be secret, are left out
doctor.json    what `printstation doctor` says
counts.json    rows of each table, jobs and cards by state, the journal's head
reasons.jsonl  what stopped the printers, oldest first
journal.jsonl  the end of the journal; persons are numbers
logs/          the end of each log

A mark (…) stands for every word that is not the program's own and for every number of more than 8 digits.
Nothing that is sealed was read.
"""


class BundleError(Exception):
    """The bundle was not written: one line, with what to do."""


def collect(view: View, logs: Sequence[Path]) -> dict[str, bytes]:
    """The members of the bundle. Reads the database without a trace, and every log's end."""
    scrubber = Scrubber(_known_words(view))
    members = {
        "about.txt": ABOUT.encode(),
        "versions.json": _json(versions()),
        "doctor.json": _json(
            [{k: scrubber.text(str(v)) for k, v in asdict(line).items()} for line in examine(view)]
        ),
    }
    if view.config is not None:
        members["config.json"] = _json(_config(view.config, scrubber))
        members |= _of_the_database(view.config.data_dir / DATABASE, scrubber)
    for number, path in enumerate(logs[:MOST_LOGS], start=1):
        members[f"logs/{number}.txt"] = "\n".join(_log(path, scrubber)).encode()
    return members


def write(members: Mapping[str, bytes], target: Path) -> None:
    """One `.tar.gz`, for its owner alone; refuses to overwrite, and a member that shows a long number."""
    for name, content in members.items():
        if NIK.search(content):
            raise BundleError(f"{name} would show a number of 16 digits; nothing was written")
    packed = io.BytesIO()
    # No name, no user, no time of this computer goes along.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, content in members.items():
            entry = tarfile.TarInfo(f"printstation-support/{name}")
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(packed.getvalue())
    except FileExistsError:
        raise BundleError(f"{target} exists; name another file") from None
    except OSError as error:
        raise BundleError(f"{target} cannot be written: {error.strerror}") from None


def logs_of(view: View) -> list[Path]:
    """Logs that lie where logs lie: in the data folder, and beside the configuration."""
    folders = [view.path.parent, *([view.config.data_dir] if view.config else [])]
    found = {path.resolve() for folder in folders for path in folder.glob("*.log")}
    return sorted(path for path in found if path.is_file())


# ------------------------------------------------------------------------------- members
def versions() -> dict[str, Any]:
    """What runs here; not the computer's name."""
    packages = {
        each.metadata["Name"]: each.version
        for each in sorted(metadata.distributions(), key=lambda d: str(d.metadata["Name"]))
    }
    return {
        "python": sys.version.split()[0],
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "sqlite": sqlite3.sqlite_version,
        "packages": packages,
    }


def _known_words(view: View) -> Iterator[str]:
    """Words of this station that are nobody's name: its printers, as their configuration names them."""
    yield from drivers.models()
    if view.config is None:
        return
    for each in view.config.printers:
        yield from (each.name, each.uri, each.model, *each.card_types)
    yield view.config.timezone
    try:
        with looking(view.config.data_dir / DATABASE) as conn:
            yield from conn.execute(
                select(printer.c.serial).where(printer.c.serial.is_not(None))
            ).scalars()
    except (DatabaseError, sqlite3.Error, OSError):
        return


def _config(config: Config, scrubber: Scrubber) -> dict[str, Any]:
    said = config.model_dump(mode="json")
    printers = [
        {key: each[key] for key in PRINTER_KEYS if key in each} for each in said["printers"]
    ]
    kept = {**{key: said[key] for key in STATION_KEYS}, "printers": printers}
    left = sorted(said.keys() - kept.keys())
    return {**_clean(kept, scrubber), "left_out": left}


def _of_the_database(path: Path, scrubber: Scrubber) -> dict[str, bytes]:
    try:
        with looking(path) as conn:
            entries = list(recent_entries(conn, MOST_ENTRIES))
            persons: dict[str, str] = {STATION: STATION}
            shown = [_entry(entry, persons, scrubber) for entry in entries]
            reasons = [entry for entry in shown if entry["kind"] in REASON_KINDS]
            return {
                "counts.json": _json(_counts(conn)),
                "journal.jsonl": _lines(shown),
                "reasons.jsonl": _lines(reasons[-MOST_REASONS:]),
            }
    except (DatabaseError, sqlite3.Error, OSError) as error:
        text = f"the database cannot be read: {type(error).__name__}"
        return {"counts.json": _json({"problem": text})}


def _counts(conn: Connection) -> dict[str, Any]:
    there = set(conn.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    rows = {
        table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables.sorted_tables
        if table.name in there
    }
    states = {table.name: _by_state(conn, table.c.state) for table in (job, card)}
    schema = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return {"schema": schema, "head": head_of(conn), "rows": rows, "states": states}


def _by_state(conn: Connection, state: Column[Any]) -> dict[str, int]:
    rows = conn.execute(select(state, func.count()).group_by(state))
    return {str(name): int(count) for name, count in rows}


def _entry(entry: dict[str, Any], persons: dict[str, str], scrubber: Scrubber) -> dict[str, Any]:
    by = persons.setdefault(str(entry.get("by")), f"person {len(persons)}")
    data = entry.get("data") or {}
    # Digests say nothing to a reader, and the keys beside them are names of rows.
    told = {key: value for key, value in data.items() if key not in ("rows", "by", "supervisor")}
    names = ("seq", "at", "kind", "job", "card", "printer")
    shown = _clean({name: entry.get(name) for name in names}, scrubber)
    return {**shown, "by": by, "data": _clean(told, scrubber)}


def _clean(value: Any, scrubber: Scrubber) -> Any:
    """Any JSON value with every text in it scrubbed, keys included, and every long number masked."""
    if isinstance(value, str):
        return scrubber.text(value)
    if isinstance(value, Mapping):
        return {scrubber.text(str(key)): _clean(each, scrubber) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, scrubber) for each in value]
    if isinstance(value, float):
        value = round(value, 3)
    if isinstance(value, int | float) and len(str(value)) > MOST_DIGITS + 1:
        return MASK
    return value


def _log(path: Path, scrubber: Scrubber) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_LOG_BYTES))
            text = file.read(MOST_LOG_BYTES).decode(errors="replace")
    except OSError as error:
        yield f"cannot be read: {error.strerror}"
        return
    lines = text.splitlines()
    # The first one may be cut in the middle of a number.
    yield from (scrubber.line(line) for line in (lines[1:] if size > MOST_LOG_BYTES else lines))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _lines(values: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)
