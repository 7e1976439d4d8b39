"""What keeps a printer well: cleanings and temperatures; feeds by printer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of acts on printers, and find a printer's last feeds without reading all others."""

    op.create_table(
        "upkeep",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("after_feed", sa.Integer(), nullable=False),
        sa.Column("celsius", sa.Integer(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(celsius IS NOT NULL) = (kind = 'temperature')", name=op.f("ck_upkeep_celsius")
        ),
        sa.CheckConstraint("kind IN ('cleaning', 'temperature')", name=op.f("ck_upkeep_kind")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_upkeep")),
        sa.UniqueConstraint("id", name=op.f("uq_upkeep_id")),
    )
    op.create_index("ix_upkeep_printer", "upkeep", ["printer", "kind", "seq"], unique=False)
    op.create_index("ix_feed_of_printer", "feed", ["printer", "id"], unique=False)
