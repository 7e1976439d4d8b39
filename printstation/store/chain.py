"""Walks the journal once, entry by entry, and says where its chain is not whole.

What an entry means is `replay.py`'s business. The memory stays flat: a chunk of rows, and nothing kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, LargeBinary, Select, cast, select

from printstation.store import journal as entries
from printstation.store.tables import journal

#: (check, row, what is wrong with it)
Add = Callable[[str, str, str], None]
#: Rows fetched at a time: large enough that the round trip vanishes, a few hundred KB of entries.
CHUNK = 1000
# As bytes: the hash is over what is stored, and a damaged text must not end the walk.
_ALL = select(
    journal.c.seq,
    cast(journal.c.entry, LargeBinary),
    *(journal.c[name] for name in ("hash", "kind", "job", "card", "printer")),
).order_by(journal.c.seq)


def streamed(conn: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of a query as plain tuples, a chunk at a time: a million entries must not fill the memory.

    Read by the database's own cursor, since SQLAlchemy's rows cost more than hashing the entries does.
    """
    cursor = conn.connection.cursor()
    cursor.execute(str(query.compile(conn, compile_kwargs={"literal_binds": True})))
    while rows := cursor.fetchmany(CHUNK):
        yield from rows


class Data(msgspec.Struct, gc=False):
    """What the audit reads of an entry's data; everything else is skipped unread."""

    job: Any = None
    card: Any = None
    cards: Any = None
    cause: Any = msgspec.UNSET
    rows: dict[str, str | None] | None = None
    #: Of what is final in the row that this entry makes or ends (`store/filed.py`).
    digest: str | None = None
    #: Columns of the card or cards that were set (`store/steps.py`).
    set: dict[str, str | None] | None = None
    version: str | None = None
    question: Any = None
    delivery: str | None = None
    loan: str | None = None
    serial: str | None = None
    session: str | None = None
    counter: Any = None
    printers: list[str] | None = None
    card_type: str | None = None
    batch: str | None = None
    layout: str | None = None
    layout_version: str | None = None
    reference: str | None = None
    replaces: str | None = None
    reason: str | None = None


class Line(msgspec.Struct, gc=False):
    """What an entry's columns repeat of it; all that the chain alone has to read."""

    seq: int
    kind: str
    # Any: an entry that is not what it should be is a finding of whoever reads it.
    job: Any
    card: Any
    printer: Any


class Entry(Line, gc=False):
    """One entry as it is stored."""

    at: str
    data: Data


Shape = TypeVar("Shape", bound=Line)


class Chain:
    """The walk. After it, `head` is the number and hash of the last entry."""

    def __init__(self, conn: Connection, station: str, add: Add) -> None:
        self._conn, self._add = conn, add
        self.head: tuple[int, bytes] = (0, entries.genesis(station))
        #: Hashes of these entries, for whoever compares them with paper.
        self.wanted: dict[int, bytes | None] = {}

    def walk(self) -> Iterator[Entry]:
        """Every entry that can be read, oldest first; what is wrong with the chain is added on the way."""
        return self._walk(Entry)

    def check(self) -> None:
        """The walk for its findings alone: what entries mean is not read."""
        for _ in self._walk(Line):
            pass

    def _walk(self, shape: type[Shape]) -> Iterator[Shape]:
        number, previous = self.head
        decode, add, wanted = msgspec.json.Decoder(shape).decode, self._add, self.wanted
        for seq, raw, digest, kind, job, card, printer in streamed(self._conn, _ALL):
            number += 1
            if seq != number:
                add("chain", f"journal {number}", f"missing; the next entry is {seq}")
                number = seq
            if raw is None or sha256(previous + raw).digest() != digest:
                add(
                    "chain", f"journal {seq}", "its hash is not that of the entry before and itself"
                )
            previous = digest
            if seq in wanted:
                wanted[seq] = digest
            try:
                entry = decode(raw)
            except (msgspec.MsgspecError, TypeError, UnicodeDecodeError):
                add("chain", f"journal {seq}", "the entry is not what this station writes")
                continue
            if (
                entry.seq != seq
                or entry.kind != kind
                or entry.job != job
                or entry.card != card
                or entry.printer != printer
            ):
                add("chain", f"journal {seq}", "its columns are not those of the entry")
            self.head = (seq, digest)
            yield entry
        self.head = (number, previous)
