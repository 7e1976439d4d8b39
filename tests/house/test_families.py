"""A family fits in by rows: nobody outside of its folder asks "is it this one?"."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import drivers
from tests.house.tree import ROOT

NAMES = {*drivers.FAMILIES, "receipt"}
#: "ipp" is the scheme of an address there, as "usb" is.
NOT_A_FAMILY = {"drivers/transports/address.py"}
PLACES = ("printstation", "drivers", "layouts", "simulator")


def asked(source: str) -> list[int]:
    """The lines that compare something with a family's name, or an address with a family's scheme."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if _asks(node)]


def _asks(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        sides: list[ast.expr] = [node.left, *node.comparators]
        return any(_named(part) for side in sides for part in _parts(side))
    if isinstance(node, ast.MatchValue):
        return _named(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        starts = node.func.attr in ("startswith", "removeprefix")
        return starts and any(_named(part) for arg in node.args for part in _parts(arg))
    return False


def _parts(side: ast.expr) -> list[ast.expr]:
    return side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]


def _named(side: ast.expr) -> bool:
    if not isinstance(side, ast.Constant) or not isinstance(side.value, str):
        return False
    return side.value.partition(":")[0] in NAMES


def outside() -> list[Path]:
    """Every file that is in no family's folder."""
    names = (path.relative_to(ROOT) for place in PLACES for path in (ROOT / place).rglob("*.py"))
    return [
        ROOT / name
        for name in names
        if name.parts[1] not in NAMES and name.as_posix() not in NOT_A_FAMILY
    ]


def test_nobody_outside_asks_which_family_it_is() -> None:
    files = outside()
    assert len(files) > 250
    told = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        for line in asked(path.read_text(encoding="utf-8"))
    ]
    assert told == []


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ('model.family == "ipp"', True),
        ('"magicard" != family', True),
        ('family in ("evolis", "matica")', True),
        ('uri.startswith("ipp:")', True),
        ('TABLE = {"evolis": 1}', False),
        ("family in TABLE", False),
        ('word == "ipp-card"', False),
    ],
)
def test_what_counts_as_asking(source: str, caught: bool) -> None:
    assert bool(asked(source)) is caught
