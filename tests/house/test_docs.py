"""The documents agree with the tables they are generated from, and point at nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from printstation.lifecycle import describe
from printstation.lifecycle.card import CARD_TABLE
from printstation.lifecycle.evidence import TABLE, Fate
from printstation.lifecycle.job import JOB_TABLE
from printstation.lifecycle.steps import Step
from tests.house.tree import ROOT

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", describe.PAGES)
def test_a_generated_page_is_not_stale(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == describe.PAGES[name](), (
        f"docs/{name} is stale; run: python -m printstation.lifecycle.describe"
    )


def test_the_generator_writes_what_the_house_reads(tmp_path: Path) -> None:
    describe.main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(describe.PAGES)


def test_the_diagrams_show_every_arrow_once() -> None:
    diagrams = re.findall(r"```mermaid\n(.*?)```", describe.life_cycles(), re.DOTALL)
    tables: list[describe.Table] = [JOB_TABLE, CARD_TABLE]
    for diagram, table in zip(diagrams, tables, strict=True):
        drawn = re.findall(r"^    (\w+) --> (\w+): (.*)$", diagram, re.MULTILINE)
        events = {(a, e, b) for a, b, label in drawn for e in label.split(", ")}
        known = {(s.replace("-", "_"), str(e), t.replace("-", "_")) for (s, e), t in table.items()}
        assert events == known and len(drawn) == len({(a, b) for a, b, _ in drawn})
        assert "-->" not in diagram.replace(" --> ", ""), "a hyphen in a name is read as an arrow"


def test_every_step_and_every_evidence_row_is_described() -> None:
    cycles, questions = describe.life_cycles(), describe.operator_questions()
    assert all(f"| `{step}` |" in cycles for step in Step)
    assert set(describe.ROWS) == {row for row, *_ in TABLE}
    assert all(f"| {row} | " in questions for row, *_ in TABLE)
    assert set(describe.SEEN) == set(Fate)


def test_no_page_links_to_what_is_not_there() -> None:
    pages = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []
