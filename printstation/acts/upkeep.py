"""What people do to keep a printer well: cleanings, and the temperature that only its display shows."""

from __future__ import annotations

from typing import Any

from printstation.acts.request import Done, Request, once
from printstation.refusals import Refusal
from printstation.store import journal, upkeep
from printstation.store.engine import Store, Tx
from printstation.store.tables import UpkeepKind


def cleaned(store: Store, request: Request, printer: str, by: str, *, how: str) -> Done:
    """Enter a cleaning: from here on cards are counted anew. `how`: `by-hand` or `run`."""

    def act(tx: Tx) -> dict[str, Any]:
        identity = upkeep.add(tx, printer, UpkeepKind.CLEANING, by)
        data = {"upkeep": identity, "how": how}
        journal.append(tx, "printer-cleaned", printer=printer, by=by, data=data)
        return {"id": identity, "printer": printer}

    return once(store, request, act)


def cleaning_failed(tx: Tx, printer: str, by: str, why: str) -> None:
    """The device would not start its cleaning run; nothing counts as cleaned."""
    journal.append(tx, "cleaning-failed", printer=printer, by=by, data={"why": why})


def temperature(
    store: Store,
    request: Request,
    printer: str,
    celsius: int,
    by: str,
    band: tuple[int, int] | None,
) -> Done:
    """Enter what the display shows. One outside `band` is entered as well: the printer stands until a good one is.

    Refuses a printer that has no such rule.
    """

    def act(tx: Tx) -> dict[str, Any]:
        if band is None:
            raise Refusal(
                "wrong-printer",
                f"printer {printer} has no transfer temperature; set transfer_temperature in its [[printers]]",
            )
        identity = upkeep.add(tx, printer, UpkeepKind.TEMPERATURE, by, celsius)
        data = {"upkeep": identity, "celsius": celsius, "range": list(band)}
        journal.append(tx, "temperature-entered", printer=printer, by=by, data=data)
        return {"id": identity, "printer": printer}

    return once(store, request, act)
