"""One row a blank, for ever, and the deliveries that brought them. There is no stored total."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from printstation.lifecycle.card import OF_A_JOB, CardState, Cause, Origin
from printstation.store.tables.base import metadata, one_of, partial_index, words


class Source(StrEnum):
    """Who paid for the blanks of a delivery (`domain.md` §3.4, §3.7)."""

    CENTRE = "centre"
    PROVINCE = "province"
    REGION = "region"


class LoanDirection(StrEnum):
    """Seen from here."""

    LENT = "lent"
    BORROWED = "borrowed"


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
    Column("origin", Text, nullable=False, server_default=Origin.RECEIVED),
    # The delivery or loan that brought it; a surrendered card and a surplus have none.
    Column("delivery", Text),
    Column("shelf", Text),
    # Out to another office, or given back to it, under this loan.
    Column("loan", Text),
    # A card is in one session at most: this is the only place that says in which.
    Column("destruction", Text),
    one_of("state", CardState),
    one_of("cause", Cause),
    one_of("origin", Origin),
    CheckConstraint("state NOT IN ('missing', 'spoiled') OR cause IS NOT NULL", name="cause_given"),
    CheckConstraint(f"state NOT IN ({words(OF_A_JOB)}) OR job IS NOT NULL", name="job_given"),
    CheckConstraint("state != 'loaded' OR (printer IS NOT NULL AND job IS NULL)", name="loaded"),
    CheckConstraint("state != 'stored' OR (printer IS NULL AND job IS NULL)", name="stored"),
    CheckConstraint("state != 'encoded' OR bound_to IS NOT NULL", name="encoded"),
    CheckConstraint("state != 'lent' OR loan IS NOT NULL", name="lent"),
    CheckConstraint("state != 'destroyed' OR destruction IS NOT NULL", name="destroyed"),
    CheckConstraint(
        "destruction IS NULL OR state IN ('spoiled', 'destroyed')", name="in_a_session"
    ),
    # A number is on one body only.
    partial_index("uq_card_number", "card_type", "number", unique=True, where="number IS NOT NULL"),
    # One resident, one card: a job never has two cards that are, or may become, good ones.
    partial_index("uq_card_job", "job", unique=True, where=f"state IN ({words(OF_A_JOB)})"),
    # One moving card a job, and one reserved card a printer (its hopper has one mouth).
    partial_index("uq_card_reserved", "printer", unique=True, where="state = 'reserved'"),
    Index("ix_card_place", "state", "printer", "card_type", "batch", "seq"),
    Index("ix_card_stock", "card_type", "state"),
    partial_index("ix_card_job", "job", where="job IS NOT NULL"),
    Index("ix_card_batch", "batch", "seq"),
    partial_index("ix_card_bound", "bound_to", where="bound_to IS NOT NULL"),
    partial_index("ix_card_loan", "loan", where="loan IS NOT NULL"),
    partial_index("ix_card_destruction", "destruction", where="destruction IS NOT NULL"),
    partial_index("ix_card_shelf", "shelf", "seq", where="shelf IS NOT NULL"),
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
    Column("source", Text, nullable=False, server_default=Source.CENTRE),
    # What the letter says; `count` is what was counted. A difference has its reason.
    Column("expected", Integer),
    Column("reason", Text),
    Column("by", Text),
    CheckConstraint("count > 0", name="count"),
    CheckConstraint(
        "expected IS NULL OR expected = count OR reason IS NOT NULL", name="difference"
    ),
    one_of("source", Source),
)

#: Blanks that went back to whoever issued them. Their letter counts once, like that of a delivery.
returned = Table(
    "returned",
    metadata,
    Column("document", Text, primary_key=True),
    Column("card_type", Text, nullable=False),
    Column("batch", Text),
    Column("count", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("supervisor", Text),
    CheckConstraint("count > 0", name="count"),
)

#: Blanks that went to another office and come home, or came from one and go back.
loan = Table(
    "loan",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("direction", Text, nullable=False),
    Column("office", Text, nullable=False),
    Column("card_type", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("batch", Text),
    Column("count", Integer, nullable=False),
    # Both sides have a paper: ours and theirs.
    Column("document", Text, nullable=False, unique=True),
    Column("their_document", Text),
    Column("due", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("settled_at", Text),
    Column("settled_by", Text),
    Column("reason", Text),
    one_of("direction", LoanDirection),
    CheckConstraint("count > 0", name="count"),
)
