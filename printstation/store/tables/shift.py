"""What people counted, and the days that were closed over it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from printstation.store.tables.base import metadata

#: One line of a human count: a card type at one place. `expected` was not shown before it was counted.
count = Table(
    "count",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("card_type", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("expected", Integer, nullable=False),
    Column("counted", Integer, nullable=False),
    # The journal's last entry before this count: two counts and what lies between them locate a difference.
    Column("after_seq", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    # How a difference ended: explained in words, or carried as missing under two names.
    Column("explanation", Text),
    Column("explained_by", Text),
    Column("supervisor", Text),
    Column("missing", Integer, nullable=False, server_default="0"),
    # The day whose close it belongs to.
    Column("day", Text),
    CheckConstraint("counted >= 0", name="counted"),
    CheckConstraint("missing >= 0", name="missing"),
    CheckConstraint("missing = 0 OR supervisor IS NOT NULL", name="two_persons"),
    Index("ix_count_place", "card_type", "place", "seq"),
    Index("ix_count_day", "day"),
)

#: A closed day of the office. Its entries are those after the close before it, whatever the clock said.
shift = Table(
    "shift",
    metadata,
    Column("day", Text, primary_key=True),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("closed_at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("supervisor", Text, nullable=False),
    # JSON: everything that the day's report shows, so that it is the same for ever.
    Column("facts", Text, nullable=False),
    CheckConstraint("last_seq >= first_seq - 1", name="range"),
)
