"""Bringing a database file to this version's schema; forward only."""

from __future__ import annotations

import uuid
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, insert, inspect, select

from printstation.store import filed, journal
from printstation.store.engine import Tx
from printstation.store.tables import meta

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabase(Exception):
    """The file was written by a later version of printstation."""


class OtherDatabase(Exception):
    """The file is a database, but no station's: another program keeps its tables there."""


def is_current(conn: Connection) -> bool:
    """Whether the rows are in this version's shape, else in an older one's; reads only.

    Refuses `NewerDatabase`, whose rows this version cannot judge, and `OtherDatabase`.
    """
    scripts = ScriptDirectory(str(MIGRATIONS))
    current = MigrationContext.configure(conn).get_current_revision()
    _refuse_newer(scripts, current)
    if current is None:
        raise OtherDatabase("no station has kept its rows there; name the right --config")
    return current == scripts.get_current_head()


def _refuse_newer(scripts: ScriptDirectory, current: str | None) -> None:
    if current is not None and current not in {r.revision for r in scripts.walk_revisions()}:
        raise NewerDatabase(
            f"the database is of a newer version ({current}); install that version of printstation"
        )


def upgrade(engine: Engine) -> str:
    """Create or migrate the schema and return the station's id.

    Refuses `NewerDatabase` and `OtherDatabase`, and changes nothing then. Each migration is one transaction: a
    power cut leaves the old schema or the new one.
    """
    scripts = ScriptDirectory(str(MIGRATIONS))
    head = scripts.get_current_head()
    pending: list[Script] = []
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
        context = MigrationContext.configure(conn)
        current = context.get_current_revision()
        if current != head:
            _refuse_newer(scripts, current)
            if current is None and inspect(conn).get_table_names():
                raise OtherDatabase("it holds another program's tables; move it away")
            pending = list(scripts.iterate_revisions(head, current or "base"))
            context._ensure_version_table()  # what `run_migrations` does first
            for revision in reversed(pending):
                with Operations.context(context):
                    revision.module.upgrade()
                context.stamp(scripts, revision.revision)
        station = _station_id(conn)
        if current is not None:
            # At the moment of the last entry: a migration has no clock, and makes nothing happen.
            tx = Tx(conn, _last_moment(conn), station)
            filed.adopt(tx, {each.revision for each in pending})
        return station


def _last_moment(conn: Connection) -> str:
    newest = journal.newest(conn, 1)
    return newest[0].at if newest else ""


def _station_id(conn: Connection) -> str:
    found: str | None = conn.execute(
        select(meta.c.value).where(meta.c.name == "station")
    ).scalar_one_or_none()
    if found is None:
        found = uuid.uuid4().hex
        conn.execute(insert(meta).values(name="station", value=found))
    return found
