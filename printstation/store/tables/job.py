"""Jobs, their sealed payloads and the keys under which they were posted."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from printstation.lifecycle.job import ENDED_STATES, JobState
from printstation.store.tables.base import metadata, one_of, partial_index, words

#: A resident's job counts against him until it is canceled, aborted or replaced (§8).
RESIDENT_COUNTS = (
    "resident IS NOT NULL AND one_per_resident = 1 AND replaced = 0 "
    "AND state NOT IN ('aborted', 'canceled')"
)

job = Table(
    "job",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("card_type", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("layout_version", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    # Sides of the layout: a one-sided printer leaves two-sided jobs to a printer that can print them.
    Column("sides", Integer, nullable=False, server_default="1"),
    Column("requested_on", Text, nullable=False),
    Column("expires_at", Text),
    Column("reason", Text),
    Column("ticket", Text),
    Column("waits_because", Text),
    Column("resident", LargeBinary),
    Column("one_per_resident", Integer, nullable=False),
    Column("test", Integer, nullable=False, server_default="0"),
    Column("body", LargeBinary, nullable=False),
    Column("replaces", Text),
    Column("replaced", Integer, nullable=False, server_default="0"),
    Column("by_reprint", Integer, nullable=False, server_default="0"),
    Column("printer", Text),
    # Asked for at one printer: no other one takes it.
    Column("only_printer", Text),
    Column("card", Text),
    Column("cancel_requested", Integer, nullable=False, server_default="0"),
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
    one_of("state", JobState),
    CheckConstraint("priority BETWEEN 1 AND 100", name="priority"),
    CheckConstraint("sides IN (1, 2)", name="sides"),
    CheckConstraint(
        f"(ended_at IS NOT NULL) = (state IN ({words(ENDED_STATES)}))", name="ended_at"
    ),
    CheckConstraint("(by_reprint = 0) OR (replaces IS NOT NULL)", name="reprint_replaces"),
    # A successor made by `reprint` carries its predecessor's reference; nobody else may.
    partial_index("uq_job_reference", "reference", unique=True, where="by_reprint = 0"),
    partial_index("uq_job_resident", "resident", unique=True, where=RESIDENT_COUNTS),
    partial_index("uq_job_replaces", "replaces", unique=True, where="replaces IS NOT NULL"),
    partial_index("uq_job_printer", "printer", unique=True, where="state = 'processing'"),
    # A claim must not read history: with a full scan it costs 140 ms at a million rows.
    # In the order in which the queue is walked: no sort of 100,000 rows for one claim.
    partial_index(
        "ix_job_queue",
        "card_type",
        "sides",
        text("priority DESC"),
        "requested_on",
        "seq",
        where="state = 'pending' AND only_printer IS NULL",
    ),
    partial_index(
        "ix_job_only_printer",
        "only_printer",
        text("priority DESC"),
        "requested_on",
        "seq",
        where="state = 'pending' AND only_printer IS NOT NULL",
    ),
    Index("ix_job_by_reference", "reference"),
    partial_index(
        "ix_job_expires", "expires_at", where="expires_at IS NOT NULL AND ended_at IS NULL"
    ),
    Index("ix_job_state", "state", "seq"),
)

payload = Table(
    "payload",
    metadata,
    Column("job", Text, ForeignKey("job.id"), primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Text, nullable=False),
)
