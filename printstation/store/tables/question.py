"""What a person is asked, what is offered, and the answer: once, and for good."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, Table, Text

from printstation.lifecycle.answers import QuestionReason
from printstation.store.tables.base import metadata, one_of, partial_index

question = Table(
    "question",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("printer", Text),
    Column("job", Text),
    Column("card", Text),
    Column("feed", Integer),
    Column("serial", Text),
    # How many cards are unexplained (printer questions); null elsewhere.
    Column("difference", Integer),
    Column("offers", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("answer", Text),
    one_of("reason", QuestionReason),
    CheckConstraint("(closed_at IS NULL) = (answer IS NULL)", name="closed"),
    partial_index(
        "uq_question_fate",
        "feed",
        unique=True,
        where="reason = 'card-fate'",
    ),
    partial_index(
        "uq_question_printer",
        "printer",
        "reason",
        unique=True,
        where="closed_at IS NULL AND reason IN ('hopper-count', 'unexplained-cards')",
    ),
    partial_index(
        "uq_question_hand_over",
        "card",
        unique=True,
        where="closed_at IS NULL AND reason = 'hand-over'",
    ),
    partial_index(
        "uq_question_other_card",
        "card",
        unique=True,
        where="closed_at IS NULL AND reason = 'other-card'",
    ),
    partial_index("ix_question_open", "printer", "seq", where="closed_at IS NULL"),
    partial_index("ix_question_job", "job", where="job IS NOT NULL"),
)
