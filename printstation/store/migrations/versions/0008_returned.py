"""A letter under which blanks were given back counts once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Until now the journal alone knew the letters; one that was taken twice stands there by its first time.
_KNOWN = """
    INSERT OR IGNORE INTO returned (document, card_type, count, at, "by", supervisor)
    SELECT
        json_extract(entry, '$.data.document'),
        (SELECT card_type FROM card WHERE card.id = json_extract(entry, '$.data.cards[0]')),
        json_array_length(entry, '$.data.cards'),
        json_extract(entry, '$.at'), json_extract(entry, '$.by'),
        json_extract(entry, '$.data.supervisor')
    FROM journal
    WHERE kind = 'card-returned' AND json_valid(entry)
        AND json_extract(entry, '$.data.document') IS NOT NULL
        AND json_extract(entry, '$.data.loan') IS NULL
    ORDER BY seq
"""


def upgrade() -> None:
    """Add the table, with the letters that the journal knows."""

    op.create_table(
        "returned",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("card_type", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_returned_count")),
        sa.PrimaryKeyConstraint("document", name=op.f("pk_returned")),
    )
    op.execute(sa.text(_KNOWN))
