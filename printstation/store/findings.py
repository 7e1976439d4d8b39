"""What an audit finds: a list with an end, and rows that are read beside the entries that made them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from printstation.store.chain import streamed

#: A station that differs in a hundred places needs a person, not a longer list.
MAX_FINDINGS = 100


@dataclass(frozen=True)
class Finding:
    """One difference: which check, which row ("journal 17", "card B-000004"), and what is wrong with it."""

    check: str
    row: str
    detail: str

    def __str__(self) -> str:
        return f"{self.check}: {self.row}: {self.detail}"


class TooMany(Exception):
    """The list of findings is full."""


class Findings(list[Finding]):
    """A list with an end."""

    def add(self, check: str, row: str, detail: str) -> None:
        """Note a difference; raises TooMany once `MAX_FINDINGS` are noted."""
        self.append(Finding(check, row, detail))
        if len(self) >= MAX_FINDINGS:
            raise TooMany


class Beside:
    """The rows of one table in order, read beside the entries that made them."""

    def __init__(self, conn: Connection, query: Select[Any], name: str, found: Findings) -> None:
        self._rows = streamed(conn, query)
        self._name, self._found = name, found
        self._held: Any = next(self._rows, None)
        self._conn, self._key = conn, query.selected_columns[0]

    def match(self, key: Any, seq: int) -> Any:
        """The row that entry `seq` made; None (and a finding) if it is gone.

        Rows before it that no entry made are named on the way.
        """
        if self._held is not None and self._held[0] == key:
            row, self._held = self._held, next(self._rows, None)
            return row
        there = self._conn.execute(select(self._key).where(self._key == key)).first()
        if there is None:
            self._found.add("replay", f"{self._name} {key}", f"made by entry {seq}, but has no row")
            return None
        while self._held is not None and self._held[0] != key:
            self._unmade()
        if self._held is None:
            self._found.add("replay", f"{self._name} {key}", f"entry {seq} makes it a second time")
            return None
        return self.match(key, seq)

    def _unmade(self) -> None:
        self._found.add("replay", f"{self._name} {self._held[0]}", "no journal entry made this row")
        self._held = next(self._rows, None)

    def finish(self) -> None:
        """Name the rows beyond the last entry."""
        while self._held is not None:
            self._unmade()
