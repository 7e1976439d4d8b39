"""Every table, row by row: what was changed, erased or added behind the station's back is found by `audit`.

What goes unnoticed is what `docs/audit.md` lists, no more and no less.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Integer, LargeBinary, Table, UniqueConstraint

from printstation.acts import restoring, slips
from printstation.station import Station
from printstation.store import audit, findings, journal, keyed, scans
from printstation.store.engine import open_engine
from printstation.store.settings import UnitSettings, put
from printstation.store.standing import META
from printstation.store.tables import SlipKind, metadata
from tests.api import daybook
from tests.api.office import SERIAL, Office
from tests.api.test_destruction import OPENING
from tests.api.test_loans import TERMS
from tests.house.tree import ROOT

ANI = {"by": "Ani"}
ADDED, ERASED = "added", "erased"
#: Where an open row is looked at beside one that is over.
TWICE = ("card", "feed", "job", "journal", "question")
ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| .* \|$", re.MULTILINE)
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def listed() -> set[tuple[str, str]]:
    """What the page says that no entry vouches for."""
    page = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    return {
        (table, word)
        for table, what in ROW.findall(page)
        for word in re.findall(r"[`*](\w+)[`*]", what)
    }


def done(at: Office, path: str, **body: Any) -> Any:
    answer = at.act(path, {**ANI, **body})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def a_row_in_every_table(office: Office, station: Station) -> None:
    """A day of an office: cards printed, asked about, moving, checked, handed over and destroyed."""
    office.stocked(9)
    daybook.close(office)
    daybook.receive(office, 3, batch="B2")
    good, spoiled, waiting = (office.printed(office.job()) for _ in range(3))
    for card in (good, waiting):
        done(office, f"/cards/{card}/check", result="accepted", shelf="A-3")
    done(office, f"/cards/{good}/hand-over", receiver="holder", old_card="none")
    done(office, f"/cards/{spoiled}/check", result="spoiled", cause="print-failed")
    session = done(office, "/destructions", **OPENING)["id"]
    done(office, f"/destructions/{session}/cards", cards=[spoiled])
    done(office, f"/destructions/{session}/photos", caption="Api", content=PIXEL)
    done(office, "/loans", **{**TERMS, "version": "1", "count": 1})
    gone = {"card_type": "ktp-el-wni", "count": 1, "document": "470/1", "supervisor": "Budi"}
    done(office, "/stock/returns", **gone)
    done(office, "/supplies", kind="ribbon", serial="RB-1", rated=300)
    done(office, "/supplies/S-0001/load", printer="tango")
    done(office, "/printers/tango/cleanings")
    _, first = office.asked()
    done(office, f"/questions/{first}/answer", card="spoiled", job="cancel", cause="print-failed")
    office.asked()
    called = office.job()
    office.feed(office.job())
    done(office, "/printers/enduro/pause")
    with station.store.write() as tx:
        slips.queue(tx, SlipKind.PICK_UP, waiting, "B.C.", "Ani")
        scans.put(tx, "enduro", "B-000009", called, "Ani")
        journal.append(tx, "card-scanned", job=called, card="B-000009", printer="enduro", by="Ani")
        put(tx, SERIAL, UnitSettings({"a": "1"}, {"a": "1"}, tx.at, None))


def forged(value: Any, column: Any) -> Any:
    if isinstance(column.type, Integer):
        flag = value in (0, 1) and not column.primary_key
        return 1 - value if flag else (value or 0) + 1000
    if isinstance(column.type, LargeBinary):
        return (value or b"") + b"x"
    return f"{value or ''}x"


def own_columns(table: Table) -> set[str]:
    """Columns in which two rows may not agree."""
    unique = [c.columns for c in table.constraints if isinstance(c, UniqueConstraint)]
    return {column.name for columns in (table.primary_key.columns, *unique) for column in columns}


def mischief(conn: Connection, table: Table) -> Iterator[tuple[str, Any]]:
    """(what is done, the statement), of the first row of a table; of the last one, too, in `TWICE`."""
    rows = [row._mapping for row in conn.execute(table.select()).all()]
    assert rows, f"the office left table {table} empty"
    for row in rows[:1] + (rows[-1:] if table.name in TWICE else []):
        this = [column == row[column.name] for column in table.primary_key.columns]
        for column in table.columns:
            value = forged(row[column.name], column)
            yield column.name, table.update().where(*this).values({column.name: value})
        yield ERASED, table.delete().where(*this)
    copy = dict(rows[0])
    for name in own_columns(table):
        column = table.c[name]
        number = isinstance(column.type, Integer)
        copy[name] = max(row[name] for row in rows) + 1 if number else f"{copy[name]}x"
    yield ADDED, table.insert().values(copy)


def unnoticed(conn: Connection) -> Iterator[tuple[str, str]]:
    for table in metadata.sorted_tables:
        for what, statement in mischief(conn, table):
            conn.rollback()
            for pragma in ("defer_foreign_keys", "ignore_check_constraints"):
                conn.exec_driver_sql(f"PRAGMA {pragma} = ON")
            for index in table.indexes:
                if index.unique:
                    conn.exec_driver_sql(f"DROP INDEX {index.name}")
            assert conn.execute(statement).rowcount == 1
            found = audit.audit(conn)
            conn.rollback()
            if not found:
                yield table.name, what
            else:
                # A person is told the row, or for an entry its number.
                assert found[0].row, found


def test_a_row_changed_erased_or_added_is_found_in_every_table(
    office: Office, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_row_in_every_table(office, station)
    with station.store.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(shutil.copy(station.config.data_dir / "printstation.db", tmp_path / "copy.db"))
    engine = open_engine(path)
    with engine.connect() as conn:
        assert [str(found) for found in audit.audit(conn)] == []
        # The first wrong row is enough, and 300 audits to their end take long.
        monkeypatch.setattr(findings, "MAX_FINDINGS", 1)
        assert set(unnoticed(conn)) == listed() - {("meta", ERASED)}
    engine.dispose()


def test_every_row_of_meta_that_a_station_writes_is_known_to_the_audit() -> None:
    assert {restoring.MARK, audit.STATION_ID, keyed.KEY_ID} == META
