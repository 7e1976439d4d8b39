"""The settings that a unit was seen with, and those that a technician knows of.

Both are JSON objects of what the device itself said, setting by setting; equal texts are equal settings.
`changed_at` is set when they were first found to differ, until a technician accepts what is there.
"""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from printstation.store.tables.base import metadata

unit_settings = Table(
    "unit_settings",
    metadata,
    Column("serial", Text, primary_key=True),
    Column("accepted", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("changed_at", Text),
)
