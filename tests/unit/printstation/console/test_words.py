"""The page's texts: complete in both languages, and a word for everything that the tables can hold."""

from __future__ import annotations

import re
from string import Formatter

import pytest

import drivers
from printstation.console.acts import CAUSES
from printstation.console.words import TABLES, Words, masked, table, two_sentences
from printstation.lifecycle.answers import CardFate, JobFuture, QuestionReason
from printstation.lifecycle.card import CardState, Cause
from printstation.lifecycle.evidence import TABLE as EVIDENCE
from printstation.lifecycle.job import OPEN_STATES
from printstation.lifecycle.steps import Step
from printstation.refusals import FieldError, Refusal
from printstation.spool.view import PrinterState
from tests.house.tree import ROOT

CONSOLE = ROOT / "printstation" / "console"


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", TABLES)
def test_every_text_is_there_in_both_languages(name: str) -> None:
    for keyword, row in table(name).items():
        assert row.keys() == {"id", "en"}, keyword
        assert all(text.strip() for text in row.values()), keyword
        assert places(row["id"]) == places(row["en"]), keyword


def test_every_state_and_answer_has_a_word() -> None:
    needed = {
        *(f"fate-{fate}" for fate in CardFate),
        *(f"fate-{fate}-hint" for fate in CardFate),
        *(f"future-{future}" for future in (*JobFuture, "none")),
        *(f"reason-{reason}" for reason in QuestionReason),
        *(f"rule-{row}" for row, *_ in EVIDENCE),
        *(f"state-{state}" for state in PrinterState),
        *(f"job-{state}" for state in OPEN_STATES),
        *(f"card-{state}" for state in CardState),
        *(f"cause-{cause}" for cause in Cause),
        *(f"who-{row.who}" for row in drivers.reasons().values()),
    }
    assert needed - table("words").keys() == set()
    assert set(CAUSES) <= set(Cause)


def test_every_step_has_a_word() -> None:
    assert set(Step) - table("kinds").keys() == set()


def test_every_text_is_used() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in CONSOLE.rglob("*")
        if path.suffix in (".py", ".html")
    )
    families = re.findall(r'"([a-z]+-)" ~|f"([a-z]+-)\{|f\'([a-z]+-)\{', source)
    prefixes = tuple(word for found in families for word in found if word)
    unused = {
        keyword
        for keyword in table("words")
        if f'"{keyword}"' not in source and not keyword.startswith((*prefixes, "fact-", "rule-"))
    }
    assert unused == set()


@pytest.mark.parametrize("keyword", sorted(drivers.reasons()))
def test_every_reason_says_what_is_the_matter_and_what_to_do(keyword: str) -> None:
    row = drivers.reasons()[keyword]
    for text in (row.id, row.en):
        matter, action = two_sentences(text)
        assert matter.endswith(".") and action.endswith(".")
        assert f"{matter} {action}" == text


def test_a_sentence_alone_is_no_action() -> None:
    assert tuple(two_sentences("It is cold.")) == ("It is cold.", "")


def test_a_refusal_is_told_by_its_fields_if_there_are_words_for_all() -> None:
    w = Words("en")
    known = FieldError("/by", "missing", "…")
    other = FieldError("/by", "wrong-form", "…")
    assert w.why(Refusal("invalid", "…", (known, known))) == ("Give your name.",)
    assert w.why(Refusal("invalid", "…", (known, other))) == (
        "Give your name.",
        "Some fields are not right. Mend them, then save again.",
    )
    assert w.why(Refusal("already-replaced", "…")) == ("Job is already replaced",)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1771994101000003", "1771********0003"),
        ("R-1771994101000003-x", "R-1771********0003-x"),
        ("202611251771994101000003", "2026********0003"),
        ("R-00001", "R-00001"),
        ("177199410100000", "177199410100000"),
        (None, ""),
    ],
)
def test_what_looks_like_a_nik_is_masked(text: str | None, shown: str) -> None:
    assert masked(text) == shown
