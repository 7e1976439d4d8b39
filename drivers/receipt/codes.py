"""Status bits as rows of `codes.toml`, and four answers as one `Status`."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drivers.contract import Condition, Reason, Status
from drivers.reasons import reasons
from drivers.receipt.wire import QUERIES
from drivers.tables import build

#: Bits 0, 1, 4 and 7 are fixed in every answer.
_FREE = 0x6C
_FEEDING = 0x08


@dataclass(frozen=True)
class CodeRow:
    """One meaning: any bit of `mask` in the answer to DLE EOT `query`."""

    query: int
    mask: int
    keyword: str = ""
    weak: bool = False


@functools.cache
def codes() -> tuple[CodeRow, ...]:
    """All rows, those without a keyword included. Reads the file once."""
    tables = tomllib.loads(Path(__file__).with_name("codes.toml").read_text(encoding="utf-8"))
    rows = [*tables["code"], *tables["quiet"]]
    return tuple(build(CodeRow, row, f"codes.toml: row {n}") for n, row in enumerate(rows, 1))


def read_status(answers: Mapping[int, int]) -> Status:
    """What the answers to DLE EOT 1 to 4 say together.

    Stopped while a reason holds that stops printing, busy while paper is fed by its button, else ready.
    `raw` is the four bytes.
    """
    raw = " ".join(f"{answers[n]:02x}" for n in QUERIES)
    told = {row.keyword: row for row in codes() if row.keyword and answers[row.query] & row.mask}
    strong = [keyword for keyword, row in told.items() if not row.weak]
    stops = any(reasons()[keyword].stops for keyword in strong)
    words = strong if stops else [*strong, *(k for k in told if k not in strong)]
    if any(_unknown(n, answers[n]) for n in QUERIES):
        words.append("other")
    found = tuple(Reason(keyword, raw) for keyword in words)
    if any(reasons()[keyword].stops for keyword in words):
        return Status(Condition.STOPPED, found, raw)
    busy = answers[2] & _FEEDING
    return Status(Condition.BUSY if busy else Condition.READY, found, raw)


def _unknown(n: int, byte: int) -> int:
    known = 0
    for row in codes():
        if row.query == n:
            known |= row.mask
    return byte & _FREE & ~known
