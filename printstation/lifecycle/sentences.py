"""The sentence of each question in both languages, from `questions.toml`."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from printstation.lifecycle.answers import QuestionReason

#: What stands in a sentence where nothing is known.
UNKNOWN = "?"
#: The row of a card-fate question about a printer without a serial number: the station did not see it stop.
UNSEEN = "card-fate-unseen"


@dataclass(frozen=True)
class Sentence:
    """One text in the office's language and in English."""

    id: str
    en: str


@functools.cache
def _templates() -> dict[str, Sentence]:
    text = Path(__file__).with_name("questions.toml").read_text(encoding="utf-8")
    return {reason: Sentence(**row) for reason, row in tomllib.loads(text).items()}


def sentence(
    reason: QuestionReason,
    *,
    printer: str | None = None,
    card: str | None = None,
    serial: str | None = None,
    count: int | None = None,
) -> Sentence:
    """What this question asks, with names filled in."""
    names = {"printer": printer, "card": card, "serial": serial, "count": count}
    filled = {name: UNKNOWN if value is None else value for name, value in names.items()}
    unseen = reason is QuestionReason.CARD_FATE and serial is None
    row = _templates()[UNSEEN if unseen else str(reason)]
    return Sentence(row.id.format_map(filled), row.en.format_map(filled))
