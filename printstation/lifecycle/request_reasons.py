"""What the reason of a request demands at the hand-over, and says of the replaced card: `request_reasons.toml`."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from printstation.lifecycle.card import Cause
from printstation.lifecycle.steps import Step


@dataclass(frozen=True)
class RequestReason:
    """One reason. `accepts` are words of `old_card`, any of which will do; empty: nothing is demanded."""

    name: str
    accepts: tuple[str, ...]
    cause: Cause
    id: str
    en: str

    @property
    def step(self) -> Step:
        """What becomes of the replaced card while it is still in the house."""
        return Step.LOSE if self.cause is Cause.LOST else Step.SPOIL


#: A reason that stands in no table.
OTHER = RequestReason("", (), Cause.DATA_CHANGED, "", "")


@functools.cache
def request_reasons() -> Mapping[str, RequestReason]:
    """Every word of the table, as `plain` writes it, with its row. Reads the file once."""
    text = Path(__file__).with_name("request_reasons.toml").read_text(encoding="utf-8")
    found: dict[str, RequestReason] = {}
    for name, row in tomllib.loads(text).items():
        words = (name, *row.pop("words"))
        reason = RequestReason(
            name, tuple(row["accepts"]), Cause(row["cause"]), row["id"], row["en"]
        )
        for word in words:
            assert plain(word) not in found, f"{word} stands for two reasons"
            found[plain(word)] = reason
    return MappingProxyType(found)


def plain(word: str) -> str:
    """A reason without its writing: *Perubahan-Data* is *perubahan data*."""
    return re.sub(r"[\s_-]+", " ", word).strip().casefold()


def request_reason(word: str | None) -> RequestReason:
    """The row of a job's reason; `OTHER` for one that nobody knows."""
    return request_reasons().get(plain(word or ""), OTHER)
