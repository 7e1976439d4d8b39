"""What people did to keep a printer well, and what they read from its display."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from printstation.store.tables.base import metadata, one_of


class UpkeepKind(StrEnum):
    """An act on a printer."""

    CLEANING = "cleaning"
    TEMPERATURE = "temperature"


upkeep = Table(
    "upkeep",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("printer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    # The station's last feed then: what came after was printed since.
    Column("after_feed", Integer, nullable=False),
    Column("celsius", Integer),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    one_of("kind", UpkeepKind),
    CheckConstraint("(celsius IS NOT NULL) = (kind = 'temperature')", name="celsius"),
    Index("ix_upkeep_printer", "printer", "kind", "seq"),
)
