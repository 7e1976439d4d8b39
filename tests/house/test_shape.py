"""The house style that a machine can see: sizes, places, and nothing of a maker's own machine."""

from __future__ import annotations

import re
from pathlib import Path

from tests.house.tree import ROOT, functions, project_files, python_files

FILE_LINES = 400
FUNCTION_LINES = 50
# A migration is a record of what was released: it is written down in full and never reshaped.
RECORDS = "migrations/versions"

# Assembled, so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.~:])/" + r"(?:work|root|home)/[\w.-]+")


def shaped_files() -> list[Path]:
    return [path for path in python_files() if RECORDS not in path.parent.as_posix()]


def test_no_file_is_overgrown() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in shaped_files()}
    assert lines, "no Python file was found: this test looks in the wrong place"
    assert {str(p.relative_to(ROOT)): n for p, n in lines.items() if n > FILE_LINES} == {}


def test_no_function_is_overgrown() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{line} {name} has {count} lines"
        for path in shaped_files()
        for name, line, count in functions(path)
        if count > FUNCTION_LINES
    ]
    assert long == []


def test_locks_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text, f"{name} names a host or a file of one machine"


def test_every_locked_package_of_the_station_is_in_both_locks() -> None:
    pins = [
        set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    ]
    assert pins[0] - pins[1] == set()


def test_the_project_can_be_put_in_without_an_isolated_build() -> None:
    """An isolated build would fetch setuptools without a hash, from a host that pip chooses."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(r"^setuptools==(8\d|9\d|\d{3})", lock, re.MULTILINE)


def test_no_path_of_a_machine_is_written_down() -> None:
    found = []
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit}" for hit in MACHINE_PATH.findall(text)]
    assert found == []
