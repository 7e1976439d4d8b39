"""What people said of printers and units, as the journal tells it: paused, to be counted, written off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from printstation.store import keyed
from printstation.store.chain import Entry
from printstation.store.tables import meta, printer, unit

#: The rows of `meta` that this version knows: the station's id, the id of its key, and the mark of a copy that
#: nobody opened yet.
META = frozenset({"station", keyed.KEY_ID, "backup-made-at"})


@dataclass
class Standing:
    """Filled by the walk, entry by entry."""

    paused: set[str] = field(default_factory=set)
    #: None: a copy was restored by a version that did not say which printers wait for a count.
    count_due: set[str] | None = field(default_factory=set)
    written_off: set[str] = field(default_factory=set)

    def hear(self, entry: Entry) -> None:
        """Take note of an entry that moves neither job nor card."""
        if entry.kind == "printer-paused":
            self.paused.add(entry.printer)
        elif entry.kind == "printer-resumed":
            self.paused.discard(entry.printer)
        elif entry.kind == "unit-written-off":
            self.written_off.add(str(entry.data.serial))
        elif entry.kind == "backup-restored":
            due, told = self.count_due, entry.data.printers
            self.count_due = None if due is None or told is None else due | set(told)
        elif entry.kind == "hopper-counted" and self.count_due is not None:
            self.count_due.discard(entry.printer)

    def differences(self, conn: Connection) -> Iterator[tuple[str, str]]:
        """(row, what is wrong with it), of printers, units and `meta`."""
        rows = conn.execute(select(printer.c.name, printer.c.paused, printer.c.count_due)).all()
        due = self.count_due
        if due is None:
            due = {row.name for row in rows if row.count_due}
        yield from _differ("printer", "paused", self.paused, {r.name for r in rows if r.paused})
        counts = {row.name for row in rows if row.count_due}
        yield from _differ("printer", "to be counted", due, counts)
        off = conn.execute(select(unit.c.serial).where(unit.c.written_off == 1))
        yield from _differ("unit", "written off", self.written_off, {row.serial for row in off})
        for (name,) in conn.execute(select(meta.c.name).order_by(meta.c.name)):
            if name not in META:
                yield f"meta {name}", "no version of this station writes such a row"
        if keyed.is_contradicted(conn):
            yield f"meta {keyed.KEY_ID}", "sealed records name another key"


def _differ(what: str, word: str, journal: set[str], rows: set[str]) -> Iterator[tuple[str, str]]:
    for name in sorted(journal - rows):
        yield f"{what} {name}", f"is {word}, says the journal; its row does not"
    for name in sorted(rows - journal):
        yield f"{what} {name}", f"is {word}, but no entry says so"
