"""Cards that left the office, scans that call an encoded card, and slips for the receipt printer."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from printstation.store.tables.base import metadata, one_of, partial_index


class Receiver(StrEnum):
    """Who took the card."""

    HOLDER = "holder"
    PROXY = "proxy"


class OldCard(StrEnum):
    """What became of the card that this one follows."""

    NONE = "none"
    SURRENDERED = "surrendered"
    POLICE_LETTER = "police-letter"


class SlipKind(StrEnum):
    """Pick-up slip (the card waits) and hand-over receipt (the card is gone)."""

    PICK_UP = "pick-up"
    HAND_OVER = "hand-over"


class SlipState(StrEnum):
    """*waiting* until the receipt printer has it. A slip that may have printed twice says *salinan*."""

    WAITING = "waiting"
    PRINTED = "printed"
    CANCELED = "canceled"


handover = Table(
    "handover",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("card", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("proxy_letter", Text),
    Column("old_card", Text, nullable=False),
    # The row of the surrendered card.
    Column("surrendered", Text),
    Column("police_letter", Text),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    one_of("receiver", Receiver),
    one_of("old_card", OldCard),
    CheckConstraint("receiver != 'proxy' OR proxy_letter IS NOT NULL", name="proxy"),
    CheckConstraint("(old_card = 'surrendered') = (surrendered IS NOT NULL)", name="surrendered"),
    CheckConstraint("(old_card = 'police-letter') = (police_letter IS NOT NULL)", name="police"),
    Index("ix_handover_card", "card"),
)

#: The encoded card that a person scanned for a printer: the next one that this printer takes (§9).
scan = Table(
    "scan",
    metadata,
    Column("printer", Text, primary_key=True),
    Column("card", Text, nullable=False, unique=True),
    Column("job", Text, nullable=False, unique=True),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
)

slip = Table(
    "slip",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("state", Text, nullable=False),
    # Initials and nothing more: when the card is handed over its name is erased.
    Column("initials", Text, nullable=False),
    # How often its bytes were begun; more than once means that it says *salinan*.
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("asked_at", Text, nullable=False),
    Column("printed_at", Text),
    Column("by", Text, nullable=False),
    one_of("kind", SlipKind),
    one_of("state", SlipState),
    partial_index("ix_slip_waiting", "seq", where="state = 'waiting'"),
    Index("ix_slip_card", "card", "seq"),
)
