"""The database knows the rules, too: each is broken by hand in plain SQL, and refused.

A station with a mistake in it, or a person with a database tool, must not be able to write a double card.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import CheckConstraint

from printstation.store.tables import metadata
from tests.unit.printstation.store.broken_stock import BROKEN_STOCK
from tests.unit.printstation.store.kit import new_store

JOB = (
    "INSERT INTO job (id, state, card_type, layout, layout_version, reference, priority, requested_on,"
    " one_per_resident, body, created_at, {more}) VALUES ('{id}', '{state}', 'ktp-el-wni', 'specimen',"
    " '1', '{reference}', {priority}, '2026-11-24', {one}, x'00', 'then', {values})"
)
CARD = (
    "INSERT INTO card (id, card_type, version, batch, state, printer, job, cause)"
    " VALUES ('{id}', 'ktp-el-wni', 'V1', 'B1', '{state}', {printer}, {job}, {cause})"
)
FEED = (
    "INSERT INTO feed (job, card, printer, session, counter_kind, fed_at, verdict, explained, settled_at)"
    " VALUES ('{job}', '{card}', 'tango', 's', '{kind}', 'then', {verdict}, {explained}, {settled})"
)
QUESTION = (
    "INSERT INTO question (id, reason, printer, card, feed, offers, asked_at, closed_at, answer)"
    " VALUES ('{id}', '{reason}', {printer}, {card}, {feed}, '[]', 'then', {closed}, {answer})"
)


def job(id: str, state: str = "pending", **changes: str) -> str:
    values = {"reference": id, "priority": "50", "one": "1", "more": "ended_at", "values": "NULL"}
    return JOB.format(**{"id": id, "state": state, **values, **changes})


def card(id: str, state: str, printer: str = "NULL", job: str = "NULL", cause: str = "NULL") -> str:
    return CARD.format(id=id, state=state, printer=printer, job=job, cause=cause)


def feed(job: str, card: str, **changes: str) -> str:
    values = {"kind": "none", "verdict": "NULL", "explained": "0", "settled": "NULL"}
    return FEED.format(**{"job": job, "card": card, **values, **changes})


def question(id: str, reason: str, **changes: str) -> str:
    values = dict.fromkeys(("printer", "card", "feed", "closed", "answer"), "NULL")
    return QUESTION.format(**{"id": id, "reason": reason, **values, **changes})


#: constraint or index -> (what stands there already, what must be refused)
BROKEN: dict[str, tuple[list[str], str]] = {
    "ck_job_state": ([], job("a", "printed")),
    "ck_job_priority": ([], job("a", priority="0")),
    "ck_job_sides": ([], job("a", more="sides", values="3")),
    "ck_job_ended_at": ([], job("a", "completed")),
    "ck_job_reprint_replaces": ([], job("a", more="by_reprint", values="1")),
    "uq_job_id": ([job("a")], job("a", reference="b")),
    "uq_job_reference": ([job("a", reference="R")], job("b", reference="R")),
    "uq_job_resident": (
        [job("a", "completed", more="ended_at, resident", values="'then', x'01'")],
        job("b", more="resident", values="x'01'"),
    ),
    "uq_job_replaces": (
        [job("a", more="replaces", values="'x'")],
        job("b", more="replaces", values="'x'"),
    ),
    "uq_job_printer": (
        [job("a", "processing", more="printer", values="'tango'")],
        job("b", "processing", more="printer", values="'tango'"),
    ),
    "ck_card_state": ([], card("a", "lost")),
    "ck_card_cause": ([], card("a", "spoiled", cause="'because'")),
    "ck_card_cause_given": ([], card("a", "missing")),
    "ck_card_job_given": ([], card("a", "printed")),
    "ck_card_loaded": ([], card("a", "loaded", "'tango'", "'j'")),
    "ck_card_stored": ([], card("a", "stored", "'tango'")),
    "uq_card_id": ([card("a", "stored")], card("a", "stored")),
    "uq_card_job": ([card("a", "printed", job="'j'")], card("b", "fed", job="'j'")),
    "uq_card_reserved": (
        [card("a", "reserved", "'tango'", "'i'")],
        card("b", "reserved", "'tango'", "'j'"),
    ),
    "ck_receipt_count": (
        [],
        "INSERT INTO receipt (delivery, card_type, version, batch, count, at)"
        " VALUES ('SJ-1', 'ktp-el-wni', 'V1', 'B1', 0, '')",
    ),
    "ck_feed_verdict": ([], feed("j", "c", verdict="'perhaps'")),
    "ck_feed_counter_kind": ([], feed("j", "c", kind="total")),
    "ck_feed_explained": ([], feed("j", "c", explained="-1")),
    "uq_feed_job": ([feed("j", "c")], feed("j", "d")),
    "uq_feed_card": ([feed("j", "c")], feed("k", "c")),
    "ck_question_reason": ([], question("a", "curiosity")),
    "ck_question_closed": ([], question("a", "card-fate", closed="'now'")),
    "uq_question_id": ([question("a", "card-fate")], question("a", "hand-over")),
    "uq_question_fate": (
        [question("a", "card-fate", feed="1", closed="'now'", answer="'{}'")],
        question("b", "card-fate", feed="1"),
    ),
    "uq_question_printer": (
        [question("a", "hopper-count", printer="'tango'")],
        question("b", "hopper-count", printer="'tango'"),
    ),
    "uq_question_hand_over": (
        [question("a", "hand-over", card="'c'")],
        question("b", "hand-over", card="'c'"),
    ),
    "fk_payload_job": ([], "INSERT INTO payload VALUES ('nobody', 'k', x'00')"),
    **BROKEN_STOCK,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    store = new_store(tmp_path_factory.mktemp("constraints"))
    store.engine.dispose()
    path = str(store.engine.url.database).removeprefix("file:").partition("?")[0]
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA foreign_keys=ON")
    yield db
    db.close()


@pytest.fixture
def db(file: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    file.execute("BEGIN")
    yield file
    file.execute("ROLLBACK")


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_a_rule_is_refused(db: sqlite3.Connection, name: str) -> None:
    before, broken = BROKEN[name]
    for statement in before:
        db.execute(statement)
    with pytest.raises(sqlite3.IntegrityError) as refused:
        db.execute(broken)
    assert said_by(name, str(refused.value)), refused.value


def said_by(name: str, message: str) -> bool:
    """Whether SQLite's words are those of this constraint (it names a CHECK, but an index by columns)."""
    if name.startswith("ck_"):
        return name in message
    if name.startswith("fk_"):
        return "FOREIGN KEY" in message
    found = re.fullmatch(r"UNIQUE constraint failed: (.*)", message)
    assert found is not None, message
    table, columns = table_of(name), sorted(columns_of(name))
    return sorted(found[1].split(", ")) == [f"{table}.{column}" for column in columns]


def table_of(name: str) -> str:
    return next(t.name for t in metadata.sorted_tables if name.startswith(f"uq_{t.name}_"))


def columns_of(name: str) -> list[str]:
    table = metadata.tables[table_of(name)]
    for index in table.indexes:
        if index.name == name:
            return [column.name for column in index.columns]
    return [name.removeprefix(f"uq_{table.name}_")]


def test_every_rule_of_the_schema_is_broken_above() -> None:
    named: set[str] = set()
    for table in metadata.sorted_tables:
        named |= {str(index.name) for index in table.indexes if index.unique}
        named |= {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        named |= {f"uq_{table.name}_{c.name}" for c in table.columns if c.unique}
        named |= {f"fk_{table.name}_{f.parent.name}" for f in table.foreign_keys}
    assert named == set(BROKEN)


LEGAL = {
    "a resident whose job was canceled posts another one": [
        job("a", "canceled", more="ended_at, resident", values="'then', x'01'"),
        job("b", more="resident", values="x'01'"),
    ],
    "a resident whose job was replaced has its successor": [
        job("a", "completed", more="ended_at, resident, replaced", values="'then', x'01', 1"),
        job("b", more="resident, replaces", values="x'01', 'a'"),
    ],
    "a successor made by reprint keeps the reference": [
        job("a", reference="R"),
        job("b", reference="R", more="by_reprint, replaces", values="1, 'a'"),
    ],
    "a type that is not one per resident": [
        job("a", one="0", more="resident", values="x'01'"),
        job("b", one="0", more="resident", values="x'01'"),
    ],
    "a job has a printed card beside its spoiled one": [
        card("a", "spoiled", job="'j'", cause="'print-failed'"),
        card("b", "printed", job="'j'"),
    ],
    "a job is fed again once the first feed is settled": [
        feed("j", "c", settled="'then'"),
        feed("j", "d"),
    ],
    "two printers are counted at once, and one twice in a row": [
        question("a", "hopper-count", printer="'tango'"),
        question("b", "hopper-count", printer="'enduro'"),
        question("c", "unexplained-cards", printer="'tango'"),
        question("d", "hopper-count", printer="'tango'", closed="'now'", answer="'{}'"),
    ],
    "two stopped jobs at one printer": [
        job("a", "processing-stopped", more="printer", values="'tango'"),
        job("b", "processing-stopped", more="printer", values="'tango'"),
    ],
}


@pytest.mark.parametrize("what", LEGAL)
def test_no_rule_forbids_too_much(db: sqlite3.Connection, what: str) -> None:
    for statement in LEGAL[what]:
        db.execute(statement)
