"""Printers by name, the units (by serial number) that were seen there, and every feed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from printstation.lifecycle.evidence import Fate
from printstation.store.tables.base import metadata, one_of, partial_index

printer = Table(
    "printer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused", Integer, nullable=False, server_default="0"),
    # A restored copy does not know what lies in this hopper: nothing is fed before a count.
    Column("count_due", Integer, nullable=False, server_default="0"),
    Column("serial", Text),
)

#: A unit is a device with a serial number. Its lifetime counter should show `expected`: a running sum
#: of explained movements (§6). `discard_due` holds it until `discard` succeeded on it (§5).
unit = Table(
    "unit",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("expected", Integer),
    Column("seen", Integer),
    # Movements that answers given without a reading may still turn out to explain.
    Column("allowance", Integer, nullable=False, server_default="0"),
    Column("discard_due", Integer, nullable=False, server_default="0"),
    Column("holds_job", Integer, nullable=False, server_default="0"),
    Column("written_off", Integer, nullable=False, server_default="0"),
)

feed = Table(
    "feed",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("printer", Text, nullable=False),
    Column("serial", Text),
    Column("session", Text, nullable=False),
    Column("counter_kind", Text, nullable=False),
    Column("counter_before", Integer),
    Column("counter_after", Integer),
    Column("path", Integer),
    Column("fed_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("stopped_at", Text),
    # Keywords in the order in which they were seen since *feed*; an error that went away stays.
    Column("errors", Text, nullable=False, server_default=""),
    Column("discarded", Integer, nullable=False, server_default="0"),
    Column("verdict", Text),
    Column("rule", Integer),
    Column("settled_at", Text),
    Column("explained", Integer, nullable=False, server_default="0"),
    # Panels of the ribbon that a print of this card takes, by its sides and the model; null: nobody knows.
    Column("panels", Integer),
    one_of("verdict", Fate),
    one_of("counter_kind", ("none", "pick", "eject")),
    CheckConstraint("explained >= 0", name="explained"),
    # A card is in one motion at a time, and so is a job.
    partial_index("uq_feed_job", "job", unique=True, where="settled_at IS NULL"),
    partial_index("uq_feed_card", "card", unique=True, where="settled_at IS NULL"),
    partial_index("ix_feed_open", "printer", where="settled_at IS NULL"),
    Index("ix_feed_of_job", "job", "id"),
    Index("ix_feed_of_printer", "printer", "id"),
)
