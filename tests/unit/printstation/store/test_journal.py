"""The journal: chained from the first row on, over the bytes as they are stored."""

from __future__ import annotations

import hashlib

from printstation.store import journal
from printstation.store.engine import Store
from tests.unit.printstation.store.kit import rows


def write(store: Store, *kinds: str) -> None:
    with store.write() as tx:
        for kind in kinds:
            journal.append(tx, kind, by="ani", data={"nama": "é"})


def test_each_entry_is_chained_to_the_one_before(store: Store) -> None:
    write(store, "one", "two")
    write(store, "three")
    previous = hashlib.sha256(b"printstation journal of " + store.station.encode()).digest()
    stored = rows(store, "SELECT seq, entry, hash FROM journal ORDER BY seq")
    assert [seq for seq, _, _ in stored] == [1, 2, 3]
    for _, entry, digest in stored:
        previous = hashlib.sha256(previous + entry.encode()).digest()
        assert digest == previous


def test_two_stations_never_share_a_first_entry() -> None:
    assert journal.genesis("one") != journal.genesis("two")


def test_a_change_of_one_byte_breaks_the_chain() -> None:
    assert journal.link(b"p", '{"by":"ani"}') != journal.link(b"p", '{"by":"budi"}')
    assert journal.link(b"p", "e") != journal.link(b"q", "e")


def test_an_entry_that_was_rolled_back_leaves_no_gap(store: Store) -> None:
    write(store, "one")
    try:
        with store.write() as tx:
            journal.append(tx, "never")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    write(store, "two")
    with store.read() as conn:
        assert [(e.seq, e.kind) for e in journal.after(conn, 0, 10)] == [(1, "one"), (2, "two")]
        assert [e.seq for e in journal.after(conn, 1, 10)] == [2]
        assert len(journal.after(conn, 0, 1)) == 1
        head = journal.head(conn)
    assert head is not None and head[0] == 2


def test_an_empty_journal_has_no_head(store: Store) -> None:
    with store.read() as conn:
        assert journal.head(conn) is None
        assert list(journal.walk(conn)) == []
