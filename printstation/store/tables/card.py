"""One row a blank, for ever, and the deliveries that brought them. There is no stored total."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from printstation.lifecycle.card import OF_A_JOB, CardState, Cause
from printstation.store.tables.base import metadata, one_of, partial_index, words

card = Table(
    "card",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("card_type", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("number", Text),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("printer", Text),
    Column("job", Text),
    Column("bound_to", LargeBinary),
    one_of("state", CardState),
    one_of("cause", Cause),
    CheckConstraint("state NOT IN ('missing', 'spoiled') OR cause IS NOT NULL", name="cause_given"),
    CheckConstraint(f"state NOT IN ({words(OF_A_JOB)}) OR job IS NOT NULL", name="job_given"),
    CheckConstraint("state != 'loaded' OR (printer IS NOT NULL AND job IS NULL)", name="loaded"),
    CheckConstraint("state != 'stored' OR (printer IS NULL AND job IS NULL)", name="stored"),
    # One resident, one card: a job never has two cards that are, or may become, good ones.
    partial_index("uq_card_job", "job", unique=True, where=f"state IN ({words(OF_A_JOB)})"),
    # One moving card a job, and one reserved card a printer (its hopper has one mouth).
    partial_index("uq_card_reserved", "printer", unique=True, where="state = 'reserved'"),
    Index("ix_card_place", "state", "printer", "card_type", "batch", "seq"),
    Index("ix_card_stock", "card_type", "state"),
    partial_index("ix_card_job", "job", where="job IS NOT NULL"),
    Index("ix_card_batch", "batch", "seq"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("delivery", Text, primary_key=True),
    Column("card_type", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("at", Text, nullable=False),
    CheckConstraint("count > 0", name="count"),
)
