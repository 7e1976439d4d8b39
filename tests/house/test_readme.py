"""The prose keeps up with the project: paths, links, commands and models that README and docs name exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import drivers
from tests.house.tree import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: In prose a path begins with one of the rooms, and stands in backticks.
ROOMS = ("printstation", "drivers", "layouts", "simulator", "tests", "bench", "docs")
PATH = re.compile(r"`((?:" + "|".join(ROOMS) + r")/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
MAKE = re.compile(r"\bmake ([a-z]+)")
MODEL_ROW = re.compile(r"^\| `([\w-]+)` \| \[[\w.-]+\]\(drivers/", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.name


def missing_paths(prose: str) -> list[str]:
    return [name for name in PATH.findall(prose) if not (ROOT / name).exists()]


def broken_links(prose: str, folder: Path) -> list[str]:
    """Relative links whose file, or whose heading in a Markdown file, is not there."""
    found = []
    for link in (first or second for first, second in LINK.findall(prose)):
        if "://" in link:
            continue
        name, _, heading = link.partition("#")
        target = folder / name if name else None
        if target is not None and not target.exists():
            found.append(link)
        elif heading:
            page = prose if target is None else target.read_text(encoding="utf-8")
            if heading not in headings(page):
                found.append(link)
    return found


def headings(page: str) -> set[str]:
    """Anchors as code hosts make them: lower case, no signs, a hyphen for each space."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def unknown_targets(prose: str) -> list[str]:
    """Targets are only looked for in code: in a sentence `make` is also a verb."""
    code = "\n".join(re.findall(r"```sh\n(.*?)```", prose, re.DOTALL))
    code += "\n".join(re.findall(r"`([^`\n]+)`", prose))
    return [word for word in MAKE.findall(code) if word not in TARGET.findall(text("Makefile"))]


def model_rows(prose: str) -> list[str]:
    return MODEL_ROW.findall(prose)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_that_is_named_exists(page: Path) -> None:
    assert missing_paths(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_resolves(page: Path) -> None:
    assert broken_links(page.read_text(encoding="utf-8"), page.parent) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    assert unknown_targets(page.read_text(encoding="utf-8")) == []


def test_the_first_screen_has_the_two_commands() -> None:
    screen = "\n".join(text("README.md").splitlines()[:40])
    assert re.findall(r"^make (\w+)", screen, re.MULTILINE) == ["demo", "test"]


def test_the_table_of_models_names_exactly_the_models_there_are() -> None:
    assert sorted(model_rows(text("README.md"))) == sorted(drivers.models())


def wrong_prose() -> Iterator[tuple[Callable[[str], list[str]], str, list[str]]]:
    # Each of these also shows that the good one beside the bad one is seen at all.
    yield missing_paths, "see `drivers/nowhere.py` and `drivers/memory.py`", ["drivers/nowhere.py"]
    yield (
        lambda p: broken_links(p, ROOT),
        "[a](docs/nowhere.md) [b](#no)",
        ["docs/nowhere.md", "#no"],
    )
    yield unknown_targets, "run `make coffee`, which may make tea", ["coffee"]
    yield model_rows, "| `rio` | [rio.toml](drivers/magicard/models/rio.toml) | x |", ["rio"]


@pytest.mark.parametrize(("look", "prose", "found"), list(wrong_prose()))
def test_what_is_wrong_is_found(
    look: Callable[[str], list[str]], prose: str, found: list[str]
) -> None:
    assert look(prose) == found
