"""Sessions in which cards are destroyed, their photos, and the sealed names that the minutes need."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from printstation.store.tables.base import metadata, one_of


class SessionState(StrEnum):
    """*signed* holds its final list and may not change; *closed* is destroyed, and its names are erased."""

    OPEN = "open"
    SIGNED = "signed"
    CLOSED = "closed"


destruction = Table(
    "destruction",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    # The letter number of the minutes.
    Column("number", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("place", Text, nullable=False),
    # The day in the office's zone.
    Column("held_on", Text, nullable=False),
    # JSON: [{name, title, nip}] and [{name, agency}].
    Column("signers", Text, nullable=False),
    Column("witnesses", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("supervisor", Text),
    Column("witness", Text),
    Column("signed_at", Text),
    Column("closed_at", Text),
    # Of the minutes as they were signed, with every name.
    Column("pdf_sha256", Text),
    one_of("state", SessionState),
    CheckConstraint(
        "state = 'open' OR (supervisor IS NOT NULL AND witness IS NOT NULL AND signed_at IS NOT NULL "
        "AND pdf_sha256 IS NOT NULL)",
        name="signed",
    ),
    CheckConstraint("(closed_at IS NOT NULL) = (state = 'closed')", name="closed"),
)

photo = Table(
    "photo",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("destruction", Text, nullable=False),
    Column("caption", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Index("ix_photo_destruction", "destruction", "seq"),
)

#: Name, NIK and address of a card that will be in the minutes, sealed; erased when its session is closed.
holder = Table(
    "holder",
    metadata,
    Column("card", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
