"""The append-only, hash-chained journal, and the few facts about this database itself."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from printstation.store.tables.base import metadata, partial_index

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True),
    # The stored bytes are what is hashed: hash = SHA-256(previous hash ‖ entry).
    Column("entry", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("job", Text),
    Column("card", Text),
    Column("printer", Text),
    partial_index("ix_journal_job", "job", where="job IS NOT NULL"),
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
