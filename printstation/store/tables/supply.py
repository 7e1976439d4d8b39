"""Ribbons, films and cleaning kits: a row an item, since a spent ribbon carries readable portraits."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text

from printstation.store.tables.base import metadata, one_of, partial_index


class SupplyKind(StrEnum):
    """What is consumed beside blanks."""

    RIBBON = "ribbon"
    FILM = "film"
    CLEANING_KIT = "cleaning-kit"


class SupplyState(StrEnum):
    """Where an item is in its life."""

    STORED = "stored"
    LOADED = "loaded"
    SPENT = "spent"
    DESTROYED = "destroyed"
    MISSING = "missing"


supply = Table(
    "supply",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    # The serial number of the item, or its lot.
    Column("serial", Text),
    Column("lot", Text),
    Column("model", Text),
    # Cards it is rated for by its maker.
    Column("rated", Integer),
    Column("state", Text, nullable=False),
    Column("printer", Text),
    # Cards fed while it was loaded, of all the times that it was.
    Column("used", Integer, nullable=False, server_default="0"),
    Column("received_at", Text, nullable=False),
    Column("loaded_at", Text),
    # The printer's last feed before it was loaded: what came after used this item.
    Column("loaded_feed", Integer),
    Column("ended_at", Text),
    Column("destruction", Text),
    # Panels of a ribbon that were printed while it was loaded, as far as the feeds tell; null: nobody knows.
    Column("panels_used", Integer),
    one_of("kind", SupplyKind),
    one_of("state", SupplyState),
    CheckConstraint("(state = 'loaded') = (loaded_at IS NOT NULL)", name="loaded_at"),
    CheckConstraint("state != 'loaded' OR printer IS NOT NULL", name="loaded"),
    CheckConstraint("state != 'destroyed' OR destruction IS NOT NULL", name="destroyed"),
    CheckConstraint("rated IS NULL OR rated > 0", name="rated"),
    partial_index("uq_supply_serial", "kind", "serial", unique=True, where="serial IS NOT NULL"),
    # One ribbon and one film at a time in a printer.
    partial_index("uq_supply_loaded", "printer", "kind", unique=True, where="state = 'loaded'"),
    Index("ix_supply_state", "state", "kind"),
)
