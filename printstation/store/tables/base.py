"""The metadata that all tables share, and the two ways in which a closed list becomes SQL."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, MetaData, TextClause, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def words(values: Iterable[StrEnum | str]) -> str:
    """A closed list as the inside of SQL's IN (…), sorted, so that a migration does not flicker."""
    return ", ".join(f"'{value}'" for value in sorted(str(v) for v in values))


def one_of(
    column: str, values: Iterable[StrEnum | str], name: str | None = None
) -> CheckConstraint:
    """CHECK that a column holds one word of a closed list."""
    return CheckConstraint(f"{column} IN ({words(values)})", name=name or column)


def partial_index(name: str, *columns: str | TextClause, where: str, unique: bool = False) -> Index:
    """An index over the rows that match `where` only, alike on SQLite and PostgreSQL."""
    return Index(
        name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where)
    )
