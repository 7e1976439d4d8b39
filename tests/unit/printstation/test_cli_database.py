"""`audit`, `backup` and `restore` at a database that is not as it should be: one line, the promised exit code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from printstation.cli import main
from printstation.config import Config
from printstation.seal import open_key
from printstation.station import DATABASE, KEY, open_station
from printstation.store.engine import open_engine
from printstation.store.schema import MIGRATIONS, _station_id

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`printstation …` with a configuration whose data folder is `data`; exit code, stdout, stderr."""
    (tmp_path / "data").mkdir()
    config = tmp_path / "printstation.toml"
    config.write_text('data_dir = "data"\nmin_free_mb = 0\n')

    def command(*arguments: str) -> tuple[int, str, str]:
        code = 0
        try:
            main(["--config", str(config), *arguments])
        except SystemExit as ended:
            assert ended.code is None or isinstance(ended.code, int)
            code = ended.code or 0
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return command


def database(folder: Path) -> Path:
    return folder / "data" / DATABASE


def started(folder: Path) -> None:
    """A station that has run once."""
    open_station(Config.load(folder / "printstation.toml")).stop(now=True)


def older(path: Path, revision: str) -> None:
    """A database as the version of this revision left it."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    engine = open_engine(path)
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
        context = MigrationContext.configure(conn)
        context._ensure_version_table()
        for step in reversed(list(scripts.iterate_revisions(revision, "base"))):
            with Operations.context(context):
                step.module.upgrade()
            context.stamp(scripts, step.revision)
        _station_id(conn)
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0004", "0007"])
def test_an_older_database_cannot_be_audited_before_it_is_migrated(
    run: Run, tmp_path: Path, revision: str
) -> None:
    older(database(tmp_path), revision)
    code, out, err = run("audit")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "older version; start the station once" in err
    started(tmp_path)
    assert run("audit")[::2] == (0, "")


def test_an_older_database_is_backed_up_before_it_is_migrated(run: Run, tmp_path: Path) -> None:
    """As `doctor` advises: the copy is of before, and comes back as it was."""
    older(database(tmp_path), "0004")
    open_key(database(tmp_path).with_name(KEY))
    code, out, err = run("backup", str(tmp_path / "copy"))
    assert (code, err) == (0, "")
    assert "the journal is empty" in out
    assert json.loads((tmp_path / "copy" / "backup.json").read_text())["entries"] == 0
    database(tmp_path).unlink()
    for left in database(tmp_path).parent.glob(DATABASE + "-*"):
        left.unlink()
    assert run("restore", str(tmp_path / "copy"))[0] == 0
    started(tmp_path)
    assert run("audit")[::2] == (0, "")


def test_a_table_that_was_dropped_ends_the_audit_with_a_line(run: Run, tmp_path: Path) -> None:
    started(tmp_path)
    with sqlite3.connect(database(tmp_path)) as db:
        db.execute("DROP TABLE card")
    db.close()
    code, out, err = run("audit")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no such table: card; restore a backup" in err


def test_another_programs_database_is_no_station_that_agrees(run: Run, tmp_path: Path) -> None:
    with sqlite3.connect(database(tmp_path)) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    code, _, err = run("audit")
    assert code == 2
    assert "no station has kept its rows there" in err


@pytest.mark.parametrize("place", ["a file", "a file/below"])
def test_a_backup_to_where_no_folder_can_be_is_a_line(run: Run, tmp_path: Path, place: str) -> None:
    started(tmp_path)
    (tmp_path / "a file").write_text("kept")
    code, _, err = run("backup", str(tmp_path / place))
    assert (code, err.count("\n")) == (1, 1)
    assert "cannot be made" in err
    assert (tmp_path / "a file").read_text() == "kept"


def test_a_data_folder_may_be_called_as_it_likes(run: Run, tmp_path: Path) -> None:
    """SQLite reads a file's name as a URI: `#`, `?` and `%23` once named a database elsewhere."""
    config = tmp_path / "printstation.toml"
    for name in ("a#1", "a?1", "a%231", "a b&c=d"):
        config.write_text(f'data_dir = "{name}"\nmin_free_mb = 0\n')
        started(tmp_path)
        assert (tmp_path / name / DATABASE).is_file()
        assert run("audit")[::2] == (0, "")
        assert run("backup", str(tmp_path / f"copy of {name}"))[0] == 0
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("a")} == {
        *("a#1", "a?1", "a%231", "a b&c=d")
    }
