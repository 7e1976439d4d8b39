"""The migrations lead to the tables that the code describes, safely, and never from a newer file."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from printstation.store.engine import open_engine
from printstation.store.schema import NewerDatabase, upgrade
from printstation.store.tables import metadata


def shape(path: Path) -> dict[str, list[str]]:
    """Each table and index as the sorted parts of its SQL, so that the order of constraints is no matter."""
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    db.close()
    return {name: _parts(sql) for name, sql in found if name != "alembic_version"}


def _parts(sql: str) -> list[str]:
    flat = re.sub(r"\s+", " ", sql).replace('"', "").strip()
    if not flat.startswith("CREATE TABLE"):
        return [flat]
    inside = flat[flat.index("(") + 1 : flat.rindex(")")]
    parts, depth, word = [], 0, ""
    for sign in inside:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append(word.strip())
            word = ""
        else:
            word += sign
    return sorted([*parts, word.strip()])


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(tmp_path / "migrated.db")


def test_migrations_from_zero_make_what_the_tables_say(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    described = open_engine(tmp_path / "described.db")
    metadata.create_all(described)
    migrated = shape(tmp_path / "migrated.db")
    assert migrated == shape(tmp_path / "described.db")
    assert {"job", "card", "journal"} <= set(migrated)


def test_a_second_upgrade_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    station = upgrade(engine)
    before = shape(tmp_path / "migrated.db")
    assert upgrade(engine) == station
    assert shape(tmp_path / "migrated.db") == before


def test_every_station_has_an_id_of_its_own(engine: Engine, tmp_path: Path) -> None:
    assert upgrade(engine) != upgrade(open_engine(tmp_path / "other.db"))


def test_a_newer_database_is_refused_and_left_alone(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_later'")
    before = (tmp_path / "migrated.db").read_bytes()
    with pytest.raises(NewerDatabase, match="9999_later"):
        upgrade(engine)
    assert (tmp_path / "migrated.db").read_bytes() == before


def test_a_cut_in_a_migration_leaves_the_old_schema(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("printstation.store.schema._station_id", cut)
        with pytest.raises(KeyboardInterrupt):
            upgrade(engine)
    assert shape(tmp_path / "migrated.db") == {}
    upgrade(engine)
    assert "job" in shape(tmp_path / "migrated.db")
