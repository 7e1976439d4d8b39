"""Error codes of REQ,ERR answers as rows of `codes.toml`: which keyword, and what they say of the card."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from drivers.tables import build

#: A code that no row has: stops the printer, and a person reads its display.
UNKNOWN_KEYWORD = "other"


@dataclass(frozen=True)
class CodeRow:
    """One code. `invented` marks what no source tells (the sheet, §7)."""

    keyword: str
    drew_no_card: bool = False
    rejected: bool = False
    invented: bool = False


@functools.cache
def codes() -> Mapping[str, CodeRow]:
    """All rows by code. Reads the file once."""
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text).items()
    return MappingProxyType(
        {code: build(CodeRow, row, f"codes.toml: {code}") for code, row in rows}
    )


def row_of(code: str) -> CodeRow:
    """The row of exactly this code, else the unknown one, which claims nothing."""
    return codes().get(code, CodeRow(UNKNOWN_KEYWORD))
