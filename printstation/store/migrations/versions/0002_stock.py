# ruff: noqa: E501
"""Cards, questions and receipts know more words; loans. SQLite cannot change a CHECK: tables whose closed
lists grew are written anew from their rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_GROWN = {
    "card": "seq, id, card_type, version, batch, number, state, cause, printer, job, bound_to",
    "question": "seq, id, reason, printer, job, card, feed, serial, difference, offers, asked_at, closed_at, answer",
    "receipt": "delivery, card_type, version, batch, count, at",
}


def upgrade() -> None:
    """Write the grown tables anew with all their rows, and add the loans."""
    for table in _GROWN:
        op.execute(f"CREATE TEMP TABLE old_{table} AS SELECT * FROM {table}")
        op.drop_table(table)
    _create()
    for table, columns in _GROWN.items():
        op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM old_{table}")
        op.execute(f"DROP TABLE old_{table}")


def _create() -> None:

    op.create_table(
        "card",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("card_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("bound_to", sa.LargeBinary(), nullable=True),
        sa.Column("origin", sa.Text(), server_default="received", nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("shelf", sa.Text(), nullable=True),
        sa.Column("loan", sa.Text(), nullable=True),
        sa.Column("destruction", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "cause IN ('count', 'damaged', 'data-changed', 'encode-failed', 'expired', 'lost', 'moved', 'other', 'photo-changed', 'print-failed', 'surplus', 'test', 'unexplained', 'wrong-card')",
            name=op.f("ck_card_cause"),
        ),
        sa.CheckConstraint(
            "destruction IS NULL OR state IN ('spoiled', 'destroyed')",
            name=op.f("ck_card_in_a_session"),
        ),
        sa.CheckConstraint(
            "origin IN ('borrowed', 'received', 'surplus', 'surrendered')",
            name=op.f("ck_card_origin"),
        ),
        sa.CheckConstraint(
            "state != 'destroyed' OR destruction IS NOT NULL", name=op.f("ck_card_destroyed")
        ),
        sa.CheckConstraint(
            "state != 'encoded' OR bound_to IS NOT NULL", name=op.f("ck_card_encoded")
        ),
        sa.CheckConstraint("state != 'lent' OR loan IS NOT NULL", name=op.f("ck_card_lent")),
        sa.CheckConstraint(
            "state != 'loaded' OR (printer IS NOT NULL AND job IS NULL)",
            name=op.f("ck_card_loaded"),
        ),
        sa.CheckConstraint(
            "state != 'stored' OR (printer IS NULL AND job IS NULL)", name=op.f("ck_card_stored")
        ),
        sa.CheckConstraint(
            "state IN ('accepted', 'destroyed', 'encoded', 'fed', 'handed-over', 'lent', 'loaded', 'missing', 'printed', 'reserved', 'returned', 'spoiled', 'stored')",
            name=op.f("ck_card_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'fed', 'handed-over', 'printed', 'reserved') OR job IS NOT NULL",
            name=op.f("ck_card_job_given"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('missing', 'spoiled') OR cause IS NOT NULL",
            name=op.f("ck_card_cause_given"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_card")),
        sa.UniqueConstraint("id", name=op.f("uq_card_id")),
    )
    op.create_index("ix_card_batch", "card", ["batch", "seq"], unique=False)
    op.create_index(
        "ix_card_bound",
        "card",
        ["bound_to"],
        unique=False,
        sqlite_where=sa.text("bound_to IS NOT NULL"),
        postgresql_where=sa.text("bound_to IS NOT NULL"),
    )
    op.create_index(
        "ix_card_destruction",
        "card",
        ["destruction"],
        unique=False,
        sqlite_where=sa.text("destruction IS NOT NULL"),
        postgresql_where=sa.text("destruction IS NOT NULL"),
    )
    op.create_index(
        "ix_card_job",
        "card",
        ["job"],
        unique=False,
        sqlite_where=sa.text("job IS NOT NULL"),
        postgresql_where=sa.text("job IS NOT NULL"),
    )
    op.create_index(
        "ix_card_loan",
        "card",
        ["loan"],
        unique=False,
        sqlite_where=sa.text("loan IS NOT NULL"),
        postgresql_where=sa.text("loan IS NOT NULL"),
    )
    op.create_index(
        "ix_card_place", "card", ["state", "printer", "card_type", "batch", "seq"], unique=False
    )
    op.create_index("ix_card_stock", "card", ["card_type", "state"], unique=False)
    op.create_index(
        "uq_card_job",
        "card",
        ["job"],
        unique=True,
        sqlite_where=sa.text("state IN ('accepted', 'fed', 'handed-over', 'printed', 'reserved')"),
        postgresql_where=sa.text(
            "state IN ('accepted', 'fed', 'handed-over', 'printed', 'reserved')"
        ),
    )
    op.create_index(
        "uq_card_number",
        "card",
        ["card_type", "number"],
        unique=True,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "uq_card_reserved",
        "card",
        ["printer"],
        unique=True,
        sqlite_where=sa.text("state = 'reserved'"),
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_table(
        "loan",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("card_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("their_document", sa.Text(), nullable=True),
        sa.Column("due", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("direction IN ('borrowed', 'lent')", name=op.f("ck_loan_direction")),
        sa.CheckConstraint("count > 0", name=op.f("ck_loan_count")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_loan")),
        sa.UniqueConstraint("document", name=op.f("uq_loan_document")),
        sa.UniqueConstraint("id", name=op.f("uq_loan_id")),
    )
    op.create_table(
        "question",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("feed", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("difference", sa.Integer(), nullable=True),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('card-fate', 'hand-over', 'hopper-count', 'other-card', 'unexplained-cards')",
            name=op.f("ck_question_reason"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (answer IS NULL)", name=op.f("ck_question_closed")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_question")),
        sa.UniqueConstraint("id", name=op.f("uq_question_id")),
    )
    op.create_index(
        "ix_question_job",
        "question",
        ["job"],
        unique=False,
        sqlite_where=sa.text("job IS NOT NULL"),
        postgresql_where=sa.text("job IS NOT NULL"),
    )
    op.create_index(
        "ix_question_open",
        "question",
        ["printer", "seq"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_question_fate",
        "question",
        ["feed"],
        unique=True,
        sqlite_where=sa.text("reason = 'card-fate'"),
        postgresql_where=sa.text("reason = 'card-fate'"),
    )
    op.create_index(
        "uq_question_hand_over",
        "question",
        ["card"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND reason = 'hand-over'"),
        postgresql_where=sa.text("closed_at IS NULL AND reason = 'hand-over'"),
    )
    op.create_index(
        "uq_question_other_card",
        "question",
        ["card"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND reason = 'other-card'"),
        postgresql_where=sa.text("closed_at IS NULL AND reason = 'other-card'"),
    )
    op.create_index(
        "uq_question_printer",
        "question",
        ["printer", "reason"],
        unique=True,
        sqlite_where=sa.text(
            "closed_at IS NULL AND reason IN ('hopper-count', 'unexplained-cards')"
        ),
        postgresql_where=sa.text(
            "closed_at IS NULL AND reason IN ('hopper-count', 'unexplained-cards')"
        ),
    )
    op.create_table(
        "receipt",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("card_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="centre", nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "source IN ('centre', 'province', 'region')", name=op.f("ck_receipt_source")
        ),
        sa.CheckConstraint("count > 0", name=op.f("ck_receipt_count")),
        sa.CheckConstraint(
            "expected IS NULL OR expected = count OR reason IS NOT NULL",
            name=op.f("ck_receipt_difference"),
        ),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_receipt")),
    )
