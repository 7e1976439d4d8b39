"""Panels that a card takes and that a ribbon gave. Cards of early deliveries learn from the journal how they came.

Rows that were in no entry are adopted by `schema.upgrade`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: The entries that brought cards, a row a card. Before revision 0002 no column said how a card came.
_BORN = """
    CREATE TEMP TABLE born AS
    SELECT each.value AS id, kind, json_extract(entry, '$.data.delivery') AS delivery
    FROM journal, json_each(entry, '$.data.cards') AS each
    WHERE kind IN ('blanks-received', 'surplus-received') AND json_valid(entry)
"""
_TOLD = (
    "UPDATE card SET delivery = born.delivery FROM born WHERE born.id = card.id"
    " AND born.kind = 'blanks-received' AND card.delivery IS NULL AND card.origin = 'received'",
    "UPDATE card SET origin = 'surplus' FROM born WHERE born.id = card.id"
    " AND born.kind = 'surplus-received' AND card.delivery IS NULL AND card.origin = 'received'",
)


def upgrade() -> None:
    """Add the columns; of feeds and ribbons from before nobody knows the panels."""

    op.add_column("feed", sa.Column("panels", sa.Integer(), nullable=True))
    op.add_column("supply", sa.Column("panels_used", sa.Integer(), nullable=True))
    for statement in (_BORN, *_TOLD, "DROP TABLE born"):
        op.execute(sa.text(statement))
