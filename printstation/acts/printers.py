"""Acts on printers: pause, resume, write a unit off. Each may be repeated; only a change is an entry."""

from __future__ import annotations

from typing import Any

from printstation.acts.questions import supervised
from printstation.acts.request import Done, Request, once
from printstation.refusals import FieldError, Refusal
from printstation.store import feeds, journal, units
from printstation.store.engine import Store, Tx


def set_paused(store: Store, printer: str, paused: bool, request: Request, by: str) -> Done:
    """Let a printer start no new card, or let it go on; the card that moves is not disturbed."""

    def act(tx: Tx) -> dict[str, Any]:
        if units.is_paused(tx.conn, printer) != paused:
            units.set_printer(tx, printer, paused=int(paused))
            kind = "printer-paused" if paused else "printer-resumed"
            journal.append(tx, kind, printer=printer, by=by)
        return {"name": printer}

    return once(store, request, act)


def write_off(
    store: Store, printer: str, serial: str, request: Request, *, by: str, supervisor: str | None
) -> Done:
    """Give up a unit that keeps its job without power and never comes back (§5).

    Its questions can be answered then, and this station never feeds it again. Refuses a unit that was
    not seen at this printer, one that holds no job, and one person alone.
    """

    def act(tx: Tx) -> dict[str, Any]:
        known = units.get(tx.conn, serial)
        fed = {feed.serial for feed in feeds.unsettled(tx.conn, printer=printer)}
        if known is None or (serial != units.serial_at(tx.conn, printer) and serial not in fed):
            raise _wrong(printer, "unknown-unit", "no unit with this serial was seen here")
        if not known.holds_job:
            raise _wrong(
                printer,
                "holds-no-job",
                "this unit forgets its job without power; answer its question with `device` instead",
            )
        supervised(by, supervisor, "writing a unit off")
        if not known.written_off:
            units.change(tx, serial, written_off=1)
            data = {"serial": serial, "supervisor": supervisor}
            journal.append(tx, "unit-written-off", printer=printer, by=by, data=data)
        return {"name": printer, "serial": serial}

    return once(store, request, act)


def _wrong(printer: str, code: str, detail: str) -> Refusal:
    return Refusal(
        "invalid", f"printer {printer}: {detail}", (FieldError("/serial", code, detail),)
    )
