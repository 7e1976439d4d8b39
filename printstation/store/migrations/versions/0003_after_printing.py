# ruff: noqa: E501
"""Destruction, counts and shifts, hand-over, scans, slips, supplies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of what happens to a card after it was printed, and of the day's close."""

    op.create_table(
        "count",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("card_type", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("after_seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("explained_by", sa.Text(), nullable=True),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.Column("missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("day", sa.Text(), nullable=True),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_count_counted")),
        sa.CheckConstraint(
            "missing = 0 OR supervisor IS NOT NULL", name=op.f("ck_count_two_persons")
        ),
        sa.CheckConstraint("missing >= 0", name=op.f("ck_count_missing")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_count")),
        sa.UniqueConstraint("id", name=op.f("uq_count_id")),
    )
    op.create_index("ix_count_day", "count", ["day"], unique=False)
    op.create_index("ix_count_place", "count", ["card_type", "place", "seq"], unique=False)
    op.create_table(
        "destruction",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Text(), nullable=False),
        sa.Column("signers", sa.Text(), nullable=False),
        sa.Column("witnesses", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("supervisor", sa.Text(), nullable=True),
        sa.Column("witness", sa.Text(), nullable=True),
        sa.Column("signed_at", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.Text(), nullable=True),
        sa.Column("pdf_sha256", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state = 'closed')", name=op.f("ck_destruction_closed")
        ),
        sa.CheckConstraint(
            "state = 'open' OR (supervisor IS NOT NULL AND witness IS NOT NULL AND signed_at IS NOT NULL AND pdf_sha256 IS NOT NULL)",
            name=op.f("ck_destruction_signed"),
        ),
        sa.CheckConstraint(
            "state IN ('closed', 'open', 'signed')", name=op.f("ck_destruction_state")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_destruction")),
        sa.UniqueConstraint("id", name=op.f("uq_destruction_id")),
        sa.UniqueConstraint("number", name=op.f("uq_destruction_number")),
    )
    op.create_table(
        "handover",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("proxy_letter", sa.Text(), nullable=True),
        sa.Column("old_card", sa.Text(), nullable=False),
        sa.Column("surrendered", sa.Text(), nullable=True),
        sa.Column("police_letter", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(old_card = 'police-letter') = (police_letter IS NOT NULL)",
            name=op.f("ck_handover_police"),
        ),
        sa.CheckConstraint(
            "(old_card = 'surrendered') = (surrendered IS NOT NULL)",
            name=op.f("ck_handover_surrendered"),
        ),
        sa.CheckConstraint(
            "old_card IN ('none', 'police-letter', 'surrendered')",
            name=op.f("ck_handover_old_card"),
        ),
        sa.CheckConstraint(
            "receiver != 'proxy' OR proxy_letter IS NOT NULL", name=op.f("ck_handover_proxy")
        ),
        sa.CheckConstraint("receiver IN ('holder', 'proxy')", name=op.f("ck_handover_receiver")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_handover")),
        sa.UniqueConstraint("id", name=op.f("uq_handover_id")),
    )
    op.create_index("ix_handover_card", "handover", ["card"], unique=False)
    op.create_table(
        "holder",
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("card", name=op.f("pk_holder")),
    )
    op.create_table(
        "photo",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("destruction", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_photo")),
        sa.UniqueConstraint("id", name=op.f("uq_photo_id")),
    )
    op.create_index("ix_photo_destruction", "photo", ["destruction", "seq"], unique=False)
    op.create_table(
        "scan",
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("printer", name=op.f("pk_scan")),
        sa.UniqueConstraint("card", name=op.f("uq_scan_card")),
        sa.UniqueConstraint("job", name=op.f("uq_scan_job")),
    )
    op.create_table(
        "shift",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("supervisor", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.CheckConstraint("last_seq >= first_seq - 1", name=op.f("ck_shift_range")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_shift")),
    )
    op.create_table(
        "slip",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.Column("printed_at", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('hand-over', 'pick-up')", name=op.f("ck_slip_kind")),
        sa.CheckConstraint(
            "state IN ('canceled', 'printed', 'waiting')", name=op.f("ck_slip_state")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_slip")),
        sa.UniqueConstraint("id", name=op.f("uq_slip_id")),
    )
    op.create_index("ix_slip_card", "slip", ["card", "seq"], unique=False)
    op.create_index(
        "ix_slip_waiting",
        "slip",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "supply",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("rated", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.Text(), nullable=True),
        sa.Column("loaded_feed", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("destruction", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'loaded') = (loaded_at IS NOT NULL)", name=op.f("ck_supply_loaded_at")
        ),
        sa.CheckConstraint(
            "kind IN ('cleaning-kit', 'film', 'ribbon')", name=op.f("ck_supply_kind")
        ),
        sa.CheckConstraint(
            "state != 'destroyed' OR destruction IS NOT NULL", name=op.f("ck_supply_destroyed")
        ),
        sa.CheckConstraint(
            "state != 'loaded' OR printer IS NOT NULL", name=op.f("ck_supply_loaded")
        ),
        sa.CheckConstraint(
            "state IN ('destroyed', 'loaded', 'missing', 'spent', 'stored')",
            name=op.f("ck_supply_state"),
        ),
        sa.CheckConstraint("rated IS NULL OR rated > 0", name=op.f("ck_supply_rated")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_supply")),
        sa.UniqueConstraint("id", name=op.f("uq_supply_id")),
    )
    op.create_index("ix_supply_state", "supply", ["state", "kind"], unique=False)
    op.create_index(
        "uq_supply_loaded",
        "supply",
        ["printer", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'loaded'"),
        postgresql_where=sa.text("state = 'loaded'"),
    )
    op.create_index(
        "uq_supply_serial",
        "supply",
        ["kind", "serial"],
        unique=True,
        sqlite_where=sa.text("serial IS NOT NULL"),
        postgresql_where=sa.text("serial IS NOT NULL"),
    )
