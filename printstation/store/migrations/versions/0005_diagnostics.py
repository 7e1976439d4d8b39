"""Jobs that are asked for at one printer; the settings that a unit was seen with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

QUEUE: list[str | sa.TextClause] = [
    "card_type",
    "sides",
    sa.text("priority DESC"),
    "requested_on",
    "seq",
]


def upgrade() -> None:
    """Add the columns; the queue's index leaves out the jobs that not every printer may take."""

    op.add_column("job", sa.Column("only_printer", sa.Text(), nullable=True))
    op.drop_index("ix_job_queue", table_name="job")
    op.create_index(
        "ix_job_queue",
        "job",
        QUEUE,
        unique=False,
        sqlite_where=sa.text("state = 'pending' AND only_printer IS NULL"),
    )
    op.create_index(
        "ix_job_only_printer",
        "job",
        ["only_printer", sa.text("priority DESC"), "requested_on", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'pending' AND only_printer IS NOT NULL"),
    )
    op.create_table(
        "unit_settings",
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_unit_settings")),
    )
