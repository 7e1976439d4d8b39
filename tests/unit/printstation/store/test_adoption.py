"""A database of any earlier version is brought to this one, and the audit agrees with it from then on."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from printstation.acts import leaving
from printstation.acts.stock import Blanks
from printstation.store import audit, filed, journal
from printstation.store.engine import Store, open_engine
from printstation.store.schema import MIGRATIONS, upgrade
from tests.unit.printstation.morning import ANEW, Ticking, work
from tests.unit.printstation.store.test_schema import shape

REVISIONS = sorted(each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_every_earlier_version_leads_to_the_same_schema(revision: str, tmp_path: Path) -> None:
    old = open_engine(tmp_path / "old.db")
    scripts = ScriptDirectory(str(MIGRATIONS))
    with old.connect() as conn, conn.begin():
        context = MigrationContext.configure(conn)
        context._ensure_version_table()
        for each in reversed(list(scripts.iterate_revisions(revision, "base"))):
            with Operations.context(context):
                each.module.upgrade()
            context.stamp(scripts, each.revision)
    upgrade(old)
    upgrade(open_engine(tmp_path / "fresh.db"))
    assert shape(tmp_path / "old.db") == shape(tmp_path / "fresh.db")


def as_before(path: Path, station: str) -> None:
    """The morning's database as the version before wrote it: no digests, no panels, early cards without origin."""
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE feed DROP COLUMN panels")
        db.execute("ALTER TABLE supply DROP COLUMN panels_used")
        db.execute("UPDATE card SET delivery = NULL")
        db.execute("UPDATE alembic_version SET version_num = ?", ("0006",))
        db.execute("DROP TABLE returned")
        adopted = {name for names in filed.ADOPTED.values() for name in names}
        previous = journal.genesis(station)
        for seq, text in db.execute("SELECT seq, entry FROM journal ORDER BY seq").fetchall():
            entry = json.loads(text)
            entry["data"].pop("digest", None)
            rows = entry["data"].pop("rows", {})
            kept = {row: said for row, said in rows.items() if row.split()[0] not in adopted}
            entry["data"] |= {"rows": kept} if kept else {}
            text = json.dumps(entry)
            previous = journal.link(previous, text)
            db.execute(
                "UPDATE journal SET entry = ?, hash = ? WHERE seq = ?", (text, previous, seq)
            )
    db.close()


def test_rows_that_were_in_no_entry_are_adopted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "printstation.db"
    engine = open_engine(path)
    station = upgrade(engine)
    store = Store(engine, Ticking(), station)
    work(store)
    blanks = Blanks("ktp-el-wni", 1, None)
    two = {"by": "ani", "supervisor": "budi"}
    leaving.give_back(store, ANEW, blanks=blanks, document="470/1", **two)
    engine.dispose()
    as_before(path, station)
    monkeypatch.setattr(filed, "PART", 3)
    assert upgrade(open_engine(path)) == station
    with audit.reading(path) as conn:
        assert [str(found) for found in audit.audit(conn)] == []
        adopted = [entry for entry in journal.newest(conn, 9) if entry.kind == "rows-adopted"]
    assert len(adopted) == 3, "eight sealed jobs and one letter, three of them in an entry"
    with sqlite3.connect(path) as db:
        db.execute("UPDATE payload SET sealed = x'00'")
    db.close()
    with audit.reading(path) as conn:
        assert len(audit.audit(conn)) == 8
