"""The files of the project as the house tests see them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("printstation", "drivers", "layouts", "simulator", "bench", "tests")


def python_files() -> list[Path]:
    """Every Python file of the rooms, sorted."""
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def project_files() -> list[Path]:
    """What belongs to the project: what git tracks and what it would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in sorted(set(listing.split("\0"))) if (ROOT / name).is_file()]


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, first line and number of lines of every function in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1
