"""The one vocabulary of printer states, as rows of `reasons.toml`.

Every bit, code or text of a device maps to a row through its family's `codes.toml`; what no row
fits becomes `other` with the raw value, which stops the printer. Nobody keeps a second list.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from drivers.tables import build

SEVERITIES = ("report", "warning", "error")
ACTORS = ("operator", "technician", "nobody")


@dataclass(frozen=True)
class ReasonRow:
    """One keyword: how bad it is, whether it stops printing, who acts, and what people read."""

    keyword: str
    severity: str
    stops: bool
    who: str
    id: str
    en: str

    def __post_init__(self) -> None:
        """Refuse words outside the lists, and an empty sentence."""
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity is one of {', '.join(SEVERITIES)}, not {self.severity!r}")
        if self.who not in ACTORS:
            raise ValueError(f"who is one of {', '.join(ACTORS)}, not {self.who!r}")
        if not self.id or not self.en:
            raise ValueError("both sentences are needed")


@functools.cache
def reasons() -> Mapping[str, ReasonRow]:
    """The whole table by keyword, in the file's order. Reads the file once."""
    text = Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            keyword: build(ReasonRow, {"keyword": keyword, **row}, f"reasons.toml: {keyword}")
            for keyword, row in tomllib.loads(text).items()
        }
    )
