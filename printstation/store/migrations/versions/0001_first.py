# ruff: noqa: E501
"""The first schema: jobs, cards, journal, printers, feeds, questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""

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
        sa.CheckConstraint(
            "cause IN ('count', 'damaged', 'data-changed', 'encode-failed', 'lost', 'other', 'print-failed', 'surplus', 'test', 'unexplained')",
            name=op.f("ck_card_cause"),
        ),
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
        "ix_card_job",
        "card",
        ["job"],
        unique=False,
        sqlite_where=sa.text("job IS NOT NULL"),
        postgresql_where=sa.text("job IS NOT NULL"),
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
        "uq_card_reserved",
        "card",
        ["printer"],
        unique=True,
        sqlite_where=sa.text("state = 'reserved'"),
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("counter_kind", sa.Text(), nullable=False),
        sa.Column("counter_before", sa.Integer(), nullable=True),
        sa.Column("counter_after", sa.Integer(), nullable=True),
        sa.Column("path", sa.Integer(), nullable=True),
        sa.Column("fed_at", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.Column("stopped_at", sa.Text(), nullable=True),
        sa.Column("errors", sa.Text(), server_default="", nullable=False),
        sa.Column("discarded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("rule", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("explained", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "counter_kind IN ('eject', 'none', 'pick')", name=op.f("ck_feed_counter_kind")
        ),
        sa.CheckConstraint(
            "verdict IN ('printed', 'spoiled', 'unknown', 'untouched')",
            name=op.f("ck_feed_verdict"),
        ),
        sa.CheckConstraint("explained >= 0", name=op.f("ck_feed_explained")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    )
    op.create_index("ix_feed_of_job", "feed", ["job", "id"], unique=False)
    op.create_index(
        "ix_feed_open",
        "feed",
        ["printer"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "uq_feed_card",
        "feed",
        ["card"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "uq_feed_job",
        "feed",
        ["job"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "scope", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "job",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("card_type", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("layout_version", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("sides", sa.Integer(), server_default="1", nullable=False),
        sa.Column("requested_on", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=True),
        sa.Column("waits_because", sa.Text(), nullable=True),
        sa.Column("resident", sa.LargeBinary(), nullable=True),
        sa.Column("one_per_resident", sa.Integer(), nullable=False),
        sa.Column("test", sa.Integer(), server_default="0", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=True),
        sa.Column("replaced", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by_reprint", sa.Integer(), server_default="0", nullable=False),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("cancel_requested", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state IN ('aborted', 'canceled', 'completed'))",
            name=op.f("ck_job_ended_at"),
        ),
        sa.CheckConstraint(
            "state IN ('aborted', 'canceled', 'completed', 'pending', 'pending-held', 'processing', 'processing-stopped')",
            name=op.f("ck_job_state"),
        ),
        sa.CheckConstraint(
            "(by_reprint = 0) OR (replaces IS NOT NULL)", name=op.f("ck_job_reprint_replaces")
        ),
        sa.CheckConstraint("priority BETWEEN 1 AND 100", name=op.f("ck_job_priority")),
        sa.CheckConstraint("sides IN (1, 2)", name=op.f("ck_job_sides")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_job")),
        sa.UniqueConstraint("id", name=op.f("uq_job_id")),
    )
    op.create_index("ix_job_by_reference", "job", ["reference"], unique=False)
    op.create_index(
        "ix_job_expires",
        "job",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("expires_at IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_index("ix_job_state", "job", ["state", "seq"], unique=False)
    op.create_index(
        "uq_job_printer",
        "job",
        ["printer"],
        unique=True,
        sqlite_where=sa.text("state = 'processing'"),
        postgresql_where=sa.text("state = 'processing'"),
    )
    op.create_index(
        "uq_job_reference",
        "job",
        ["reference"],
        unique=True,
        sqlite_where=sa.text("by_reprint = 0"),
        postgresql_where=sa.text("by_reprint = 0"),
    )
    op.create_index(
        "uq_job_replaces",
        "job",
        ["replaces"],
        unique=True,
        sqlite_where=sa.text("replaces IS NOT NULL"),
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )
    op.create_index(
        "uq_job_resident",
        "job",
        ["resident"],
        unique=True,
        sqlite_where=sa.text(
            "resident IS NOT NULL AND one_per_resident = 1 AND replaced = 0 AND state NOT IN ('aborted', 'canceled')"
        ),
        postgresql_where=sa.text(
            "resident IS NOT NULL AND one_per_resident = 1 AND replaced = 0 AND state NOT IN ('aborted', 'canceled')"
        ),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=True),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index(
        "ix_journal_job",
        "journal",
        ["job"],
        unique=False,
        sqlite_where=sa.text("job IS NOT NULL"),
        postgresql_where=sa.text("job IS NOT NULL"),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "printer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("count_due", sa.Integer(), server_default="0", nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_printer")),
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
            "reason IN ('card-fate', 'hand-over', 'hopper-count', 'unexplained-cards')",
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
        sa.CheckConstraint("count > 0", name=op.f("ck_receipt_count")),
        sa.PrimaryKeyConstraint("delivery", name=op.f("pk_receipt")),
    )
    op.create_table(
        "unit",
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=True),
        sa.Column("allowance", sa.Integer(), server_default="0", nullable=False),
        sa.Column("discard_due", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holds_job", sa.Integer(), server_default="0", nullable=False),
        sa.Column("written_off", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_unit")),
    )
    op.create_table(
        "payload",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["job.id"], name=op.f("fk_payload_job")),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_payload")),
    )

    op.create_index(
        "ix_job_queue",
        "job",
        ["card_type", "sides", sa.text("priority DESC"), "requested_on", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
