"""`printer-state-reasons` as rows of `codes.toml`: which word of ours, and whether it is an error now."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from drivers.contract import Reason
from drivers.reasons import reasons
from drivers.tables import build

UNKNOWN_KEYWORD = "other"
_ERROR, _MILD = "-error", ("-warning", "-report")


@dataclass(frozen=True)
class CodeRow:
    """One keyword of IPP without its suffix. An empty `keyword` of ours: it says nothing that matters."""

    keyword: str


@dataclass(frozen=True)
class Read:
    """One reason as it was read. `stops`: no card is fed; `error`: the card in hand has seen an error."""

    reason: Reason
    stops: bool
    error: bool


@functools.cache
def codes() -> Mapping[str, CodeRow]:
    """All rows by IPP keyword. Reads the file once."""
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text).items()
    return MappingProxyType(
        {code: build(CodeRow, row, f"codes.toml: {code}") for code, row in rows}
    )


def read(raw: str) -> Read | None:
    """One value of `printer-state-reasons`; None for one that says nothing that matters.

    The suffix tells how the device takes it: a warning is no error of the card in hand, yet what our table
    stops for stays a stop (ippeveprinter calls an empty hopper a warning, ipp.md §10). An unknown keyword
    is `other`, whatever its suffix.
    """
    mild = raw.endswith(_MILD)
    stem = raw.removesuffix(_ERROR)
    for suffix in _MILD:
        stem = stem.removesuffix(suffix)
    row = codes().get(stem, CodeRow(UNKNOWN_KEYWORD))
    if not row.keyword:
        return None
    meaning = reasons()[row.keyword]
    stops = meaning.stops or raw.endswith(_ERROR)
    error = raw.endswith(_ERROR) or (meaning.severity == "error" and not mild)
    return Read(Reason(row.keyword, raw), stops, error)


def read_all(raw: tuple[str, ...]) -> tuple[Read, ...]:
    """All of them, what stops first: a status shows its first reason."""
    found = [seen for seen in map(read, raw) if seen is not None]
    return tuple(sorted(found, key=lambda seen: not seen.stops))
