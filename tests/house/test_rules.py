"""`docs/rules.md` tells the truth: every function and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "rules.md"
NOT_YET = "not yet"
#: Paragraphs of exactly-once.md that are rules of code.
SECTIONS = [f"§{number}" for number in range(3, 14)]


def rules() -> list[tuple[str, str, str, str]]:
    """(section, rule, code, tests) of every row."""
    found, section = [], ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.split()[1]
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "rule":
            found.append((section, cells[0], cells[1], cells[2]))
    return found


RULES = rules()


@cache
def names(path: Path) -> frozenset[str]:
    """Functions, classes and methods of a file, methods as `Class.name`."""
    found: set[str] = set()

    def walk(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(prefix + child.name)
                if isinstance(child, ast.ClassDef):
                    walk(child, f"{prefix}{child.name}.")

    walk(ast.parse(path.read_text(encoding="utf-8")), "")
    return frozenset(found)


def test_every_paragraph_has_its_rules() -> None:
    assert sorted({section for section, *_ in RULES}, key=SECTIONS.index) == SECTIONS
    assert len(RULES) > 60
    told = [rule for _, rule, _, _ in RULES]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(("section", "rule", "code", "tests"), RULES)
def test_what_a_rule_names_is_there(section: str, rule: str, code: str, tests: str) -> None:
    for cell, sign in ((code, ":"), (tests, "::")):
        marked = re.findall(r"`([^`]+)`", cell)
        if NOT_YET in cell:
            continue
        assert marked, f"{section} {rule}: neither a name nor '{NOT_YET}'"
        for reference in marked:
            file, _, name = reference.partition(sign)
            path = ROOT / file
            assert path.is_file(), f"{section} {rule}: there is no {file}"
            assert not name or name in names(path), f"{section} {rule}: {file} has no {name}"
            assert sign == "::" or name, f"{section} {rule}: name the function in {file}"
