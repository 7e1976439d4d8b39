"""Transactions: durable when they return, nothing when they do not, and bounded in their waiting."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy.exc import OperationalError

from printstation.lifecycle.steps import Step
from printstation.refusals import Refusal
from printstation.store import engine as engine_module
from printstation.store import journal
from printstation.store.engine import Store, open_engine
from printstation.store.steps import take
from tests.unit.printstation.store.kit import add_job, journal_of, new_store, reopened, rows


def file_of(store: Store) -> Path:
    return Path(unquote(str(store.engine.url.database).removeprefix("file:").partition("?")[0]))


def pragma(store: Store, name: str) -> object:
    with store.read() as conn:
        return conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def test_a_commit_that_returned_is_on_the_disk(store: Store) -> None:
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "synchronous") == 2, "FULL"
    assert pragma(store, "foreign_keys") == 1


def test_a_rollback_leaves_nothing(store: Store) -> None:
    add_job(store, "J")
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        take(tx, Step.CANCEL, job="J")
        journal.append(tx, "anything")
        raise ZeroDivisionError
    assert rows(store, "SELECT state FROM job") == [("pending",)]
    assert journal_of(store) == []


def test_a_cut_before_the_commit_leaves_nothing_and_after_it_everything(tmp_path: Path) -> None:
    for name, there in (("begin", 0), ("commit", 0), ("committed", 1)):

        def gate(point: str, cut: str = name) -> None:
            if point == cut:
                raise KeyboardInterrupt

        folder = tmp_path / name
        folder.mkdir()
        store = new_store(folder, gate=gate)
        with pytest.raises(KeyboardInterrupt), store.write() as tx:
            journal.append(tx, "an entry")
        assert len(journal_of(reopened(store))) == there


def test_listeners_hear_of_an_entry_and_of_nothing_else(store: Store) -> None:
    heard: list[str] = []
    store.on_change.append(lambda: heard.append("!"))
    with store.write() as tx:
        journal.append(tx, "an entry")
    assert heard == ["!"]
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        journal.append(tx, "never")
        raise ZeroDivisionError
    with store.write():
        pass
    assert heard == ["!"], "who only looked must wake nobody, least of all himself"


def test_everything_in_a_transaction_happens_at_one_moment(store: Store) -> None:
    with store.write() as tx:
        store.clock.sleep(5)
        journal.append(tx, "one")
        journal.append(tx, "two")
    with store.read() as conn:
        assert len({entry.at for entry in journal.after(conn, 0, 10)}) == 1


def test_a_database_that_somebody_holds_is_a_refusal(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_WAIT_S", 0.01)
    waiting = Store(open_engine(file_of(store)), store.clock, store.station)
    other = sqlite3.connect(file_of(store), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refusal) as refused, waiting.write():
        raise AssertionError("a second writer got in")
    assert refused.value.code == "database-busy"
    other.execute("ROLLBACK")
    other.close()
    with waiting.write() as tx:
        journal.append(tx, "now")
    waiting.engine.dispose()


def test_a_reader_sees_one_moment_and_waits_for_no_writer(store: Store) -> None:
    add_job(store, "J")
    with store.read() as conn:
        assert conn.exec_driver_sql("SELECT state FROM job").scalar_one() == "pending"
        with store.write() as tx:
            take(tx, Step.CANCEL, job="J")
        assert conn.exec_driver_sql("SELECT state FROM job").scalar_one() == "pending"
    assert rows(store, "SELECT state FROM job") == [("canceled",)]


def test_a_read_only_engine_writes_nothing(store: Store) -> None:
    add_job(store, "J")
    reading = open_engine(file_of(store), read_only=True)
    with reading.connect() as conn, pytest.raises(OperationalError):
        conn.exec_driver_sql("DELETE FROM job")
    reading.dispose()
