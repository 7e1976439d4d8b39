"""Whether a printer is still set as a technician left it.

What a unit says of its settings is kept by its serial number; the first word of a unit is taken as right. A change
that nobody announced is a reason of that printer (`settings-changed`), which stops nothing and stays until a
technician accepts what is there: also when the settings come back by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from drivers import Driver, NotUnderstood, TellsSettings, TransferTimeout
from printstation.acts.request import Done, Request, once
from printstation.clock import Clock
from printstation.refusals import Refusal
from printstation.store import journal, units
from printstation.store import settings as rows
from printstation.store.engine import Store, Tx
from printstation.store.settings import UnitSettings

REASON = "settings-changed"
#: How often an idle printer is asked, beside each opening. A change is noticed within minutes; a query an hour would
#: not be worth less, a query a second would keep a cable busy.
INTERVAL_S = 300.0


def fingerprint(settings: Mapping[str, str]) -> str:
    """The same for the same settings, whatever their order."""
    return hashlib.sha256(rows.canonical(settings).encode()).hexdigest()[:16]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str | None]]:
    """name -> [before, after] of every setting that is not the same."""
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def changed(conn: Connection, serial: str) -> str | None:
    """The names of the settings of a unit that changed by themselves; None when nothing is to be said."""
    known = rows.get(conn, serial)
    if known is None or known.changed_at is None:
        return None
    return ", ".join(differences(known.accepted, known.seen)) or "changed and changed back"


def note(tx: Tx, printer: str, serial: str, told: Mapping[str, str]) -> None:
    """Write down what a unit said; a change is an entry of the journal.

    A setting that it did not tell this time keeps its last value: an answer that was lost is no change.
    """
    known = rows.get(tx.conn, serial)
    if known is None:
        rows.put(tx, serial, UnitSettings(told, told, tx.at, None))
        return
    seen = {**known.seen, **told}
    moved = differences(known.seen, seen)
    if not moved:
        return
    rows.put(
        tx, serial, replace(known, seen=seen, seen_at=tx.at, changed_at=known.changed_at or tx.at)
    )
    data = {"serial": serial, "fingerprint": fingerprint(seen), "changed": moved}
    journal.append(tx, REASON, printer=printer, data=data)


def accept(store: Store, printer: str, request: Request, by: str) -> Done:
    """A technician says that the settings which the unit has now are right. Refuses a unit that was never asked."""

    def act(tx: Tx) -> dict[str, Any]:
        serial = units.serial_at(tx.conn, printer)
        known = rows.get(tx.conn, serial) if serial is not None else None
        if serial is None or known is None:
            raise Refusal("wrong-printer", f"printer {printer} never told its settings")
        if known.changed_at is not None:
            rows.put(tx, serial, replace(known, accepted=known.seen, changed_at=None))
            moved = differences(known.accepted, known.seen)
            data = {"serial": serial, "fingerprint": fingerprint(known.seen), "changed": moved}
            journal.append(tx, "settings-accepted", printer=printer, by=by, data=data)
        return {"printer": printer, "serial": serial}

    return once(store, request, act)


def told(driver: Driver) -> Mapping[str, str] | None:
    """What the device says of its settings, if it says anything now; raises what the cable raises."""
    if not isinstance(driver, TellsSettings):
        return None
    try:
        return driver.settings() or None
    except (NotUnderstood, TransferTimeout):
        return None


class SettingsWatch:
    """A worker's eye on the settings of an idle printer, between two openings."""

    def __init__(self, store: Store, printer: str, clock: Clock) -> None:
        self._store, self._printer, self._clock = store, printer, clock
        self._next = 0.0

    def opened(self) -> None:
        """It was asked just now (`recovery.open_device`)."""
        self._next = self._clock.monotonic() + INTERVAL_S

    def due(self) -> bool:
        """Whether it is time to ask again."""
        now = self._clock.monotonic()
        if now < self._next:
            return False
        self._next = now + INTERVAL_S
        return True

    def is_news(self, serial: str, told: Mapping[str, str]) -> bool:
        """Whether it differs from the rows; nothing is written otherwise."""
        with self._store.read() as conn:
            known = rows.get(conn, serial)
        return known is None or bool(differences(known.seen, {**known.seen, **told}))
