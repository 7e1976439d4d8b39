"""An Evolis printer's texts and sensors as rows of `codes.toml`: which keyword, and what they say of a card."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.contract import NotUnderstood, Reason
from drivers.evolis import wire
from drivers.tables import build

#: A text that no row has: stops the printer, and a person reads its display.
UNKNOWN_KEYWORD = "other"
#: Middle of a sensor's 0 to 5 volts (§3): everything that was seen lies far from it.
MIDDLE_VOLTS = 2.5


@dataclass(frozen=True)
class ReplyRow:
    """One reply. `inferred`: its meaning is our reading; `simulated`: in no source at all."""

    keyword: str
    drew_no_card: bool = False
    inferred: bool = False
    simulated: bool = False


@dataclass(frozen=True)
class SensorRow:
    """One sensor: what it is called, and the keyword of either side where that is one."""

    name: str
    low: str = ""
    high: str = ""

    def reason(self, text: str) -> Reason | None:
        """What this reading is a reason of. Raises `NotUnderstood` for what is no reading."""
        keyword = self.high if wire.volts(text) > MIDDLE_VOLTS else self.low
        return Reason(keyword, f"{self.name} {text}") if keyword else None


@functools.cache
def _tables() -> Mapping[str, Any]:
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@functools.cache
def replies() -> Mapping[str, ReplyRow]:
    """All rows by reply; OK has none."""
    rows = _tables()["replies"].items()
    return MappingProxyType({t: build(ReplyRow, row, f"codes.toml: {t}") for t, row in rows})


@functools.cache
def sensors() -> Mapping[str, SensorRow]:
    """All rows by query."""
    rows = _tables()["sensors"].items()
    return MappingProxyType({q: build(SensorRow, row, f"codes.toml: {q}") for q, row in rows})


def reply_row(text: str) -> ReplyRow | None:
    """None for OK; the unknown row, which claims nothing, for what no row has."""
    return None if text == wire.OK else replies().get(text, ReplyRow(UNKNOWN_KEYWORD))


def card_inside(text: str) -> bool:
    """What an answer to Rlr;p says. Raises `NotUnderstood` for another text."""
    answers: Mapping[str, bool] = _tables()["card"]
    if text not in answers:
        raise NotUnderstood(f"no word about a card in the printer: {text[:40]!r}")
    return answers[text]
