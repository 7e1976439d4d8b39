"""The cards of one shelf are found without walking all cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index; only the cards that lie on a shelf stand in it."""

    op.create_index(
        "ix_card_shelf",
        "card",
        ["shelf", "seq"],
        unique=False,
        sqlite_where=sa.text("shelf IS NOT NULL"),
    )
