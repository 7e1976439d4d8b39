"""The audit agrees with a station that worked, and finds whatever was changed behind its back."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from printstation.store import audit, journal
from printstation.store.findings import Finding
from printstation.store.journal import genesis
from tests.unit.printstation.morning import STATION, new_store, work


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "printstation.db"
    store = new_store(path)
    work(store)
    with store.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.engine.dispose()
    return path


@pytest.fixture
def database(morning: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(morning, tmp_path / "printstation.db"))


def findings(path: Path) -> list[Finding]:
    with audit.reading(path) as conn:
        return audit.audit(conn)


def test_a_station_that_worked_agrees(database: Path) -> None:
    with audit.reading(database) as conn:
        report = audit.examine(conn)
    assert report.findings == ()
    assert (report.jobs, report.cards) == (8, 12)
    assert report.entries > 30


def test_it_reads_beside_an_open_writer(tmp_path: Path) -> None:
    path = tmp_path / "printstation.db"
    store = new_store(path)
    with store.engine.connect() as held:
        held.exec_driver_sql("SELECT 1")
        work(store)
        assert findings(path) == []


def test_it_writes_nothing(database: Path) -> None:
    before = hashlib.sha256(database.read_bytes()).digest()
    findings(database)
    assert hashlib.sha256(database.read_bytes()).digest() == before


@pytest.mark.parametrize(
    "content", [None, b"", b"not a database, though as long as its header is" * 9]
)
def test_what_is_no_database_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "printstation.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(audit.CannotAudit, match=r"printstation\.db"):
        findings(path)


def test_a_file_of_a_newer_version_is_not_judged(database: Path) -> None:
    """What this version does not know of it would pass for agreement."""
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)")
        db.execute("DELETE FROM alembic_version")
        db.execute("INSERT INTO alembic_version VALUES ('9999_later')")
    with pytest.raises(audit.CannotAudit, match=r"9999_later.*install that version"):
        findings(database)


def rechained(db: sqlite3.Connection) -> None:
    """What a forger who knows the chain does: hash everything anew."""
    previous = genesis(STATION)
    for seq, entry in db.execute("SELECT seq, entry FROM journal ORDER BY seq").fetchall():
        previous = hashlib.sha256(previous + entry.encode()).digest()
        db.execute("UPDATE journal SET hash = ? WHERE seq = ?", (previous, seq))


def edited(db: sqlite3.Connection, kind: str, change: Callable[[dict[str, object]], None]) -> None:
    seq, text = db.execute(
        "SELECT seq, entry FROM journal WHERE kind = ? ORDER BY seq LIMIT 1", (kind,)
    ).fetchone()
    entry = json.loads(text)
    change(entry)
    db.execute("UPDATE journal SET entry = ? WHERE seq = ?", (json.dumps(entry), seq))


def forged(db: sqlite3.Connection, kind: str, **data: object) -> None:
    edited(db, kind, lambda entry: entry.update(data=data))
    rechained(db)


def without_last_entries(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM journal WHERE seq > (SELECT max(seq) - 1 FROM journal)")


def removed_and_closed_up(db: sqlite3.Connection) -> None:
    """One printed card's entry is taken out, the numbers and hashes after it are made anew."""
    (seq,) = db.execute("SELECT min(seq) FROM journal WHERE kind = 'card-printed'").fetchone()
    db.execute("DELETE FROM journal WHERE seq = ?", (seq,))
    for old, text in db.execute(
        "SELECT seq, entry FROM journal WHERE seq > ? ORDER BY seq", (seq,)
    ).fetchall():
        entry = json.dumps({**json.loads(text), "seq": old - 1})
        db.execute("UPDATE journal SET seq = ?, entry = ? WHERE seq = ?", (old - 1, entry, old))
    rechained(db)


def second_good_card(db: sqlite3.Connection) -> None:
    db.execute("DROP INDEX uq_card_job")
    db.execute(
        "UPDATE card SET state = 'printed', job = (SELECT id FROM job WHERE state = 'completed' AND"
        " replaced = 0) WHERE id = 'B-000012'"
    )


def second_job_of_a_resident(db: sqlite3.Connection) -> None:
    db.execute("DROP INDEX uq_job_resident")
    db.execute(
        "UPDATE job SET resident = (SELECT resident FROM job WHERE seq = 2) WHERE state = 'pending'"
    )


def sql(statement: str) -> Callable[[sqlite3.Connection], object]:
    return lambda db: db.execute(statement)


BLANK = (
    "INSERT INTO card (seq, id, card_type, version, batch, state) "
    "VALUES (13, 'B-000013', 'ktp-el-wni', 'V1', 'B1', 'stored')"
)
JOB_7 = "(SELECT id FROM job WHERE seq = 7)"

#: name -> (the change, the check that must find it, the start of the row's name)
CHANGES: dict[str, tuple[Callable[[sqlite3.Connection], object], str, str]] = {
    "entry rewritten": (
        sql("UPDATE journal SET entry = replace(entry, 'ani', 'budi') WHERE seq = 1"),
        "chain",
        "journal 1",
    ),
    "entry no longer text": (
        sql("UPDATE journal SET entry = CAST(x'ff00' AS TEXT) WHERE seq = 4"),
        "chain",
        "journal 4",
    ),
    "entry removed": (sql("DELETE FROM journal WHERE seq = 5"), "chain", "journal 5"),
    "first entry removed": (sql("DELETE FROM journal WHERE seq = 1"), "chain", "journal 1"),
    "last entry removed": (without_last_entries, "replay", ""),
    "entry removed, chain made anew": (removed_and_closed_up, "replay", ""),
    "entry added": (
        sql(
            "INSERT INTO journal SELECT seq + 1, entry, hash, kind, job, card, printer FROM journal"
            " ORDER BY seq DESC LIMIT 1"
        ),
        "chain",
        "journal",
    ),
    "hash rewritten": (
        sql("UPDATE journal SET hash = zeroblob(32) WHERE seq = 9"),
        "chain",
        "journal 9",
    ),
    "column changed": (
        sql(
            "UPDATE journal SET card = 'B-000011' WHERE seq = (SELECT min(seq) FROM journal WHERE "
            "kind = 'card-fed')"
        ),
        "chain",
        "journal",
    ),
    "forged move": (
        lambda db: forged(
            db, "card-printed", job=["pending", "completed"], card=["fed", "printed"]
        ),
        "replay",
        "journal",
    ),
    "forged unknown move": (
        lambda db: forged(db, "card-sent", card=["fed", "printed"]),
        "replay",
        "journal",
    ),
    "spoiled card back in the store": (
        sql(
            "UPDATE card SET state = 'stored', cause = NULL, printer = NULL, job = NULL "
            "WHERE id = (SELECT min(id) FROM card WHERE state = 'spoiled')"
        ),
        "replay",
        "card",
    ),
    "blank added": (sql(BLANK), "replay", "card B-000013"),
    "blank removed": (sql("DELETE FROM card WHERE id = 'B-000012'"), "replay", "card B-000012"),
    "batch changed": (
        sql("UPDATE card SET batch = 'B2' WHERE id = 'B-000010'"),
        "replay",
        "card B-000010",
    ),
    "cause changed": (
        sql("UPDATE card SET cause = 'test' WHERE state = 'spoiled'"),
        "replay",
        "card",
    ),
    "printer changed": (
        sql("UPDATE card SET printer = 'enduro' WHERE state = 'loaded'"),
        "replay",
        "card",
    ),
    "card given to another job": (
        sql(
            f"UPDATE card SET job = {JOB_7} WHERE state = 'fed' AND id = (SELECT max(id) FROM card "
            "WHERE state = 'fed')"
        ),
        "replay",
        "card",
    ),
    "job completed by hand": (
        sql("UPDATE job SET state = 'completed', ended_at = 'x' WHERE seq = 7"),
        "replay",
        "job",
    ),
    "job removed": (sql(f"DELETE FROM job WHERE id = {JOB_7}"), "replay", "job"),
    "job added": (
        sql(
            "INSERT INTO job (seq, id, state, card_type, layout, layout_version, reference, priority,"
            " requested_on, one_per_resident, body, created_at) SELECT 99, 'forged', 'pending', "
            "card_type, layout, layout_version, 'X', 50, requested_on, 1, body, created_at FROM job "
            "WHERE seq = 1"
        ),
        "replay",
        "job forged",
    ),
    "reference changed": (sql("UPDATE job SET reference = 'OTHER' WHERE seq = 3"), "replay", "job"),
    "second good card of a job": (second_good_card, "conservation", "job"),
    "second job of a resident": (second_job_of_a_resident, "conservation", "job"),
    "delivery changed": (sql("UPDATE receipt SET count = 13"), "conservation", "delivery SJ-1"),
    "delivery removed": (sql("DELETE FROM receipt"), "conservation", "delivery SJ-1"),
    "successor forgotten": (
        sql("UPDATE job SET replaced = 0, one_per_resident = 0 WHERE replaced = 1"),
        "conservation",
        "job",
    ),
    "payload of an open job erased": (
        sql(f"DELETE FROM payload WHERE job = {JOB_7}"),
        "conservation",
        "job",
    ),
    "feed settled by hand": (
        sql("UPDATE feed SET settled_at = fed_at WHERE settled_at IS NULL"),
        "feeds",
        "feed",
    ),
    "feed removed": (sql("DELETE FROM feed WHERE id = 2"), "replay", "feed 2"),
    "feed moved to another printer": (
        sql("UPDATE feed SET printer = 'enduro' WHERE id = 1"),
        "feeds",
        "feed 1",
    ),
    "sending denied": (sql("UPDATE feed SET sent_at = NULL WHERE id = 1"), "feeds", "feed 1"),
    "question removed": (sql("DELETE FROM question WHERE closed_at IS NULL"), "questions", "job"),
    "question closed by hand": (
        sql("UPDATE question SET closed_at = asked_at, answer = '{}' WHERE closed_at IS NULL"),
        "questions",
        "question Q-000002",
    ),
    "answer opened again": (
        sql("UPDATE question SET closed_at = NULL, answer = NULL WHERE id = 'Q-000001'"),
        "questions",
        "question Q-000001",
    ),
    "answer changed": (
        sql(
            "UPDATE question SET answer = json_set(answer, '$.by', 'nobody')"
            " WHERE answer IS NOT NULL"
        ),
        "questions",
        "question Q-000001",
    ),
    "number written on a card": (
        sql("UPDATE card SET number = '77' WHERE id = 'B-000010'"),
        "replay",
        "card B-000010",
    ),
    "version changed": (
        sql("UPDATE card SET version = 'V2' WHERE id = 'B-000010'"),
        "replay",
        "card B-000010",
    ),
    "delivery's source changed": (
        sql("UPDATE receipt SET source = 'region'"),
        "rows",
        "receipt SJ-1",
    ),
    "loan nobody agreed to": (
        sql(
            "INSERT INTO loan (id, direction, office, card_type, version, count, document, due, "
            "opened_at, by) VALUES ('L-1', 'lent', 'Kaur', 'kia', '1', 5, 'BA-1', 'x', 'x', 'x')"
        ),
        "rows",
        "loan L-1",
    ),
    "another station's journal": (sql("UPDATE meta SET value = 'another'"), "chain", "journal 1"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_behind_its_back_is_found(database: Path, name: str) -> None:
    change, check, row = CHANGES[name]
    with sqlite3.connect(database) as db:
        change(db)
        assert db.total_changes, "the test changed nothing"
    db.close()
    found = findings(database)
    assert [f for f in found if check in f.check and f.row.startswith(row)], [str(f) for f in found]


def test_the_list_has_an_end(database: Path) -> None:
    with sqlite3.connect(database) as db:
        db.executescript("".join(BLANK.replace("13", str(n)) + ";" for n in range(1000, 1200)))
    db.close()
    assert len(findings(database)) == 100


def appended(db: sqlite3.Connection) -> None:
    """One more entry of the station's, as it writes them."""
    seq, last = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    facts = {"seq": seq + 1, "at": "then", "kind": "printer-stopped", "job": None, "card": None}
    text = json.dumps({**facts, "printer": None, "by": "station", "data": {}})
    values = (seq + 1, text, hashlib.sha256(last + text.encode()).digest())
    db.execute(
        "INSERT INTO journal (seq, entry, hash, kind) VALUES (?, ?, ?, 'printer-stopped')", values
    )


def compared(path: Path, seq: int, bits: bytes) -> list[str]:
    with audit.reading(path) as conn:
        assert audit.verify(conn)[1] == [], "the chain itself is whole"
        return [str(found) for found in audit.compare_head(conn, seq, bits)]


def test_a_printed_head_finds_the_journal_that_was_written_anew(database: Path) -> None:
    with audit.reading(database) as conn:
        seq, digest = journal.head(conn) or (0, b"")
    bits = digest[:10]
    with sqlite3.connect(database) as db:
        appended(db)
    assert compared(database, seq, bits) == []
    assert compared(database, seq + 5, bits) == [
        f"head: journal {seq + 5}: was printed, but this journal has no such entry"
    ]
    with sqlite3.connect(database) as db:
        db.execute("UPDATE journal SET entry = replace(entry, 'ani', 'budi') WHERE seq = 1")
        rechained(db)
    db.close()
    assert compared(database, seq, bits) == [
        f"head: journal {seq}: is not the entry that was printed: the journal before it was rewritten"
    ]
