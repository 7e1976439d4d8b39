"""Checks of what the station keeps: configuration, key, database, journal, questions, backup. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import drivers
from printstation.diagnostics.view import AS_ANOTHER, Data, Line, State, View

#: An office prints some hundred cards a day; a restore that is a day old asks about all of them.
OLDEST_BACKUP = timedelta(days=1)
KEY_BYTES = 32
RESTORE = "stop the station, move the data folder away, and `printstation restore` the last backup"


def config_line(view: View) -> Line:
    """Whether the configuration can be used at all."""
    if view.config is None:
        do = "mend it, then look again: most other checks need it"
        return Line("configuration", State.BROKEN, view.config_problem, do)
    count = sum(not printer.outside for printer in view.config.printers)
    if not count:
        do = "`printstation printer find` writes the lines for what is attached"
        return Line("configuration", State.ATTENTION, f"{view.path}: no printer", do)
    return Line("configuration", State.OK, f"{view.path}: {count} driven from here")


def data_lines(view: View) -> Iterator[Line]:
    """Every other check of this file."""
    if view.key is not None:
        yield _key(view)
    data = view.data
    if data is None:
        return
    if not data.there:
        yield Line("database", State.ATTENTION, "there is none yet", "the first start makes it")
    elif data.denied:
        yield Line("database", State.ATTENTION, data.problem, AS_ANOTHER)
    elif data.problem:
        yield Line("database", State.BROKEN, data.problem, RESTORE)
    else:
        yield _integrity(data)
        yield _schema(data)
        yield _chain(data)
        yield _troubles(data)
        yield _questions(data)
    yield _backup(view)


def _key(view: View) -> Line:
    assert view.key is not None and view.config is not None
    key, path = view.key, view.config.data_dir / "printstation.key"
    if key.denied:
        return Line("key", State.ATTENTION, f"{path} is not for this user's eyes", AS_ANOTHER)
    if not key.there:
        if key.needed:
            do = f"bring {path.name} back from a backup; without it no waiting card can be printed"
            return Line("key", State.BROKEN, f"{path} is missing, and rows are sealed with it", do)
        return Line("key", State.OK, "none yet; the first start makes it")
    if key.mode & 0o077:
        seen = f"{path} may be read by others (mode {key.mode:04o})"
        return Line("key", State.BROKEN, seen, f"chmod 600 {path}; the station does not start else")
    if key.size != KEY_BYTES:
        seen = f"{path} has {key.size} bytes, not {KEY_BYTES}"
        return Line("key", State.BROKEN, seen, "bring it back from a backup")
    if view.data is not None and view.data.key_id not in ("", key.key_id):
        seen = f"{path} is not the key that this database is kept with"
        do = "bring back the key of the same backup; the station does not start with another"
        return Line("key", State.BROKEN, seen, do)
    return Line("key", State.OK, f"there, mode {key.mode:04o}")


def _integrity(data: Data) -> Line:
    if data.integrity != "ok":
        # SQLite says it in several lines.
        seen = f"quick_check: {' '.join(data.integrity.split())}"
        return Line("database", State.BROKEN, seen, RESTORE)
    return Line("database", State.OK, "quick_check ok")


def _schema(data: Data) -> Line:
    if data.schema not in data.known_schemas:
        seen = f"{data.schema or 'none'}, which this version does not know"
        do = "install the version of printstation that wrote it"
        return Line("schema", State.BROKEN, seen, do)
    newest = data.known_schemas[-1]
    if data.schema != newest:
        seen = f"{data.schema}; this version has {newest}"
        return Line("schema", State.ATTENTION, seen, "back up; the next start migrates it")
    return Line("schema", State.OK, data.schema)


def _chain(data: Data) -> Line:
    if data.chain:
        more = f" and {len(data.chain) - 1} more" if len(data.chain) > 1 else ""
        do = "`printstation audit` names every row; compare the head with the last signed report"
        return Line("journal", State.BROKEN, f"{data.chain[0]}{more}", do)
    return Line("journal", State.OK, f"{data.entries} entries, the chain is whole")


def _troubles(data: Data) -> Line:
    """Stops that a person asked for are none."""
    counted: Counter[tuple[str, str]] = Counter()
    for trouble in data.troubles:
        for keyword in trouble.keywords:
            row = drivers.reasons().get(keyword)
            if row is None or row.severity != "report":
                counted[trouble.printer, keyword] += 1
    if not counted:
        return Line("last-errors", State.OK, "no printer stopped or failed within a day")
    times = [
        f"{printer}: {keyword} {count}x" for (printer, keyword), count in counted.most_common()
    ]
    last = data.troubles[-1]
    seen = (
        f"within a day, {', '.join(times[:6])}{' …' if len(times) > 6 else ''}; last at {last.at}"
    )
    do = "what comes back again and again wants a technician; `printstation printer show` says more"
    return Line("last-errors", State.ATTENTION, seen, do)


def _questions(data: Data) -> Line:
    if not data.questions:
        return Line("questions", State.OK, "none is open")
    each = ", ".join(f"{asked.reason} {asked.count}" for asked in data.questions)
    oldest = min(asked.oldest for asked in data.questions)
    seen = f"open: {each}; the oldest since {oldest}"
    return Line(
        "questions", State.ATTENTION, seen, "look at the cards and answer on the station's page"
    )


def _backup(view: View) -> Line:
    backup, data = view.backup, view.data
    do = "`printstation backup DIR` to another disk, every day"
    if backup is None:
        seen = "its age is not known: say where it lies with --backup DIR"
        return Line("backup", State.ATTENTION, seen, do)
    if backup.made_at is None:
        return Line("backup", State.BROKEN, f"{backup.folder} holds no complete backup", do)
    if data is not None and data.station and backup.station != data.station:
        return Line("backup", State.BROKEN, f"{backup.folder} is of another station", do)
    age = view.machine.now - backup.made_at
    seen = f"{backup.folder}: {age.total_seconds() / 3600:.1f} hours old"
    if age > OLDEST_BACKUP:
        return Line("backup", State.ATTENTION, seen, do)
    return Line("backup", State.OK, seen)
