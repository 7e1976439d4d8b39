"""The page's texts in both languages: `words.toml`, and the tables of refusals and journal kinds."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import drivers
from printstation.refusals import Refusal
from printstation.store.journal import Entry

Language = Literal["id", "en"]
TABLES = ("words", "refusals", "kinds")
#: A NIK, also one that stands in a longer figure.
_NIK = re.compile(r"(\d{4})\d{8,}(\d{4})")


@functools.cache
def table(name: str) -> Mapping[str, Mapping[str, str]]:
    """{keyword: {language: text}} of one of the tables. Reads the file once."""
    text = Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, str]] = tomllib.loads(text)
    return rows


@dataclass(frozen=True)
class Words:
    """The texts in one language."""

    language: Language

    def __call__(self, keyword: str, **places: object) -> str:
        """The text of this keyword; an unknown keyword is our mistake."""
        return table("words")[keyword][self.language].format_map(places)

    def of(self, pair: object) -> str:
        """Of a sentence in two languages, the one that is read here."""
        text: str = getattr(pair, self.language)
        return text

    def kind(self, kind: str) -> str:
        """What a journal entry is about; an unknown kind is shown as it stands."""
        row = table("kinds").get(kind)
        return row[self.language] if row else kind

    def told(self, entry: Entry) -> str:
        """What a printer said, by a journal entry about it: of each reason what is the matter."""
        words = [*(entry.data.get("reasons") or ()), *(entry.data.get("errors") or ())]
        rows = [drivers.reasons().get(str(word)) for word in words]
        return " ".join(next(two_sentences(self.of(row))) for row in rows if row is not None)

    def why(self, refusal: Refusal) -> tuple[str, ...]:
        """Why something was not done: of each wrong field if we have words for it, else of the code."""
        rows = table("refusals")
        fields = [rows.get(f"{error.pointer} {error.code}") for error in refusal.errors]
        known = dict.fromkeys(row[self.language] for row in fields if row)
        if known and all(fields):
            return tuple(known)
        row = rows.get(refusal.code)
        return (*known, row[self.language] if row else refusal.title)


def two_sentences(text: str) -> Iterator[str]:
    """What is the matter, and what to do: every reason says first the one, then the other."""
    matter, stop, action = text.partition(". ")
    yield f"{matter}." if stop else matter
    yield action


def masked(text: str | None) -> str:
    """A reference or a ticket: whatever looks like a NIK in it is not shown (4+8+4)."""
    return _NIK.sub(r"\1********\2", text or "")
