"""Sense codes as rows of `codes.toml`: which keyword, whether to wait, and what they say of the card."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from drivers.tables import build

#: A code that no row has: stops the printer, and a person reads its display.
UNKNOWN_KEYWORD = "other"
GOOD = "000000"
#: "Changed or reset": said once after a restart, and instead of carrying a command out.
RESTARTED = "062800"


class State(StrEnum):
    """What a code says of the device."""

    READY = "ready"
    BUSY = "busy"
    STOP = "stop"


@dataclass(frozen=True)
class CodeRow:
    """One code. `keyword` is empty where there is nothing to say to a person."""

    keyword: str = ""
    state: str = State.STOP
    drew_no_card: bool = False

    def __post_init__(self) -> None:
        """Refuse what would stop a printer without a word."""
        if self.state not in list(State):
            raise ValueError(f"state is one of {', '.join(State)}, not {self.state!r}")
        if self.state == State.STOP and not self.keyword:
            raise ValueError("a code that stops needs a keyword")


@functools.cache
def codes() -> Mapping[str, CodeRow]:
    """All rows by code. Reads the file once."""
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text).items()
    return MappingProxyType(
        {code: build(CodeRow, row, f"codes.toml: {code}") for code, row in rows}
    )


def row_of(code: str) -> CodeRow:
    """The row of this code; an unknown one stops and claims nothing."""
    if code == GOOD:
        return CodeRow(state=State.READY)
    if code in codes():
        return codes()[code]
    group = codes().get(f"{code[:4]}00", CodeRow(UNKNOWN_KEYWORD))
    keyword = group.keyword or UNKNOWN_KEYWORD
    return replace(group, keyword=keyword, state=State.STOP, drew_no_card=False)
